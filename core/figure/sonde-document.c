#define G_LOG_DOMAIN "sonde"
#include <glib/gi18n-lib.h>

#include "sonde-figure-writer-private.h"

#include <string.h>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "sonde-figure-private.h"
#include "sonde-pdf-private.h"
#include "sonde-theme-private.h"

/* A4 in points. */
#define PAGE_WIDTH 595.276
#define PAGE_HEIGHT 841.89
#define MARGIN 56.0
#define FOOTER_GAP 26.0 /* from the text to the footer's line */
#define TEXT_WIDTH (PAGE_WIDTH - 2 * MARGIN)
#define TEXT_END (PAGE_HEIGHT - MARGIN - 12)
#define FIELD_NAME_WIDTH 132.0
#define FIELD_GAP 12.0
#define FIELD_VALUE_WIDTH (TEXT_WIDTH - FIELD_NAME_WIDTH - FIELD_GAP)
#define LONGEST_PIECE 16384 /* bytes of a paragraph that are set at once: the cost of breaking lines grows with the length */

typedef enum
{
  PART_TEXT,
  PART_FIELD,
  PART_PAGE_BREAK,
  PART_FIGURE,
} PartKind;

typedef struct
{
  PartKind kind;
  SondeTextKind text_kind;
  char *name; /* of a field */
  char *text;
  SondeFigure *figure;
} Part;

/**
 * SondeDocument:
 *
 * A report: text, two-column lists and figures in the order they were added, flowing over A4 pages.
 */
struct _SondeDocument
{
  GObject parent_instance;

  char *title;
  SondeTheme theme;
  GPtrArray *parts; /* of Part */
};

G_DEFINE_FINAL_TYPE (SondeDocument, sonde_document, G_TYPE_OBJECT)

static void
part_free (Part *part)
{
  g_free (part->name);
  g_free (part->text);
  g_clear_object (&part->figure);
  g_free (part);
}

static void
sonde_document_finalize (GObject *object)
{
  SondeDocument *self = SONDE_DOCUMENT (object);

  g_free (self->title);
  g_ptr_array_unref (self->parts);
  G_OBJECT_CLASS (sonde_document_parent_class)->finalize (object);
}

static void
sonde_document_class_init (SondeDocumentClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_document_finalize;
}

static void
sonde_document_init (SondeDocument *self)
{
  self->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) part_free);
}

/**
 * sonde_document_new:
 * @title: UTF-8, for the document's properties and the foot of each page; it is not printed as a heading
 *
 * Begins a document of A4 pages.
 *
 * Returns: (transfer full): an empty document
 */
SondeDocument *
sonde_document_new (const char *title)
{
  SondeDocument *self;

  g_return_val_if_fail (title != NULL, NULL);

  self = g_object_new (SONDE_TYPE_DOCUMENT, NULL);
  self->title = g_strdup (title);
  return self;
}

static Part *
add_part (SondeDocument *self,
          PartKind kind)
{
  Part *part = g_new0 (Part, 1);

  part->kind = kind;
  g_ptr_array_add (self->parts, part);
  return part;
}

/**
 * sonde_document_set_theme:
 * @theme: a theme
 *
 * Sets the colours of the pages; a new document is light. Figures keep the theme of their own.
 */
void
sonde_document_set_theme (SondeDocument *self,
                          SondeTheme theme)
{
  g_return_if_fail (SONDE_IS_DOCUMENT (self));
  self->theme = theme;
}

/**
 * sonde_document_add_text:
 * @self: a document
 * @kind: how it is set
 * @text: plain UTF-8 of any script and length; a newline ends a paragraph
 *
 * Adds text, which flows over as many pages as it needs. Headings stay with what follows them.
 */
void
sonde_document_add_text (SondeDocument *self,
                         SondeTextKind kind,
                         const char *text)
{
  Part *part;

  g_return_if_fail (SONDE_IS_DOCUMENT (self));
  g_return_if_fail (text != NULL);

  part = add_part (self, PART_TEXT);
  part->text_kind = kind;
  part->text = g_strdup (text);
}

/**
 * sonde_document_add_field:
 * @self: a document
 * @name: what it is, in the left column
 * @value: in the right column; a long one wraps
 *
 * Adds a line of a list of two columns.
 */
void
sonde_document_add_field (SondeDocument *self,
                          const char *name,
                          const char *value)
{
  Part *part;

  g_return_if_fail (SONDE_IS_DOCUMENT (self));
  g_return_if_fail (name != NULL && value != NULL);

  part = add_part (self, PART_FIELD);
  part->name = g_strdup (name);
  part->text = g_strdup (value);
}

