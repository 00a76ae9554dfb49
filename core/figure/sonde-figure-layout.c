#define G_LOG_DOMAIN "sonde"

#include "sonde-figure-private.h"


#include <math.h>

#include "sonde-theme-private.h"

#define EDGE 6        /* around the figure */
#define COLUMN_GAP 16 /* between what belongs to one panel and to the next */
#define ROW_GAP 12
#define SMALLEST_SCALE 0.3

void
_sonde_figure_layout_free (SondeFigureLayout *self)
{
  for (guint i = 0; i < self->n_cells; i++)
    _sonde_panel_layout_clear (&self->cells[i].layout);
  g_clear_object (&self->title);
  g_free (self->cells);
  g_free (self->left);
  g_free (self->right);
  g_free (self->box_width);
  g_free (self->top);
  g_free (self->bottom);
  g_free (self->box_height);
  g_free (self->beside);
  g_free (self->above);
  _sonde_typesetter_free (self->typesetter);
  g_free (self);
}

static SondeFigureLayout *
layout_new (SondeFigure *figure,
            double width,
            double height)
{
  SondeFigureLayout *self = g_new0 (SondeFigureLayout, 1);

  self->typesetter = _sonde_typesetter_new ();
  self->width = width;
  self->height = height;
  _sonde_figure_get_grid (figure, &self->n_rows, &self->n_columns);
  self->n_cells = sonde_figure_get_n_panels (figure);
  self->cells = g_new0 (SondeFigureCell, self->n_cells);
  self->left = g_new0 (double, self->n_columns);
  self->right = g_new0 (double, self->n_columns);
  self->box_width = g_new0 (double, self->n_columns);
  self->top = g_new0 (double, self->n_rows);
  self->bottom = g_new0 (double, self->n_rows);
  self->box_height = g_new0 (double, self->n_rows);
  self->beside = g_new0 (double, self->n_columns);
  self->above = g_new0 (double, self->n_rows);
  for (guint i = 0; i < self->n_cells; i++)
    self->cells[i].panel = _sonde_figure_get_panel (figure, i, &self->cells[i].row, &self->cells[i].column);
  return self;
}

static double
sum (const double *values,
     guint n)
{
  double total = 0;

  for (guint i = 0; i < n; i++)
    total += values[i];
  return total;
}

static double
title_height (const SondeFigureLayout *self)
{
  double width, height;

  if (self->title == NULL)
    return 0;
  _sonde_layout_get_size (self->title, &width, &height);
  return height + 6 * self->typesetter->scale;
}

static double
free_width (const SondeFigureLayout *self)
{
  return self->width - 2 * EDGE - (self->n_columns - 1) * COLUMN_GAP * self->typesetter->scale - sum (self->left, self->n_columns) - sum (self->right, self->n_columns);
}

static double
free_height (const SondeFigureLayout *self)
{
  return self->height - 2 * EDGE - title_height (self) - (self->n_rows - 1) * ROW_GAP * self->typesetter->scale - sum (self->top, self->n_rows) - sum (self->bottom, self->n_rows);
}

/* Equal shares of @room, but none above its limit; what those leave goes to the others. */
static void
share (double *shares,
       const double *limits,
       guint n,
       double room)
{
  guint open = n;
  double rest = room;

  for (guint i = 0; i < n; i++)
    shares[i] = -1;
  for (gboolean changed = TRUE; changed && open > 0;)
    {
      const double each = rest / open;

      changed = FALSE;
      for (guint i = 0; i < n; i++)
        if (shares[i] < 0 && limits[i] < each)
          {
            shares[i] = limits[i];
            rest -= limits[i];
            open--;
            changed = TRUE;
          }
    }
  for (guint i = 0; i < n; i++)
    if (shares[i] < 0)
      shares[i] = rest / open;
}

/* Beside matrices, other panels do not take all the width that these leave. */
static void
limit_free_columns (const SondeFigureLayout *self,
                    double *widest)
{
  gboolean matrices = FALSE;
  double highest = 0;

  for (guint i = 0; i < self->n_columns; i++)
    matrices |= isfinite (widest[i]);
  for (guint i = 0; i < self->n_rows; i++)
    highest = MAX (highest, self->box_height[i] + self->above[i]);
  for (guint i = 0; i < self->n_columns; i++)
    if (matrices && !isfinite (widest[i]))
      widest[i] = highest * 1.35;
}

