#define G_LOG_DOMAIN "sonde"
#include <glib/gi18n-lib.h>

#include "sonde-legend-private.h"


#include <math.h>

#include "sonde-theme-private.h"


#define INSET 5 /* from the panel's box */
#define LONGEST_LABEL 150
#define MOST_INSIDE 24 /* entries */
#define MOST_SAMPLES 4000

void
_sonde_legend_clear (SondeLegend *self)
{
  for (guint i = 0; i < self->n_entries; i++)
    g_clear_object (&self->entries[i].layout);
  g_clear_pointer (&self->entries, g_free);
  g_clear_pointer (&self->column_widths, g_free);
  g_clear_object (&self->rest);
  *self = (SondeLegend){ 0 };
}

static guint
count_labels (GPtrArray *marks)
{
  guint n = 0;

  for (guint i = 0; i < marks->len; i++)
    n += ((SondeMark *) g_ptr_array_index (marks, i))->label != NULL;
  return n;
}

static void
set_entries (SondeLegend *self,
             SondeTypesetter *typesetter,
             GPtrArray *marks,
             guint n_labels,
             guint n_shown)
{
  self->entries = g_new0 (SondeLegendEntry, n_shown);
  for (guint i = 0; i < marks->len && self->n_entries < n_shown; i++)
    {
      const SondeMark *mark = g_ptr_array_index (marks, i);
      g_autofree char *text = NULL;

      if (mark->label == NULL)
        continue;
      text = _sonde_text_escape (mark->label, FALSE);
      self->entries[self->n_entries].mark = mark;
      self->entries[self->n_entries++].layout = _sonde_typesetter_set (typesetter, text, SONDE_FONT_LEGEND, LONGEST_LABEL * typesetter->scale);
    }
  if (n_labels > n_shown)
    {
      /* Translators: under a legend that has more entries than there is room for. */
      g_autofree char *text = g_strdup_printf (_ ("\u2026 and %u more"), n_labels - n_shown);

      self->rest = _sonde_typesetter_set (typesetter, text, SONDE_FONT_LEGEND, 0);
    }
}

/* Entries run down the columns. */
static void
arrange (SondeLegend *self,
         SondeTypesetter *typesetter,
         guint n_columns)
{
  const double line = _sonde_typesetter_get_line_height (typesetter, SONDE_FONT_LEGEND);
  double rest_width = 0, rest_height = 0;

  self->n_columns = CLAMP (n_columns, 1, self->n_entries);
  /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): there is at least one column */
  self->n_rows = (self->n_entries + self->n_columns - 1) / self->n_columns;
  self->n_columns = (self->n_entries + self->n_rows - 1) / self->n_rows;
  self->row_height = line * 1.12;
  self->padding = line * 0.4;
  self->sample = line * 1.7;
  g_free (self->column_widths);
  self->column_widths = g_new0 (double, self->n_columns);
  for (guint i = 0; i < self->n_entries; i++)
    {
      double w, h;

      _sonde_layout_get_size (self->entries[i].layout, &w, &h);
      self->column_widths[i / self->n_rows] = MAX (self->column_widths[i / self->n_rows], w);
    }
  self->width = 2 * self->padding;
  for (guint i = 0; i < self->n_columns; i++)
    self->width += self->sample + self->padding * 1.2 + self->column_widths[i] + (i > 0 ? self->padding * 2.4 : 0);
  if (self->rest != NULL)
    _sonde_layout_get_size (self->rest, &rest_width, &rest_height);
  self->width = MAX (self->width, rest_width + 2 * self->padding);
  self->height = 2 * self->padding + self->n_rows * self->row_height + rest_height;
}

/* The fewest columns from @n_columns on that keep within the height; FALSE where they do not keep within the width. */
static gboolean
fit (SondeLegend *self,
     SondeTypesetter *typesetter,
     guint n_columns,
     double width,
     double height)
{
  for (guint n = MAX (n_columns, 1); n <= MAX (self->n_entries, n_columns); n++)
    {
      arrange (self, typesetter, n);
      if (self->width > width)
        return FALSE;
      if (self->height <= height)
        return TRUE;
    }
  return FALSE;
}

static gboolean
try_scale (SondeLegend *self,
           SondeTypesetter *typesetter,
           GPtrArray *marks,
           guint n_columns,
           guint n_shown,
           double factor,
           double width,
           double height)
{
  SondeTypesetter smaller = *typesetter;

  smaller.scale *= factor;
  _sonde_legend_clear (self);
  set_entries (self, &smaller, marks, count_labels (marks), n_shown);
  return fit (self, &smaller, n_columns, width, height);
}

void
_sonde_legend_measure (SondeLegend *self,
                       SondeTypesetter *typesetter,
                       GPtrArray *marks,
                       guint n_columns,
                       double box_width,
                       double box_height,
                       double room_width,
                       double room_height)
{
  static const double inside[] = { 1, 0.9, 0.8 }, outside[] = { 1, 0.85, 0.7, 0.6, 0.5 };
  const guint n_labels = count_labels (marks);
  guint n_shown = n_labels;

  _sonde_legend_clear (self);
  if (n_labels == 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (inside) && n_labels <= MOST_INSIDE; i++)
    if (try_scale (self, typesetter, marks, n_columns, n_shown, inside[i], box_width * 0.8, box_height * 0.62) && self->width * self->height < 0.3 * box_width * box_height)
      return;
  for (guint i = 0; i < G_N_ELEMENTS (outside); i++)
    if (try_scale (self, typesetter, marks, 1, n_shown, outside[i], room_width, room_height))
      {
        self->outside = TRUE;
        return;
      }
  while (n_shown > 1 && !try_scale (self, typesetter, marks, 1, n_shown, 0.6, room_width, room_height))
    n_shown -= MAX (1, n_shown / 16);
  self->outside = TRUE;
}