/**
 * sonde_document_add_page_break:
 * @self: a document
 *
 * What follows begins on a new page. At the top of a page this does nothing.
 */
void
sonde_document_add_page_break (SondeDocument *self)
{
  g_return_if_fail (SONDE_IS_DOCUMENT (self));

  add_part (self, PART_PAGE_BREAK);
}

/**
 * sonde_document_add_figure:
 * @self: a document
 * @figure: (transfer none): a figure
 *
 * Adds a page with the figure, as wide as the text, and its caption. A caption longer than the page goes on over the next.
 */
void
sonde_document_add_figure (SondeDocument *self,
                           SondeFigure *figure)
{
  g_return_if_fail (SONDE_IS_DOCUMENT (self));
  g_return_if_fail (SONDE_IS_FIGURE (figure));

  add_part (self, PART_FIGURE)->figure = g_object_ref (figure);
}

/* ---- setting the pages ---- */

/* How a kind of text looks: size and distances in points. */
typedef struct
{
  const char *family;
  PangoWeight weight;
  double size, spacing; /* the latter between lines, as a share of the size */
  double before, after;
  PangoWrapMode wrap;
  double grey;
} TextStyle;

static const TextStyle text_styles[] = {
  [SONDE_TEXT_TITLE] = { "DejaVu Sans, sans-serif", PANGO_WEIGHT_BOLD, 20, 0.1, 0, 10, PANGO_WRAP_WORD_CHAR, 0 },
  [SONDE_TEXT_HEADING] = { "DejaVu Sans, sans-serif", PANGO_WEIGHT_BOLD, 12.5, 0.1, 14, 5, PANGO_WRAP_WORD_CHAR, 0 },
  [SONDE_TEXT_BODY] = { "DejaVu Sans, sans-serif", PANGO_WEIGHT_NORMAL, 9.5, 0.2, 0, 5, PANGO_WRAP_WORD_CHAR, 0 },
  [SONDE_TEXT_CODE] = { "DejaVu Sans Mono, monospace", PANGO_WEIGHT_NORMAL, 8, 0.2, 0, 3, PANGO_WRAP_WORD_CHAR, 0 },
};
static const TextStyle caption_style = { "DejaVu Sans, sans-serif", PANGO_WEIGHT_NORMAL, 9.5, 0.25, 0, 4, PANGO_WRAP_WORD_CHAR, 0 };
static const TextStyle field_name_style = { "DejaVu Sans, sans-serif", PANGO_WEIGHT_BOLD, 8.5, 0.2, 0, 3, PANGO_WRAP_WORD_CHAR, 0.3 };
static const TextStyle field_value_style = { "DejaVu Sans, sans-serif", PANGO_WEIGHT_NORMAL, 8.5, 0.2, 0, 3, PANGO_WRAP_WORD_CHAR, 0 };
static const TextStyle footer_style = { "DejaVu Sans, sans-serif", PANGO_WEIGHT_NORMAL, 8, 0, 0, 0, PANGO_WRAP_WORD_CHAR, 0.4 };

typedef struct
{
  cairo_surface_t *surface;
  cairo_t *cr;
  SondeTypesetter *typesetter;
  const char *title;
  SondeTheme theme;
  guint page;       /* from 1 */
  double y;         /* where the next line begins */
  gboolean started; /* the page has something on it */
} Press;

static PangoLayout *
set_piece (Press *press,
           const TextStyle *style,
           const char *text,
           gsize length,
           double width)
{
  PangoLayout *layout = pango_layout_new (press->typesetter->context);
  PangoFontDescription *description = pango_font_description_new ();

  pango_font_description_set_family_static (description, style->family);
  pango_font_description_set_weight (description, style->weight);
  pango_font_description_set_absolute_size (description, style->size * PANGO_SCALE);
  pango_layout_set_font_description (layout, description);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, style->wrap);
  pango_layout_set_text (layout, text, (int) length);
  pango_font_description_free (description);
  return layout;
}

