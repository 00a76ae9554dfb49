#define G_LOG_DOMAIN "sonde"

#include "sonde-axis-private.h"

#include <math.h>
#include <string.h>

#include "sonde-theme-private.h"
#include "sonde-ticks-private.h"

#define TICK_LENGTH 3.5
#define MINOR_LENGTH 2
#define LABEL_GAP 2.5
#define LINE_WIDTH 0.9
#define SMALLEST_WORDS 0.68

static gboolean
is_vertical (const SondeAxis *self)
{
  return self->edge == SONDE_EDGE_LEFT || self->edge == SONDE_EDGE_RIGHT;
}

double
_sonde_axis_map (const SondeAxis *self,
                 double value)
{
  if (self->log)
    value = value > 0 ? log10 (value) : isnan (value) ? value
                                                      : self->low;
  /* Halves, so that a range of nearly twice the largest double does not overflow. */
  return (value / 2 - self->low / 2) / (self->high / 2 - self->low / 2) * self->length;
}

void
_sonde_axis_clear (SondeAxis *self)
{
  for (guint i = 0; i < self->n_ticks; i++)
    g_clear_object (&self->labels[i]);
  g_clear_pointer (&self->labels, g_free);
  g_clear_pointer (&self->values, g_free);
  g_clear_pointer (&self->minor, g_array_unref);
  self->n_ticks = 0;
  self->ascent = self->extent = self->before = self->after = self->angle = 0;
}

static void
allocate_ticks (SondeAxis *self,
                guint n)
{
  _sonde_axis_clear (self);
  self->n_ticks = n;
  self->values = g_new0 (double, n);
  self->labels = g_new0 (PangoLayout *, n);
}

static double
get_ascent (const SondeAxis *self)
{
  double ascent = 0;

  for (guint i = 0; i < self->n_ticks; i++)
    ascent = MAX (ascent, _sonde_layout_get_ascent (self->labels[i]));
  return ascent;
}

/* How far label @i is put down, so that all stand on one line: letters of one font may reach higher than those of another. */
static double
get_drop (const SondeAxis *self,
          guint i)
{
  return self->edge == SONDE_EDGE_BOTTOM && self->angle == 0 ? self->ascent - _sonde_layout_get_ascent (self->labels[i]) : 0;
}

static void
largest_label (const SondeAxis *self,
               double *width,
               double *height)
{
  *width = *height = 0;
  for (guint i = 0; i < self->n_ticks; i++)
    {
      double w, h;

      _sonde_layout_get_size (self->labels[i], &w, &h);
      *width = MAX (*width, w);
      *height = MAX (*height, h + get_drop (self, i));
    }
}

/* How far label @i reaches to both sides of its tick, along the axis. */
static void
label_reach (const SondeAxis *self,
             guint i,
             double *before,
             double *after)
{
  const double slant = fabs (self->angle);
  double w, h;

  _sonde_layout_get_size (self->labels[i], &w, &h);
  if (is_vertical (self))
    *before = *after = h / 2;
  else if (slant == 0)
    *before = *after = w / 2;
  else
    {
      *before = w * cos (slant) + h / 2 * sin (slant);
      *after = h / 2 * sin (slant);
    }
}

static void
measure (SondeAxis *self,
         double scale)
{
  const double slant = fabs (self->angle);
  double width, height;

  self->ascent = get_ascent (self);
  largest_label (self, &width, &height);
  self->before = self->after = 0;
  for (guint i = 0; i < self->n_ticks; i++)
    {
      const double at = _sonde_axis_map (self, self->values[i]);
      double before, after;

      label_reach (self, i, &before, &after);
      self->before = MAX (self->before, before - at);
      self->after = MAX (self->after, at + after - self->length);
    }
  self->extent = (TICK_LENGTH + LABEL_GAP) * scale;
  if (self->n_ticks == 0)
    self->extent = 0;
  else if (is_vertical (self))
    self->extent += width;
  else
    self->extent += slant == 0 ? height : width * sin (slant) + height * cos (slant);
}

static void
set_ticks (SondeAxis *self,
           SondeTypesetter *typesetter,
           SondeFont font,
           const SondeTicks *ticks)
{
  allocate_ticks (self, ticks->n);
  for (guint i = 0; i < ticks->n; i++)
    {
      g_autofree char *text = _sonde_ticks_format (ticks, i);

      self->values[i] = _sonde_ticks_get (ticks, i);
      self->labels[i] = _sonde_typesetter_set (typesetter, text, font, 0);
    }
}