/* Columns of matrices only need no more width than their height gives them, and rows likewise. */
static void
share_room (SondeFigureLayout *self)
{
  const double width = MAX (free_width (self), self->n_columns), height = MAX (free_height (self), self->n_rows);
  g_autofree double *widest = g_new0 (double, self->n_columns), *highest = g_new0 (double, self->n_rows);

  for (guint i = 0; i < self->n_cells; i++)
    {
      const double aspect = _sonde_panel_get_aspect (self->cells[i].panel);
      double *limit = &highest[self->cells[i].row];

      *limit = MAX (*limit, aspect > 0 ? width / self->n_columns * aspect : INFINITY);
    }
  share (self->box_height, highest, self->n_rows, height);
  for (guint i = 0; i < self->n_cells; i++)
    {
      const double aspect = _sonde_panel_get_aspect (self->cells[i].panel);
      double *limit = &widest[self->cells[i].column];

      *limit = MAX (*limit, aspect > 0 ? self->box_height[self->cells[i].row] / aspect : INFINITY);
    }
  limit_free_columns (self, widest);
  share (self->box_width, widest, self->n_columns, width);
}

static double
column_slack (const SondeFigureLayout *self)
{
  return MAX (0, free_width (self) - sum (self->box_width, self->n_columns)) / self->n_columns;
}

static double
row_slack (const SondeFigureLayout *self)
{
  return MAX (0, free_height (self) - sum (self->box_height, self->n_rows)) / self->n_rows;
}

static void
measure_cells (SondeFigureLayout *self)
{
  const double extra_width = column_slack (self) + (COLUMN_GAP - 4) * self->typesetter->scale;
  const double extra_height = row_slack (self);

  for (guint i = 0; i < self->n_cells; i++)
    {
      SondeFigureCell *cell = &self->cells[i];
      const guint r = cell->row, c = cell->column;
      const gboolean free = _sonde_panel_get_aspect (cell->panel) == 0;

      cell->wider = free ? MAX (0, self->beside[c] - cell->layout.right) : 0;
      cell->higher = free ? MAX (0, self->above[r] - cell->layout.bar_top) : 0;
      _sonde_panel_measure (cell->panel, self->typesetter, self->box_width[c] + cell->wider, self->box_height[r] + cell->higher,
                            self->left[c] + self->box_width[c] + self->right[c] + extra_width,
                            self->top[r] + self->box_height[r] + self->bottom[r] + extra_height, &cell->layout);
    }
}

/* Panels of a column share left and right, those of a row top and bottom. Once @settled these no longer shrink, so that
 * the search for a size that fits what depends on the size comes to an end. */
static gboolean
collect_margins (SondeFigureLayout *self,
                 gboolean settled)
{
  g_autofree double *before = g_new0 (double, 2 * (self->n_columns + self->n_rows));
  double *parts[] = { self->left, self->right, self->top, self->bottom };
  const guint sizes[] = { self->n_columns, self->n_columns, self->n_rows, self->n_rows };
  gboolean changed = FALSE;

  for (guint part = 0, at = 0; part < 4; at += sizes[part++])
    for (guint i = 0; i < sizes[part]; i++)
      {
        before[at + i] = parts[part][i];
        parts[part][i] = settled ? before[at + i] : 0;
      }
  for (guint i = 0; i < self->n_cells; i++)
    {
      const SondeFigureCell *cell = &self->cells[i];

      self->left[cell->column] = MAX (self->left[cell->column], cell->layout.left);
      self->right[cell->column] = MAX (self->right[cell->column], cell->layout.right + cell->wider);
      self->top[cell->row] = MAX (self->top[cell->row], cell->layout.top + cell->higher);
      self->bottom[cell->row] = MAX (self->bottom[cell->row], cell->layout.bottom);
    }
  for (guint part = 0, at = 0; part < 4; at += sizes[part++])
    for (guint i = 0; i < sizes[part]; i++)
      changed |= fabs (before[at + i] - parts[part][i]) > 0.01;
  return changed;
}

/* What is attached to one panel only must not narrow the others of its column or row. */
static void
collect_attachments (SondeFigureLayout *self)
{
  for (guint i = 0; i < self->n_columns; i++)
    self->beside[i] = 0;
  for (guint i = 0; i < self->n_rows; i++)
    self->above[i] = 0;
  for (guint i = 0; i < self->n_cells; i++)
    {
      const SondeFigureCell *cell = &self->cells[i];

      self->beside[cell->column] = MAX (self->beside[cell->column], cell->layout.beside);
      self->above[cell->row] = MAX (self->above[cell->row], cell->layout.bar_top);
    }
}

