#define G_LOG_DOMAIN "sonde"

#include "sonde-typesetter-private.h"

#include <math.h>
#include <string.h>

#include "sonde-figure-writer-private.h"

/* Points in a figure of twelve inches; large enough to be read where such a figure fills half a page's width. */
static const struct
{
  double size;
  gboolean bold;
} fonts[] = {
  [SONDE_FONT_TICK] = { 11.5, FALSE },
  [SONDE_FONT_LEGEND] = { 10, FALSE },
  [SONDE_FONT_SMALL] = { 10, FALSE },
  [SONDE_FONT_LABEL] = { 12, TRUE },
  [SONDE_FONT_TITLE] = { 13.5, TRUE },
  [SONDE_FONT_HEADING] = { 15, FALSE },
};

/* What is set in several threads ends in one library without a lock of its own: two threads that ask cairo for a face that nobody
 * had yet may each be given one, and a PDF then has the font twice. So text is shaped by one thread at a time, and what a thread
 * that ends leaves is kept for the next, with its faces. */
static GMutex shaping;

static GQueue idle_font_maps = G_QUEUE_INIT; /* of threads that ended; under the lock */

static void
leave_font_map (gpointer font_map)
{
  g_mutex_lock (&shaping);
  g_queue_push_head (&idle_font_maps, font_map);
  g_mutex_unlock (&shaping);
}

/* Each thread has one, which keeps the fonts that it found: a new one looks each of them up again, in two threads of Pango's own. */
static PangoFontMap *
get_font_map (void)
{
  static GPrivate of_thread = G_PRIVATE_INIT (leave_font_map);
  PangoFontMap *font_map = g_private_get (&of_thread);

  if (font_map == NULL)
    {
      g_mutex_lock (&shaping);
      font_map = g_queue_pop_head (&idle_font_maps);
      g_mutex_unlock (&shaping);
      if (font_map == NULL)
        font_map = pango_cairo_font_map_new ();
      g_private_set (&of_thread, font_map);
    }
  return font_map;
}

/* Fontconfig reads its files in a thread that Pango starts with the first map: sooner than they are needed, while something else
 * is computed. */
void
_sonde_typesetter_begin (void)
{
  get_font_map ();
}

/* Text as it stands without a width. While a size is sought for a figure the same labels are set again and again. */
typedef struct
{
  const char *text;
  int size; /* pango's units */
  gboolean bold, one_line;
} Natural;

static guint
natural_hash (gconstpointer data)
{
  const Natural *self = data;

  return g_str_hash (self->text) ^ ((guint) self->size << 2) ^ ((guint) self->bold << 1) ^ (guint) self->one_line;
}

static gboolean
natural_equal (gconstpointer a,
               gconstpointer b)
{
  const Natural *one = a, *other = b;

  return one->size == other->size && one->bold == other->bold && one->one_line == other->one_line && g_str_equal (one->text, other->text);
}

/* The text lies behind the struct. */
static Natural *
natural_copy (const Natural *self)
{
  const gsize length = strlen (self->text) + 1;
  Natural *copy = g_malloc (sizeof *copy + length);

  *copy = *self;
  copy->text = memcpy (copy + 1, self->text, length);
  return copy;
}

/* Hinting, resolution and rounding of positions would make the layout depend on the target, so none of them is on. */
SondeTypesetter *
_sonde_typesetter_new (void)
{
  SondeTypesetter *self = g_new0 (SondeTypesetter, 1);
  cairo_font_options_t *options = cairo_font_options_create ();
  g_autofree char *language = _sonde_text_dup_language ();

  self->scale = 1;
  self->naturals = g_hash_table_new_full (natural_hash, natural_equal, g_free, g_object_unref);
  self->context = pango_font_map_create_context (get_font_map ());
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (self->context, options);
  pango_cairo_context_set_resolution (self->context, 72);
  pango_context_set_round_glyph_positions (self->context, FALSE);
  /* that of the words and of nothing else around: letters of Chinese are written in one way in China, in another in Japan */
  pango_context_set_language (self->context, pango_language_from_string (language));
  pango_context_set_base_dir (self->context, PANGO_DIRECTION_WEAK_LTR);
  cairo_font_options_destroy (options);
  return self;
}

void
_sonde_typesetter_free (SondeTypesetter *self)
{
  g_hash_table_unref (self->naturals);
  g_clear_object (&self->context);
  g_free (self);
}

