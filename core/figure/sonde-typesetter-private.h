#pragma once

#include <pango/pangocairo.h>

#include "sonde-figure.h"

G_BEGIN_DECLS

typedef struct
{
  double x, y, width, height;
} SondeRectangle;

/* What text is for decides its size and weight. */
typedef enum
{
  SONDE_FONT_TICK,
  SONDE_FONT_LEGEND,
  SONDE_FONT_SMALL,
  SONDE_FONT_LABEL,
  SONDE_FONT_TITLE,
  SONDE_FONT_HEADING,
} SondeFont;

/* Sets text the same way for every target. One thread at a time uses it and what it set, which must not be changed. */
typedef struct
{
  PangoContext *context;
  GHashTable *naturals; /* of what was set before: shared with copies of other scales */
  double scale;         /* of all font sizes and of the distances that belong to text */
} SondeTypesetter;

void _sonde_typesetter_begin (void);
SondeTypesetter *_sonde_typesetter_new (void);
void _sonde_typesetter_free (SondeTypesetter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeTypesetter, _sonde_typesetter_free)

/* Valid UTF-8 in which control and direction characters are visible, as \n, \x1b, \u202e. */
char *_sonde_text_escape (const char *text, gboolean keep_lines);

double _sonde_typesetter_get_line_height (SondeTypesetter *self, SondeFont font);
PangoLayout *_sonde_typesetter_set (SondeTypesetter *self, const char *text, SondeFont font, double width);
PangoLayout *_sonde_typesetter_fit (SondeTypesetter *self, const char *text, SondeFont font, double width, guint n_lines);
PangoLayout *_sonde_typesetter_fit_words (SondeTypesetter *self, const char *text, SondeFont font, double width, guint n_lines);

/* Whoever makes a layout, or changes one, calls one of the next four before asking Pango anything of it: they let one thread at a time
 * look for fonts. */
void _sonde_layout_shape (PangoLayout *layout, PangoRectangle *logical);
void _sonde_layout_get_size (PangoLayout *layout, double *width, double *height);
double _sonde_layout_get_ascent (PangoLayout *layout); /* from its top to the baseline of its first line */
/* (@x, @y) is where the point (@anchor_x, @anchor_y) of the text, 0 to 1 across it, is put, turned by @angle. */
void _sonde_layout_draw (PangoLayout *layout, cairo_t *cr, double x, double y, double anchor_x, double anchor_y, double angle);
/* Whether @cr's target keeps text and shapes, instead of pixels. */
gboolean _sonde_cairo_is_vector (cairo_t *cr);

G_END_DECLS