/* Neighbours from the label @first on must keep a distance in which they still read as two. */
static gboolean
labels_collide_from (const SondeAxis *self,
                     guint first,
                     double gap)
{
  for (guint i = first + 1; i < self->n_ticks; i++)
    {
      const double distance = fabs (_sonde_axis_map (self, self->values[i]) - _sonde_axis_map (self, self->values[i - 1]));
      double before, after, unused;

      label_reach (self, i - 1, &unused, &after);
      label_reach (self, i, &before, &unused);
      if (before + after + gap > distance)
        return TRUE;
    }
  return FALSE;
}

static gboolean
labels_collide (const SondeAxis *self,
                double gap)
{
  return labels_collide_from (self, 0, gap);
}

/* Between the steps 2 and 5 lie 2.5 and 4: less round, yet better than an axis of two numbers. */
static gboolean
set_between (SondeAxis *self,
             SondeTypesetter *typesetter,
             SondeFont font,
             const SondeTicks *fine,
             double low,
             double high,
             double gap,
             gboolean integer)
{
  static const int mantissas[] = { 4, 25 };

  for (guint i = 0; i < G_N_ELEMENTS (mantissas); i++)
    {
      SondeTicks ticks = *fine;

      ticks.mantissa = mantissas[i];
      ticks.exponent -= mantissas[i] > 10 ? 1 : 0;
      if ((integer && ticks.exponent < 0) || !_sonde_ticks_restep (&ticks, low, high))
        continue;
      set_ticks (self, typesetter, font, &ticks);
      if (ticks.n >= 3 && !labels_collide (self, gap))
        return TRUE;
    }
  return FALSE;
}

void
_sonde_axis_set_numbers (SondeAxis *self,
                         SondeTypesetter *typesetter,
                         SondeFont font,
                         gboolean integer,
                         double first,
                         double last)
{
  const double line = _sonde_typesetter_get_line_height (typesetter, font);
  const double gap = is_vertical (self) ? line * 0.35 : line * 0.6;
  const double low = isnan (first) ? MIN (self->low, self->high) : MAX (MIN (self->low, self->high), first);
  const double high = isnan (last) ? MAX (self->low, self->high) : MIN (MAX (self->low, self->high), last);
  SondeTicks ticks, coarser;

  _sonde_axis_clear (self);
  if (!_sonde_ticks_find (&ticks, low, high, (guint) CLAMP (self->length / line + 1, 1, 10), integer))
    return;
  set_ticks (self, typesetter, font, &ticks);
  while (ticks.n > 1 && labels_collide (self, gap))
    {
      coarser = ticks;
      if (!_sonde_ticks_coarsen (&coarser, low, high))
        coarser.n = 0;
      if (coarser.n < 3 && ticks.mantissa == 2 && set_between (self, typesetter, font, &ticks, low, high, gap, integer))
        break;
      ticks.n = 1;
      if (coarser.n > 0)
        ticks = coarser;
      set_ticks (self, typesetter, font, &ticks);
    }
  measure (self, typesetter->scale);
}

static void
set_decade_labels (SondeAxis *self,
                   SondeTypesetter *typesetter,
                   SondeFont font,
                   const GArray *values)
{
  allocate_ticks (self, values->len);
  for (guint i = 0; i < values->len; i++)
    {
      const double value = g_array_index (values, double, i);
      g_autofree char *text = value > 0 ? _sonde_decade_format (value) : g_strdup ("0");

      self->values[i] = value;
      self->labels[i] = _sonde_typesetter_set (typesetter, text, font, 0);
    }
}

static void
drop_second (SondeAxis *self)
{
  g_clear_object (&self->labels[1]);
  self->n_ticks--;
  memmove (self->labels + 1, self->labels + 2, (self->n_ticks - 1) * sizeof *self->labels);
  memmove (self->values + 1, self->values + 2, (self->n_ticks - 1) * sizeof *self->values);
}

/* Small ticks stand where a decade is long enough for nine of them to be told apart, and every decade has its label. */
static void
add_minor_ticks (SondeAxis *self,
                 double scale,
                 double low,
                 double high)
{
  const double decade = fabs (self->length / (self->high - self->low));

  if (decade < 20 * scale || high - low > self->n_ticks)
    return;
  self->minor = g_array_new (FALSE, FALSE, sizeof (double));
  _sonde_decades_list_minor (low, high, self->minor);
}