static gboolean
must_escape (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void
append_escaped (GString *out,
                gunichar c)
{
  if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\r')
    g_string_append (out, "\\r");
  else if (c == '\t')
    g_string_append (out, "\\t");
  else if (c < 0x100)
    g_string_append_printf (out, "\\x%02x", c);
  else
    g_string_append_printf (out, "\\u%04x", c);
}

char *
_sonde_text_escape (const char *text,
                    gboolean keep_lines)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      const gunichar c = g_utf8_get_char (p);

      if (must_escape (c) && !(keep_lines && c == '\n'))
        append_escaped (out, c);
      else
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

static int
get_size (const SondeTypesetter *self,
          SondeFont font,
          double factor)
{
  return (int) (fonts[font].size * self->scale * factor * PANGO_SCALE);
}

static PangoLayout *
layout_new (SondeTypesetter *self,
            const Natural *natural)
{
  PangoLayout *layout = pango_layout_new (self->context);
  PangoFontDescription *description = pango_font_description_new ();

  pango_font_description_set_family_static (description, "DejaVu Sans, sans-serif");
  pango_font_description_set_weight (description, natural->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_absolute_size (description, natural->size);
  pango_layout_set_font_description (layout, description);
  pango_layout_set_single_paragraph_mode (layout, natural->one_line);
  pango_layout_set_alignment (layout, natural->one_line ? PANGO_ALIGN_LEFT : PANGO_ALIGN_CENTER);
  pango_layout_set_text (layout, natural->text, -1);
  pango_font_description_free (description);
  return layout;
}

/* Text of any width, which stays the typesetter's: whoever wants to change it makes another. */
static PangoLayout *
peek_natural (SondeTypesetter *self,
              const Natural *natural)
{
  PangoLayout *layout = g_hash_table_lookup (self->naturals, natural);

  if (layout == NULL)
    {
      layout = layout_new (self, natural);
      g_hash_table_insert (self->naturals, natural_copy (natural), layout);
    }
  return layout;
}

double
_sonde_typesetter_get_line_height (SondeTypesetter *self,
                                   SondeFont font)
{
  const Natural zero = { "0", get_size (self, font, 1), fonts[font].bold, TRUE };
  double width, height;

  _sonde_layout_get_size (peek_natural (self, &zero), &width, &height);
  return height;
}

/* One line, ellipsised at @width points where that is positive: in the middle, for names differ at their ends. */
PangoLayout *
_sonde_typesetter_set (SondeTypesetter *self,
                       const char *text,
                       SondeFont font,
                       double width)
{
  const Natural natural = { text, get_size (self, font, 1), fonts[font].bold, TRUE };
  PangoLayout *layout = peek_natural (self, &natural);
  double wanted, height;

  _sonde_layout_get_size (layout, &wanted, &height);
  if (width <= 0 || wanted <= width)
    return g_object_ref (layout);
  /* A width is only set where it is needed: it would become part of the layout's extents. */
  layout = layout_new (self, &natural);
  pango_layout_set_width (layout, (int) MIN (width * PANGO_SCALE, G_MAXINT / 2));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_MIDDLE);
  return layout;
}

static gboolean
fits (PangoLayout *layout,
      double width,
      guint n_lines)
{
  double w, h;

  _sonde_layout_get_size (layout, &w, &h);
  return w <= width && pango_layout_get_line_count (layout) <= (int) n_lines && !pango_layout_is_ellipsized (layout);
}

static PangoLayout *
layout_wrapped (SondeTypesetter *self,
                const Natural *natural,
                double width,
                PangoWrapMode wrap)
{
  PangoLayout *layout = layout_new (self, natural);

  pango_layout_set_wrap (layout, wrap);
  pango_layout_set_width (layout, (int) CLAMP (width * PANGO_SCALE, 1, G_MAXINT / 2));
  return layout;
}

/* At most @n_lines centred lines within @width points, breaking between words only; NULL where that cannot be. */
PangoLayout *
_sonde_typesetter_fit_words (SondeTypesetter *self,
                             const char *text,
                             SondeFont font,
                             double width,
                             guint n_lines)
{
  const Natural natural = { text, get_size (self, font, 1), fonts[font].bold, FALSE };
  PangoLayout *plain = peek_natural (self, &natural);
  g_autoptr (PangoLayout) layout = NULL;

  if (fits (plain, width, 1))
    return g_object_ref (plain);
  if (n_lines < 2)
    return NULL;
  layout = layout_wrapped (self, &natural, width, PANGO_WRAP_WORD);
  return fits (layout, width, n_lines) ? g_steal_pointer (&layout) : NULL;
}

/* Text that must be shown whole if at all possible: it shrinks a little, then wraps, and only then is cut with an ellipsis. */
PangoLayout *
_sonde_typesetter_fit (SondeTypesetter *self,
                       const char *text,
                       SondeFont font,
                       double width,
                       guint n_lines)
{
  static const double factors[] = { 1, 0.94, 0.88, 0.82, 0.75 };
  Natural natural = { text, 0, fonts[font].bold, FALSE };
  PangoLayout *last;

  for (guint i = 0; i < 4; i++)
    {
      PangoLayout *layout;

      natural.size = get_size (self, font, factors[i]);
      layout = peek_natural (self, &natural);
      if (fits (layout, width, MAX (1, n_lines - 1)))
        return g_object_ref (layout);
    }
  for (guint i = 1; i < 4; i++)
    {
      g_autoptr (PangoLayout) layout = NULL;

      natural.size = get_size (self, font, factors[i]);
      layout = layout_wrapped (self, &natural, width, PANGO_WRAP_WORD);
      if (fits (layout, width, n_lines))
        return g_steal_pointer (&layout);
    }
  natural.size = get_size (self, font, factors[4]);
  last = layout_wrapped (self, &natural, width, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_height (last, -(int) n_lines);
  pango_layout_set_ellipsize (last, PANGO_ELLIPSIZE_END);
  return last;
}

static gunichar missing = 0; /* guarded by shaping */

/* A glyph that stands for a letter without one is the letter, with a mark. */
static gunichar
find_missing (PangoLayout *layout)
{
  PangoLayoutIter *iter = pango_layout_get_iter (layout);
  gunichar found = 0;

  do
    {
      const PangoLayoutRun *run = pango_layout_iter_get_run_readonly (iter);

      for (int i = 0; found == 0 && run != NULL && i < run->glyphs->num_glyphs; i++)
        {
          const PangoGlyph glyph = run->glyphs->glyphs[i].glyph;
          const gunichar letter = glyph & ~PANGO_GLYPH_UNKNOWN_FLAG;

          if ((glyph & PANGO_GLYPH_UNKNOWN_FLAG) != 0 && g_unichar_validate (letter))
            found = letter;
        }
    }
  while (found == 0 && pango_layout_iter_next_run (iter));
  pango_layout_iter_free (iter);
  return found;
}

void
_sonde_layout_shape (PangoLayout *layout,
                     PangoRectangle *logical)
{
  g_mutex_lock (&shaping);
  pango_layout_get_extents (layout, NULL, logical);
  if (missing == 0 && pango_layout_get_unknown_glyphs_count (layout) > 0)
    missing = find_missing (layout);
  g_mutex_unlock (&shaping);
}

/**
 * sonde_figure_get_missing_letter:
 *
 * Says whether whatever this process drew until now had letters that no font here has.
 *
 * Returns: the first letter that was drawn as a box; 0: there was none
 */
gunichar
sonde_figure_get_missing_letter (void)
{
  gunichar found;

  g_mutex_lock (&shaping);
  found = missing;
  g_mutex_unlock (&shaping);
  return found;
}

void
_sonde_layout_get_size (PangoLayout *layout,
                        double *width,
                        double *height)
{
  PangoRectangle logical;

  _sonde_layout_shape (layout, &logical);
  *width = logical.width / (double) PANGO_SCALE;
  *height = logical.height / (double) PANGO_SCALE;
}

double
_sonde_layout_get_ascent (PangoLayout *layout)
{
  PangoRectangle logical;

  _sonde_layout_shape (layout, &logical);
  return (pango_layout_get_baseline (layout) - logical.y) / (double) PANGO_SCALE;
}

gboolean
_sonde_cairo_is_vector (cairo_t *cr)
{
  switch ((int) cairo_surface_get_type (cairo_get_group_target (cr)))
    {
    case CAIRO_SURFACE_TYPE_SVG:
    case CAIRO_SURFACE_TYPE_PDF:
    case CAIRO_SURFACE_TYPE_PS:
    case CAIRO_SURFACE_TYPE_RECORDING:
    case CAIRO_SURFACE_TYPE_SCRIPT:
      return TRUE;
    default:
      return FALSE;
    }
}

void
_sonde_layout_draw (PangoLayout *layout,
                    cairo_t *cr,
                    double x,
                    double y,
                    double anchor_x,
                    double anchor_y,
                    double angle)
{
  PangoRectangle logical;

  _sonde_layout_shape (layout, &logical);
  cairo_save (cr);
  cairo_translate (cr, x, y);
  if (angle != 0)
    cairo_rotate (cr, angle);
  cairo_translate (cr, -(logical.x + anchor_x * logical.width) / PANGO_SCALE, -(logical.y + anchor_y * logical.height) / PANGO_SCALE);
  cairo_new_path (cr);
  if (_sonde_cairo_is_vector (cr))
    {
      cairo_move_to (cr, 0, 0);
      pango_cairo_show_layout (cr, layout);
    }
  else
    {
      /* cairo puts glyphs of pixel targets on whole pixels, which spoils the spacing; outlines go where they belong. */
      pango_cairo_layout_path (cr, layout);
      cairo_fill (cr);
    }
  cairo_new_path (cr);
  cairo_restore (cr);
}