/* Long data are sampled: where they are is not a question of each single point. */
static gsize
sample_every (GPtrArray *marks)
{
  gsize total = 0;

  for (guint i = 0; i < marks->len; i++)
    total += ((SondeMark *) g_ptr_array_index (marks, i))->n;
  return 1 + total / MOST_SAMPLES;
}

/* Stops counting at @enough. */
static double
cover_at (GPtrArray *marks,
          const SondeView *view,
          const SondeRectangle *place,
          gsize every,
          double enough)
{
  /* A little more than the legend itself, so that lines do not touch its border. */
  const SondeRectangle box = { place->x - 3, place->y - 3, place->width + 6, place->height + 6 };
  double cover = 0;

  for (guint i = 0; i < marks->len && cover < enough; i++)
    cover += _sonde_mark_get_cover (g_ptr_array_index (marks, i), view, &box, every);
  return cover;
}

double
_sonde_legend_place (const SondeLegend *self,
                     GPtrArray *marks,
                     const SondeView *view,
                     SondeRectangle *place)
{
  static const double across[] = { 1, 0, 0.5, 0.75, 0.25, 0.875, 0.125, 0.625, 0.375 };
  static const double down[] = { 0, 1, 0.5, 0.25, 0.75, 0.125, 0.875, 0.375, 0.625 };
  const double free_x = view->box.width - self->width - 2 * INSET, free_y = view->box.height - self->height - 2 * INSET;
  const gsize every = sample_every (marks);
  double least = INFINITY, least_cover = 0;

  for (guint i = 0; i < G_N_ELEMENTS (across); i++)
    for (guint j = 0; j < G_N_ELEMENTS (down); j++)
      {
        const SondeRectangle candidate = { view->box.x + INSET + across[i] * free_x, view->box.y + INSET + down[j] * free_y, self->width, self->height };
        /* Among equals the corners, upper right first, then the sides, then the rest. */
        const double preference = (i > 1) * 4.0 + (j > 1) * 4.0 + i * 0.2 + j * 0.3;
        const double cover = cover_at (marks, view, &candidate, every, least - preference);

        if (cover + preference < least)
          {
            least = cover + preference;
            least_cover = cover;
            *place = candidate;
          }
      }
  return least_cover;
}

static void
draw_frame (cairo_t *cr,
            const SondeRectangle *place)
{
  const double radius = 2.5, x = place->x, y = place->y, right = x + place->width, bottom = y + place->height;

  cairo_new_path (cr);
  cairo_arc (cr, right - radius, y + radius, radius, -G_PI / 2, 0);
  cairo_arc (cr, right - radius, bottom - radius, radius, 0, G_PI / 2);
  cairo_arc (cr, x + radius, bottom - radius, radius, G_PI / 2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI / 2);
  cairo_close_path (cr);
  _sonde_ink_set (cr, SONDE_PAPER, 0.85);
  cairo_fill_preserve (cr);
  _sonde_ink_set (cr, SONDE_INK_FRAME, 1);
  cairo_set_line_width (cr, 0.8);
  cairo_stroke (cr);
}

/* A piece of the mark: @x to @x + @width, around @y. */
static void
draw_sample (cairo_t *cr,
             const SondeMark *mark,
             double x,
             double y,
             double width,
             double height)
{
  const SondeColor *face = mark->faces != NULL && mark->n > 0 ? &mark->faces[0] : &mark->style.color;

  if (mark->kind == SONDE_MARK_BAR || mark->kind == SONDE_MARK_VIOLIN)
    {
      cairo_rectangle (cr, x, y - height * 0.32, width, height * 0.64);
      _sonde_color_set (cr, &mark->style.color);
      cairo_fill (cr);
      return;
    }
  if (mark->kind == SONDE_MARK_LINE && mark->style.line_width > 0)
    {
      cairo_move_to (cr, x, y);
      cairo_line_to (cr, x + width, y);
      _sonde_color_set (cr, &mark->style.color);
      cairo_set_line_width (cr, mark->style.line_width);
      cairo_set_line_cap (cr, CAIRO_LINE_CAP_BUTT);
      cairo_stroke (cr);
    }
  if (mark->style.marker != SONDE_MARKER_NONE)
    _sonde_marker_draw (cr, x + width / 2, y, mark->style.marker, MIN (mark->style.marker_size, height * 0.78), face, &mark->style);
}

void
_sonde_legend_draw (const SondeLegend *self,
                    cairo_t *cr,
                    const SondeRectangle *place)
{
  double x = place->x + self->padding;

  if (self->n_entries == 0)
    return;
  draw_frame (cr, place);
  for (guint column = 0; column < self->n_columns; column++)
    {
      const guint end = MIN ((column + 1) * self->n_rows, self->n_entries);

      for (guint i = column * self->n_rows; i < end; i++)
        {
          const double y = place->y + self->padding + (i % self->n_rows + 0.5) * self->row_height;

          draw_sample (cr, self->entries[i].mark, x, y, self->sample, self->row_height);
          _sonde_ink_set (cr, SONDE_INK, 1);
          _sonde_layout_draw (self->entries[i].layout, cr, x + self->sample + self->padding * 1.2, y, 0, 0.5, 0);
        }
      x += self->sample + self->padding * 1.2 + self->column_widths[column] + self->padding * 2.4;
    }
  _sonde_ink_set (cr, SONDE_INK, 1);
  if (self->rest != NULL)
    _sonde_layout_draw (self->rest, cr, place->x + self->padding, place->y + place->height - self->padding, 0, 1, 0);
}