void
_sonde_axis_set_decades (SondeAxis *self,
                         SondeTypesetter *typesetter,
                         SondeFont font,
                         double zero)
{
  const double line = _sonde_typesetter_get_line_height (typesetter, font);
  const double gap = is_vertical (self) ? line * 0.35 : line * 0.6;
  const double bottom = MIN (self->low, self->high), high = MAX (self->low, self->high), low = isnan (zero) ? bottom : MAX (bottom, zero);

  _sonde_axis_clear (self);
  for (guint n_most = (guint) CLAMP (self->length / line + 1, 1, 10); n_most >= 1; n_most--)
    {
      g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

      if (!isnan (zero))
        g_array_append_val (values, (double){ 0 });
      _sonde_decades_find (low, high, n_most, values);
      set_decade_labels (self, typesetter, font, values);
      if (!labels_collide_from (self, isnan (zero) ? 0 : 1, gap))
        break;
    }
  /* Rather one power less than fewer of them throughout, where only the 0 has too little room. */
  while (self->n_ticks > 1 && labels_collide (self, gap))
    drop_second (self);
  add_minor_ticks (self, typesetter->scale, low, high);
  measure (self, typesetter->scale);
}

typedef PangoLayout *(*SetWord) (SondeTypesetter *typesetter, const char *word, double slot, double longest);

static PangoLayout *
set_upright (SondeTypesetter *typesetter,
             const char *word,
             double slot,
             double longest)
{
  return _sonde_typesetter_fit_words (typesetter, word, SONDE_FONT_TICK, slot, 1);
}

static PangoLayout *
set_two_lines (SondeTypesetter *typesetter,
               const char *word,
               double slot,
               double longest)
{
  return _sonde_typesetter_fit_words (typesetter, word, SONDE_FONT_TICK, slot, 2);
}

static PangoLayout *
set_small (SondeTypesetter *typesetter,
           const char *word,
           double slot,
           double longest)
{
  return _sonde_typesetter_fit_words (typesetter, word, SONDE_FONT_SMALL, slot, 2);
}

static PangoLayout *
set_turned (SondeTypesetter *typesetter,
            const char *word,
            double slot,
            double longest)
{
  return _sonde_typesetter_set (typesetter, word, SONDE_FONT_TICK, longest);
}