static void
solve (SondeFigureLayout *self,
       const char *title)
{
  const double scale = self->typesetter->scale;

  g_clear_object (&self->title);
  if (title != NULL && *title != '\0')
    {
      g_autofree char *escaped = _sonde_text_escape (title, FALSE);

      self->title = _sonde_typesetter_fit (self->typesetter, escaped, SONDE_FONT_HEADING, self->width - 4 * EDGE, 2);
    }
  for (guint i = 0; i < self->n_columns; i++)
    self->left[i] = self->right[i] = 16 * scale;
  for (guint i = 0; i < self->n_rows; i++)
    self->top[i] = self->bottom[i] = 16 * scale;
  collect_attachments (self);
  for (guint round = 0; round < 12; round++)
    {
      share_room (self);
      measure_cells (self);
      if (!collect_margins (self, round > 3) && round > 1)
        break;
      /* They are kept once they settle: everything that follows depends on them. */
      if (round < 3)
        collect_attachments (self);
    }
}

/* Whether letters leave the data their part of the figure. */
static gboolean
is_roomy (const SondeFigureLayout *self)
{
  return free_width (self) >= 0.45 * self->width && free_height (self) >= 0.4 * self->height;
}

static void
place (SondeFigureLayout *self)
{
  const double scale = self->typesetter->scale;
  const double extra_width = column_slack (self), extra_height = row_slack (self);

  for (guint i = 0; i < self->n_cells; i++)
    {
      SondeFigureCell *cell = &self->cells[i];
      const guint r = cell->row, c = cell->column;
      double x = EDGE + c * (COLUMN_GAP * scale + extra_width), y = EDGE + title_height (self) + r * (ROW_GAP * scale + extra_height);
      const double gap = (COLUMN_GAP - 4) / 2.0 * scale;

      x += sum (self->left, c) + sum (self->box_width, c) + sum (self->right, c);
      y += sum (self->top, r) + sum (self->box_height, r) + sum (self->bottom, r);
      cell->cell = (SondeRectangle){ MAX (x - gap, 1), y, 0, self->top[r] + self->box_height[r] + self->bottom[r] + extra_height };
      cell->cell.width = MIN (x + self->left[c] + self->box_width[c] + self->right[c] + extra_width + gap, self->width - 1) - cell->cell.x;
      cell->box.width = cell->layout.box_width;
      cell->box.height = cell->layout.box_height;
      cell->box.x = x + extra_width / 2 + self->left[c] + (self->box_width[c] + cell->wider - cell->box.width) / 2;
      cell->box.y = y + extra_height / 2 + self->top[r] - cell->higher + (self->box_height[r] + cell->higher - cell->box.height) / 2;
    }
}

SondeFigureLayout *
_sonde_figure_layout_new (SondeFigure *figure,
                          double width,
                          double height)
{
  SondeFigureLayout *self = layout_new (figure, width, height);

  solve (self, _sonde_figure_get_title (figure));
  while (!is_roomy (self) && self->typesetter->scale > SMALLEST_SCALE)
    {
      self->typesetter->scale *= 0.88;
      solve (self, _sonde_figure_get_title (figure));
    }
  place (self);
  return self;
}

void
_sonde_figure_layout_draw (const SondeFigureLayout *self,
                           cairo_t *cr)
{
  _sonde_ink_set (cr, SONDE_PAPER, 1);
  cairo_rectangle (cr, 0, 0, self->width, self->height);
  cairo_fill (cr);
  _sonde_ink_set (cr, SONDE_INK, 1);
  if (self->title != NULL)
    _sonde_layout_draw (self->title, cr, self->width / 2, EDGE, 0.5, 0, 0);
  for (guint i = 0; i < self->n_cells; i++)
    {
      const SondeFigureCell *cell = &self->cells[i];

      _sonde_panel_draw (cell->panel, self->typesetter, &cell->layout, cr, &cell->box, &cell->cell, self->left[cell->column]);
    }
}

SondeRectangle
_sonde_figure_layout_get_extents (const SondeFigureLayout *self,
                                  guint cell)
{
  const SondeFigureCell *c = &self->cells[cell];

  return (SondeRectangle){
    c->box.x - c->layout.left,
    c->box.y - c->layout.top,
    c->layout.left + c->box.width + c->layout.right,
    c->layout.top + c->box.height + c->layout.bottom,
  };
}
