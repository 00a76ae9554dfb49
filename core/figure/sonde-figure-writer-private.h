#pragma once

#include "sonde-figure-writer.h"

G_BEGIN_DECLS

#define SONDE_CREATOR "Sonde"

/* UTF-8 that XML and PDF can hold: what they cannot becomes U+FFFD. */
char *_sonde_text_clean (const char *text);
/* Of which language the words are that gettext gives here, as HTML, SVG and PDF write it: "en", "pt-BR". */
char *_sonde_text_dup_language (void);

/* What an SVG says beside its picture, and to whoever has it read aloud. */
typedef struct
{
  const char *name;        /* for ids */
  const char *title;       /* what it is */
  const char *description; /* what it shows; NULL: nothing is said */
  const char *metadata;    /* NULL: none */
  const char *language;    /* of title, description and words in the picture */
} SondeSvgTexts;

/* cairo's document with ids that depend on the document alone, and with the texts in it. */
GBytes *_sonde_svg_finish (const char *svg, gsize length, const SondeSvgTexts *texts);

/* Figures are going to be drawn, later: what can be made ready meanwhile is. */
void _sonde_figure_begin (void);
/* From the first hold to the last release the figure must not be changed, and is set once for all that draw it one after the other. */
void _sonde_figure_hold (SondeFigure *self);
void _sonde_figure_release (SondeFigure *self);
/* Sets a held figure in its own size, so that drawing it takes less. */
void _sonde_figure_prepare (SondeFigure *self);

cairo_status_t _sonde_collect_bytes (void *closure, const unsigned char *data, unsigned int length);
/* FALSE: @error says which file and why. */
/* @status, unless errno, which was 0 before, says that memory was wanted meanwhile: cairo and what draws text for it do without, and
 * leave out what they had it for. */
cairo_status_t _sonde_status_with_memory (cairo_status_t status);
gboolean _sonde_status_check (cairo_status_t status, const char *format, const char *name, GError **error);

G_END_DECLS