/* Every @every-th word as @set sets it; FALSE where one does not fit. */
static gboolean
set_words (SondeAxis *self,
           SondeTypesetter *typesetter,
           const char *const *words,
           guint every,
           double slot,
           double longest,
           SetWord set)
{
  const guint n = g_strv_length ((char **) words);

  allocate_ticks (self, (n + every - 1) / every);
  for (guint i = 0; i < self->n_ticks; i++)
    {
      g_autofree char *text = _sonde_text_escape (words[(gsize) i * every], FALSE);

      self->values[i] = i * every;
      self->labels[i] = set (typesetter, text, slot, longest);
      if (self->labels[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Only ticks within the limits stay. */
static void
drop_outside (SondeAxis *self)
{
  guint kept = 0;

  for (guint i = 0; i < self->n_ticks; i++)
    {
      const double at = _sonde_axis_map (self, self->values[i]);

      if (at >= -1e-6 * self->length && at <= self->length * (1 + 1e-6))
        {
          self->values[kept] = self->values[i];
          self->labels[kept++] = self->labels[i];
        }
      else
        {
          g_clear_object (&self->labels[i]);
        }
    }
  self->n_ticks = kept;
}

/* Words one over the other, a little smaller where they are crowded; of those that still have no room, only some. */
static void
set_stacked (SondeAxis *self,
             SondeTypesetter *typesetter,
             const char *const *words,
             double longest)
{
  const double needed = _sonde_typesetter_get_line_height (typesetter, SONDE_FONT_TICK) * 1.02;
  const double unit = fabs (self->length / (self->high - self->low));
  SondeTypesetter smaller = *typesetter;
  const guint n = g_strv_length ((char **) words);
  double last = -INFINITY;
  guint kept = 0;

  allocate_ticks (self, n);
  if (unit < needed)
    smaller.scale *= MAX (unit / needed, SMALLEST_WORDS);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = NULL;

      if (*words[i] == '\0' || i * unit < last + needed * (smaller.scale / typesetter->scale) - 1e-6 * needed)
        continue;
      text = _sonde_text_escape (words[i], FALSE);
      last = i * unit;
      self->values[kept] = i;
      self->labels[kept++] = _sonde_typesetter_set (&smaller, text, SONDE_FONT_TICK, longest);
    }
  self->n_ticks = kept;
}

/* Words side by side, else in two lines, else smaller, else slanted, else upright, else only every second, third … one. */
void
_sonde_axis_set_words (SondeAxis *self,
                       SondeTypesetter *typesetter,
                       const char *const *words,
                       double longest)
{
  static const SetWord level[] = { set_upright, set_two_lines, set_small };
  const double line = _sonde_typesetter_get_line_height (typesetter, SONDE_FONT_TICK);
  const double unit = fabs (self->length / (self->high - self->low));
  const double slot = unit - line * 0.4;
  gboolean fits = is_vertical (self);

  if (fits)
    set_stacked (self, typesetter, words, longest);
  for (guint i = 0; i < G_N_ELEMENTS (level) && !fits; i++)
    fits = slot > 0 && set_words (self, typesetter, words, 1, slot, longest, level[i]);
  if (!fits)
    {
      const double needed = line * 1.02;
      SondeTypesetter smaller = *typesetter;
      guint every = 1;

      /* Rather all of them a little smaller than some of them. */
      if (needed * SMALLEST_WORDS <= unit)
        smaller.scale *= MIN (1, unit / needed);
      else
        every = (guint) CLAMP (ceil (needed / unit), 1, 1e6);
      set_words (self, &smaller, words, every, slot, longest, set_turned);
      self->angle = unit * every >= line * 1.6 ? -G_PI / 4 : -G_PI / 2;
    }
  drop_outside (self);
  measure (self, typesetter->scale);
}

static void
draw_label (const SondeAxis *self,
            cairo_t *cr,
            guint i,
            double x,
            double y)
{
  double w, h;

  _sonde_layout_get_size (self->labels[i], &w, &h);
  switch (self->edge)
    {
    case SONDE_EDGE_LEFT:
      _sonde_layout_draw (self->labels[i], cr, x, y, 1, 0.5, 0);
      break;
    case SONDE_EDGE_RIGHT:
      _sonde_layout_draw (self->labels[i], cr, x, y, 0, 0.5, 0);
      break;
    case SONDE_EDGE_TOP:
      _sonde_layout_draw (self->labels[i], cr, x, y, 0.5, 1, 0);
      break;
    case SONDE_EDGE_BOTTOM:
    default:
      if (self->angle == 0)
        _sonde_layout_draw (self->labels[i], cr, x, y + get_drop (self, i), 0.5, 0, 0);
      else
        _sonde_layout_draw (self->labels[i], cr, x, y + h / 2 * cos (self->angle), 1, 0.5, self->angle);
    }
}

void
_sonde_axis_draw (const SondeAxis *self,
                  cairo_t *cr,
                  double scale,
                  double x,
                  double y)
{
  static const double out_x[] = { 0, -1, 0, 1 }, out_y[] = { 1, 0, -1, 0 };
  const double dx = out_x[self->edge], dy = out_y[self->edge];
  const gboolean vertical = is_vertical (self);

  _sonde_ink_set (cr, SONDE_INK, 1);
  cairo_set_line_width (cr, LINE_WIDTH);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_BUTT);
  for (guint i = 0; self->minor != NULL && i < self->minor->len; i++)
    {
      const double at = _sonde_axis_map (self, g_array_index (self->minor, double, i));

      cairo_move_to (cr, vertical ? x : x + at, vertical ? y - at : y);
      cairo_rel_line_to (cr, dx * MINOR_LENGTH * scale, dy * MINOR_LENGTH * scale);
      cairo_stroke (cr);
    }
  for (guint i = 0; i < self->n_ticks; i++)
    {
      const double at = _sonde_axis_map (self, self->values[i]);
      const double tick_x = vertical ? x : x + at, tick_y = vertical ? y - at : y;

      cairo_move_to (cr, tick_x, tick_y);
      cairo_rel_line_to (cr, dx * TICK_LENGTH * scale, dy * TICK_LENGTH * scale);
      cairo_stroke (cr);
      draw_label (self, cr, i, tick_x + dx * (TICK_LENGTH + LABEL_GAP) * scale, tick_y + dy * (TICK_LENGTH + LABEL_GAP) * scale);
    }
}
