#define G_LOG_DOMAIN "sonde"
#include <glib/gi18n-lib.h>

#include "sonde-panel-private.h"

#include "sonde-theme-private.h"

/* Centred over the box, yet within the cell. */
static double
center_of (PangoLayout *text,
           const SondeRectangle *box,
           const SondeRectangle *cell)
{
  const double middle = box->x + box->width / 2;
  double width, height;

  _sonde_layout_get_size (text, &width, &height);
  return MAX (MIN (middle, cell->x + cell->width - width / 2), cell->x + width / 2);
}

static void
draw_texts (SondeTypesetter *typesetter,
            const SondePanelLayout *layout,
            cairo_t *cr,
            const SondeRectangle *box,
            const SondeRectangle *cell,
            double left,
            gboolean cells)
{
  _sonde_ink_set (cr, SONDE_INK, 1);
  if (layout->title != NULL)
    _sonde_layout_draw (layout->title, cr, center_of (layout->title, box, cell), box->y - layout->bar_top - SONDE_TITLE_GAP * typesetter->scale, 0.5, 1, 0);
  if (layout->x_label != NULL)
    _sonde_layout_draw (layout->x_label, cr, center_of (layout->x_label, box, cell), box->y + box->height + layout->x.extent + SONDE_LABEL_GAP * typesetter->scale, 0.5, 0, 0);
  if (layout->y_label != NULL)
    {
      const double middle = box->y + box->height / 2;
      double length, height, x = box->x - layout->label_shift;

      /* Labels of a column stand in one line, unless they belong to a matrix, whose box is not the column's. */
      _sonde_layout_get_size (layout->y_label, &length, &height);
      if (layout->y.n_ticks > 0 && !cells)
        x = box->x - left + height;
      _sonde_layout_draw (layout->y_label, cr, x, middle, 0.5, 1, -G_PI / 2);
    }
}

static void
draw_bar_label (SondeTypesetter *typesetter,
                const SondePanelLayout *layout,
                cairo_t *cr,
                const SondeRectangle *box)
{
  _sonde_ink_set (cr, SONDE_INK, 1);
  if (layout->bar_label != NULL)
    _sonde_layout_draw (layout->bar_label, cr, box->x + box->width + layout->bar.extent + SONDE_LABEL_GAP * typesetter->scale, box->y + box->height / 2, 0.5, 0, -G_PI / 2);
}

static void
draw_spines (cairo_t *cr,
             const SondeRectangle *box)
{
  _sonde_ink_set (cr, SONDE_INK, 1);
  cairo_set_line_width (cr, 0.9);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_SQUARE);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_MITER);
  cairo_move_to (cr, box->x, box->y);
  cairo_line_to (cr, box->x, box->y + box->height);
  cairo_line_to (cr, box->x + box->width, box->y + box->height);
  cairo_stroke (cr);
}

static void
draw_empty_note (SondeTypesetter *typesetter,
                 cairo_t *cr,
                 const SondeRectangle *box)
{
  g_autoptr (PangoLayout) note = _sonde_typesetter_fit (typesetter, _ ("no data"), SONDE_FONT_TICK, box->width, 2);

  _sonde_ink_set (cr, SONDE_INK_PALE, 1);
  _sonde_layout_draw (note, cr, box->x + box->width / 2, box->y + box->height / 2, 0.5, 0.5, 0);
}

static void
draw_legend (const SondePanelLayout *layout,
             cairo_t *cr,
             const SondeRectangle *box)
{
  SondeRectangle place = layout->legend_place;

  if (layout->legend.n_entries == 0)
    return;
  if (layout->legend.outside)
    place = (SondeRectangle){ box->width + layout->right - layout->legend.width, 0, layout->legend.width, layout->legend.height };
  place.x += box->x;
  place.y += box->y;
  _sonde_legend_draw (&layout->legend, cr, &place);
}

void
_sonde_panel_draw (SondePanel *self,
                   SondeTypesetter *typesetter,
                   const SondePanelLayout *layout,
                   cairo_t *cr,
                   const SondeRectangle *box,
                   const SondeRectangle *cell,
                   double left)
{
  const SondeView view = { *box, &layout->x, &layout->y };
  const gboolean behind = !_sonde_panel_has_cells (self);

  /* Axes lie under the marks, so that a marker on a limit is whole, but over cells, which would hide them. */
  if (behind)
    draw_spines (cr, box);
  for (guint i = 0; i < self->marks->len; i++)
    _sonde_mark_draw (g_ptr_array_index (self->marks, i), cr, &view, typesetter);
  if (!behind)
    draw_spines (cr, box);
  _sonde_axis_draw (&layout->x, cr, typesetter->scale, box->x, box->y + box->height);
  _sonde_axis_draw (&layout->y, cr, typesetter->scale, box->x, box->y + box->height);
  if (self->has_bar)
    _sonde_color_bar_draw (&layout->bar, cr, typesetter->scale, box, !behind);
  draw_bar_label (typesetter, layout, cr, box);
  if (layout->empty)
    draw_empty_note (typesetter, cr, box);
  draw_legend (layout, cr, box);
  draw_texts (typesetter, layout, cr, box, cell, left, _sonde_panel_get_aspect (self) > 0);
}