static void
draw_footer (Press *press)
{
  g_autofree char *number = g_strdup_printf ("%u", press->page);
  g_autofree char *title = _sonde_text_escape (press->title, FALSE);
  g_autoptr (PangoLayout) right = set_piece (press, &footer_style, number, strlen (number), 60);
  g_autoptr (PangoLayout) left = set_piece (press, &footer_style, title, strlen (title), TEXT_WIDTH - 70);

  pango_layout_set_ellipsize (left, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (right, -1);
  _sonde_ink_set (press->cr, footer_style.grey, 1);
  _sonde_layout_draw (left, press->cr, MARGIN, TEXT_END + FOOTER_GAP, 0, 0, 0);
  _sonde_layout_draw (right, press->cr, PAGE_WIDTH - MARGIN, TEXT_END + FOOTER_GAP, 1, 0, 0);
}

static void
end_page (Press *press)
{
  draw_footer (press);
  cairo_show_page (press->cr);
  press->page++;
  press->y = MARGIN;
  press->started = FALSE;
}

static void
end_started_page (Press *press)
{
  if (press->started)
    end_page (press);
}

/* White paper is what a page is by itself. */
static void
start_page (Press *press)
{
  if (!press->started && press->theme != SONDE_THEME_LIGHT)
    {
      _sonde_ink_set (press->cr, SONDE_PAPER, 1);
      cairo_paint (press->cr);
    }
  press->started = TRUE;
}

/* One line at the current height, on a new page where it has no room here. */
static void
draw_line (Press *press,
           const TextStyle *style,
           PangoLayoutLine *line,
           double x,
           double width)
{
  PangoRectangle logical;
  double height, ascent;

  pango_layout_line_get_extents (line, NULL, &logical);
  height = logical.height / (double) PANGO_SCALE;
  ascent = -logical.y / (double) PANGO_SCALE;
  if (press->y + height > TEXT_END)
    end_started_page (press);
  start_page (press);
  /* Paragraphs of scripts that run from right to left end at the right margin. */
  if (pango_layout_line_get_resolved_direction (line) == PANGO_DIRECTION_RTL)
    x += width - logical.width / (double) PANGO_SCALE;
  _sonde_ink_set (press->cr, style->grey, 1);
  cairo_move_to (press->cr, x, press->y + ascent);
  pango_cairo_show_layout_line (press->cr, line);
  press->y += height + style->spacing * style->size;
}

static void
draw_piece (Press *press,
            const TextStyle *style,
            const char *text,
            gsize length,
            double x,
            double width)
{
  g_autoptr (PangoLayout) layout = set_piece (press, style, text, length, width);
  PangoRectangle logical;

  _sonde_layout_shape (layout, &logical);
  for (int i = 0; i < pango_layout_get_line_count (layout); i++)
    draw_line (press, style, pango_layout_get_line_readonly (layout, i), x, width);
}

/* How much of a long paragraph is set at once: up to a space where there is one, never within a character. */
static gsize
piece_length (const char *text,
              gsize length)
{
  const char *end;

  if (length <= LONGEST_PIECE)
    return length;
  end = g_strrstr_len (text, LONGEST_PIECE, " ");
  if (end != NULL && end > text)
    return end + 1 - text;
  return g_utf8_find_prev_char (text, text + LONGEST_PIECE) - text;
}

/* Paragraphs end at newlines; other control characters are made visible. */
static void
draw_text (Press *press,
           const TextStyle *style,
           const char *text,
           double x,
           double width)
{
  g_autofree char *escaped = _sonde_text_escape (text, TRUE);
  const char *end;

  press->y += press->started ? style->before : 0;
  for (const char *p = escaped; p != NULL; p = end != NULL ? end + 1 : NULL)
    {
      gsize left, piece;

      end = strchr (p, '\n');
      left = end != NULL ? (gsize) (end - p) : strlen (p);
      do
        {
          piece = piece_length (p, left);
          draw_piece (press, style, p, piece, x, width);
          p += piece;
          left -= piece;
        }
      while (left > 0);
    }
  press->y += style->after;
}

static void
outline (Press *press,
         const char *name)
{
  g_autofree char *clean = _sonde_text_clean (name);
  g_autofree char *link = g_strdup_printf ("page=%u pos=[0 0]", press->page);

  cairo_pdf_surface_add_outline (press->surface, CAIRO_PDF_OUTLINE_ROOT, clean, link, 0);
}

/* A heading is not left alone at a page's end. */
static void
draw_part_text (Press *press,
                const Part *part)
{
  const TextStyle *style = &text_styles[MIN ((guint) part->text_kind, G_N_ELEMENTS (text_styles) - 1)];
  const gboolean heads = part->text_kind == SONDE_TEXT_TITLE || part->text_kind == SONDE_TEXT_HEADING;

  if (heads && press->y + style->before + style->size * 2 + 40 > TEXT_END)
    end_started_page (press);
  if (heads)
    outline (press, part->text);
  draw_text (press, style, part->text, MARGIN, TEXT_WIDTH);
}

/* How far the name of a field is put down to stand on one line with its value; negative: so far the value is. Letters of one font may reach
 * higher than those of another; ASCII is all of one. */
static double
get_drop (Press *press,
          const char *name,
          PangoLayout *layout,
          const char *value)
{
  g_autofree char *escaped = NULL;
  g_autoptr (PangoLayout) other = NULL;

  if (g_str_is_ascii (name) && g_str_is_ascii (value))
    return 0;
  escaped = _sonde_text_escape (value, TRUE);
  other = set_piece (press, &field_value_style, escaped, piece_length (escaped, strcspn (escaped, "\n")), FIELD_VALUE_WIDTH);
  return _sonde_layout_get_ascent (other) - _sonde_layout_get_ascent (layout);
}

static void
draw_field (Press *press,
            const Part *part)
{
  g_autofree char *name = _sonde_text_escape (part->name, FALSE);
  g_autoptr (PangoLayout) layout = set_piece (press, &field_name_style, name, strlen (name), FIELD_NAME_WIDTH);
  const double drop = get_drop (press, name, layout, part->text);
  double width, height, end_of_name;
  guint page;

  _sonde_layout_get_size (layout, &width, &height);
  if (press->y + height > TEXT_END)
    end_started_page (press);
  start_page (press);
  _sonde_ink_set (press->cr, field_name_style.grey, 1);
  _sonde_layout_draw (layout, press->cr, MARGIN, press->y + MAX (drop, 0), 0, 0, 0);
  end_of_name = press->y + MAX (drop, 0) + height + field_name_style.after;
  page = press->page;
  press->y += MAX (-drop, 0);
  draw_text (press, &field_value_style, part->text, MARGIN + FIELD_NAME_WIDTH + FIELD_GAP, FIELD_VALUE_WIDTH);
  if (press->page == page)
    press->y = MAX (press->y, end_of_name);
}

static void
draw_figure (Press *press,
             SondeFigure *figure)
{
  const double room = (TEXT_END - MARGIN) * 0.8;
  const double scale = MIN (TEXT_WIDTH / sonde_figure_get_width (figure), room / sonde_figure_get_height (figure));
  const double width = sonde_figure_get_width (figure) * scale, height = sonde_figure_get_height (figure) * scale;

  end_started_page (press);
  start_page (press);
  outline (press, _sonde_figure_get_shown_heading (figure));
  cairo_save (press->cr);
  cairo_translate (press->cr, MARGIN + (TEXT_WIDTH - width) / 2, press->y);
  sonde_figure_draw (figure, press->cr, width, height);
  cairo_restore (press->cr);
  press->y += height + 14;
  if (sonde_figure_get_caption (figure) != NULL)
    draw_text (press, &caption_style, sonde_figure_get_caption (figure), MARGIN, TEXT_WIDTH);
  end_page (press);
}

static void
draw_part (Press *press,
           const Part *part)
{
  switch (part->kind)
    {
    case PART_TEXT:
      draw_part_text (press, part);
      break;
    case PART_FIELD:
      draw_field (press, part);
      break;
    case PART_FIGURE:
      draw_figure (press, part->figure);
      break;
    case PART_PAGE_BREAK:
    default:
      end_started_page (press);
    }
}

static void
draw_pages (cairo_surface_t *surface,
            cairo_t *cr,
            gpointer user_data)
{
  SondeDocument *self = user_data;
  g_autoptr (SondeTypesetter) typesetter = _sonde_typesetter_new ();
  Press press = { surface, cr, typesetter, self->title, self->theme, 1, MARGIN, FALSE };

  _sonde_theme_begin (cr, self->theme);
  for (guint i = 0; i < self->parts->len; i++)
    draw_part (&press, g_ptr_array_index (self->parts, i));
  /* A document without anything still has one page. */
  if (press.page == 1)
    start_page (&press);
  end_started_page (&press);
}

/**
 * sonde_document_to_pdf:
 * @self: a document
 * @metadata: (nullable): text for the document's keywords
 * @date: seconds since 1970, for the document's dates
 * @error: return location
 *
 * Sets all pages. An outline names headings and figures. The bytes depend on the document, @metadata, @date and the
 * installed fonts only.
 *
 * Returns: (transfer full): the file; %NULL with %SONDE_ERROR_VALUE where @date is none, %SONDE_ERROR_OUTPUT where cairo fails
 */
GBytes *
sonde_document_to_pdf (SondeDocument *self,
                       const char *metadata,
                       gint64 date,
                       GError **error)
{
  g_autofree char *language = _sonde_text_dup_language ();
  SondePdfProperties properties;

  g_return_val_if_fail (SONDE_IS_DOCUMENT (self), NULL);

  properties = (SondePdfProperties){ self->title, NULL, metadata, date, language };
  return _sonde_pdf_write (PAGE_WIDTH, PAGE_HEIGHT, &properties, draw_pages, self, error);
}
