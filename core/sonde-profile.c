#define G_LOG_DOMAIN "sonde"

#include "sonde-profile.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-label.h"
#include "sonde-language.h"

#define ALPHA .7
#define MOST_MARKED_LAYERS 64 /* more markers on a line hide it and each other */

/**
 * SondeProfile:
 *
 * One number for each stage of every covered layer and condition, which is what most measures come to: its table, and its figure
 * over the layers, with a panel for each condition and a line for each stage.
 *
 * An analyzer makes one, describes itself with it, and calls it from `prepare ()`, `process ()` and `finish ()`.
 */
struct _SondeProfile
{
  GObject parent_instance;

  char *name;
  char *blurb;
  char *column;
  char *unit;
  char *column_blurb;

  SondeInvestigation *investigation;
  SondeTable *table;
  double *values; /* conditions x stages x covered layers; NaN: undefined, or it did not come */
};

G_DEFINE_FINAL_TYPE (SondeProfile, sonde_profile, G_TYPE_OBJECT)

static SondeTable *
new_table (SondeProfile *self)
{
  SondeTable *table = sonde_table_new (self->name, self->blurb);

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, N_ ("Condition"));
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, N_ ("Layer, from 0"));
  sonde_table_add_column (table, "stage", SONDE_COLUMN_STRING, NULL, N_ ("Stage"));
  sonde_table_add_column (table, self->column, SONDE_COLUMN_NUMBER, self->unit, self->column_blurb);
  return table;
}

static void
sonde_profile_finalize (GObject *object)
{
  SondeProfile *self = SONDE_PROFILE (object);

  g_free (self->name);
  g_free (self->blurb);
  g_free (self->column);
  g_free (self->unit);
  g_free (self->column_blurb);
  g_clear_object (&self->investigation);
  g_clear_object (&self->table);
  g_free (self->values);
  G_OBJECT_CLASS (sonde_profile_parent_class)->finalize (object);
}

static void
sonde_profile_class_init (SondeProfileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_profile_finalize;
}

static void
sonde_profile_init (SondeProfile *self)
{
}

/**
 * sonde_profile_new:
 * @name: the name of the table and of the figure, in kebab-case
 * @blurb: what both show, in a few words
 * @column: the name of the number's column, in snake_case
 * @unit: its unit; "1" for what has none
 * @column_blurb: what the number is and, where it can be NaN, behind a semicolon when it is undefined: "Spread; undefined for one row".
 *   What stands before the semicolon is the label of the figure's axis
 *
 * Makes a profile, which sonde_profile_begin() has to be called for before numbers are added.
 *
 * Returns: (transfer full): an empty profile
 */
SondeProfile *
sonde_profile_new (const char *name,
                   const char *blurb,
                   const char *column,
                   const char *unit,
                   const char *column_blurb)
{
  SondeProfile *self;

  g_return_val_if_fail (name != NULL && blurb != NULL && column != NULL && unit != NULL && column_blurb != NULL, NULL);

  self = g_object_new (SONDE_TYPE_PROFILE, NULL);
  self->name = g_strdup (name);
  self->blurb = g_strdup (blurb);
  self->column = g_strdup (column);
  self->unit = g_strdup (unit);
  self->column_blurb = g_strdup (column_blurb);
  return self;
}

/**
 * sonde_profile_describe:
 * @example: a chain that runs, with the analyzer in it: "NAME threshold=0.5"
 *
 * What the analyzer says of itself: what it reads and attaches can be added.
 *
 * Returns: (transfer full): a description with the table, the figure and the example
 */
SondeDescription *
sonde_profile_describe (SondeProfile *self,
                        const char *example)
{
  SondeDescription *description;
  g_autoptr (SondeTable) table = NULL;

  g_return_val_if_fail (SONDE_IS_PROFILE (self), NULL);
  g_return_val_if_fail (example != NULL, NULL);

  description = sonde_description_new ();
  table = new_table (self);
  sonde_description_add_table (description, table);
  sonde_description_add_figure (description, self->name, self->blurb);
  sonde_description_set_example (description, example);
  return description;
}

/**
 * sonde_profile_begin:
 * @investigation: what is going to come
 *
 * Forgets all numbers and makes room for those of an investigation: to be called in `prepare ()`.
 */
void
sonde_profile_begin (SondeProfile *self,
                     SondeInvestigation *investigation)
{
  guint n_layers;
  gsize n_values;

  g_return_if_fail (SONDE_IS_PROFILE (self));
  g_return_if_fail (SONDE_IS_INVESTIGATION (investigation));

  g_set_object (&self->investigation, investigation);
  g_clear_object (&self->table);
  self->table = new_table (self);
  sonde_investigation_get_layers (investigation, &n_layers);
  n_values = (gsize) sonde_investigation_get_n_conditions (investigation) * sonde_investigation_get_n_stages (investigation) * n_layers;
  g_free (self->values);
  self->values = g_new (double, n_values);
  for (gsize i = 0; i < n_values; i++)
    self->values[i] = NAN;
}

/* The numbers of one stage [covered layers]. */
static double *
get_line (SondeProfile *self,
          guint condition,
          guint stage,
          guint n_layers)
{
  return self->values + ((gsize) condition * sonde_investigation_get_n_stages (self->investigation) + stage) * n_layers;
}

/**
 * sonde_profile_add:
 * @frame: the frame that it was computed from
 * @stage: which of its stages, from 0
 * @value: the number; NaN: undefined
 *
 * Takes a number: to be called in `process ()`, at most once for each stage of a frame. Of layers that are not covered, whose
 * frames come for other analyzers' sake, nothing is kept.
 */
void
sonde_profile_add (SondeProfile *self,
                   SondeFrame *frame,
                   guint stage,
                   double value)
{
  guint n_layers;
  const guint *layers;
  guint layer;

  g_return_if_fail (SONDE_IS_PROFILE (self) && self->investigation != NULL);
  g_return_if_fail (SONDE_IS_FRAME (frame) && stage < sonde_frame_get_n_stages (frame));

  layer = sonde_frame_get_layer (frame);
  layers = sonde_investigation_get_layers (self->investigation, &n_layers);
  for (guint i = 0; i < n_layers; i++)
    if (layers[i] == layer)
      {
        get_line (self, sonde_frame_get_condition_index (frame), stage, n_layers)[i] = value;
        sonde_table_add_row (self->table, sonde_condition_get_id (sonde_frame_get_condition (frame)), (gint64) layer,
                             sonde_frame_get_stage (frame, stage)->id, value);
        return;
      }
}

/* Of the axis, as people read it. */
static char *
dup_label (SondeProfile *self)
{
  const char *blurb = sonde_language_translate (self->column_blurb);
  const gsize length = strcspn (blurb, ";");
  const char *wide = g_strstr_len (blurb, (gssize) length, "；"); /* in Chinese and Japanese */

  return g_strchomp (g_strndup (blurb, wide != NULL ? (gsize) (wide - blurb) : length));
}

static void
draw_lines (SondeProfile *self,
            SondePanel *panel,
            guint condition)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (self->investigation, &n_layers);
  g_autofree double *x = g_new (double, n_layers);
  g_autofree char *label = dup_label (self);
  g_auto (GStrv) names = sonde_label_dup_short_labels (self->investigation);

  for (guint i = 0; i < n_layers; i++)
    x[i] = layers[i];
  for (guint i = 0; names[i] != NULL; i++)
    {
      SondeStyle style = SONDE_STYLE_INIT;

      style.color = sonde_color_category (i);
      style.color.alpha = style.edge_color.alpha = ALPHA;
      style.edge_width = style.line_width = .5;
      if (n_layers > MOST_MARKED_LAYERS)
        style.line_width = 1;
      else
        style.marker = sonde_marker_category (i);
      sonde_panel_add_line (panel, x, get_line (self, condition, i, n_layers), n_layers, &style, names[i]);
    }
  sonde_panel_set_x_integer (panel, TRUE);
  sonde_panel_set_y_label (panel, label);
  sonde_panel_set_legend (panel, 2);
}

/* More stages than colours tell apart: a line of cells a stage, a column a layer. */
static void
draw_cells (SondeProfile *self,
            SondePanel *panel,
            guint condition)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (self->investigation, &n_layers);
  g_autofree char *label = dup_label (self);
  g_auto (GStrv) names = sonde_label_dup_short_labels (self->investigation);
  g_auto (GStrv) words = g_new0 (char *, n_layers + 1);

  for (guint i = 0; i < n_layers; i++)
    words[i] = g_strdup_printf ("%u", layers[i]);
  sonde_panel_add_heat_map (panel, get_line (self, condition, 0, n_layers), g_strv_length (names), n_layers, SONDE_COLOR_MAP_VIRIDIS, NAN, NAN);
  sonde_panel_set_stretched (panel, TRUE);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_VIRIDIS, NAN, NAN);
  sonde_panel_set_color_label (panel, label);
  sonde_panel_set_x_categories (panel, (const char *const *) words);
  sonde_panel_set_y_categories (panel, (const char *const *) names);
  sonde_panel_set_y_label (panel, _ ("Stage"));
}

static SondeFigure *
new_figure (SondeProfile *self,
            const char *caption)
{
  guint n_conditions = sonde_investigation_get_n_conditions (self->investigation);
  g_autoptr (SondeFigure) figure = sonde_figure_new_wrapped (self->name, n_conditions, 3, 6 * 72, 4 * 72);
  g_autofree char *rows = sonde_label_dup_rows (self->investigation);
  g_autofree char *text = g_strdup_printf (_ ("%s Rows: %s."), caption, rows);

  for (guint i = 0; i < n_conditions; i++)
    {
      SondePanel *panel = sonde_figure_append_panel (figure);
      g_autofree char *title = sonde_label_dup_panel (i, sonde_condition_get_label (sonde_investigation_get_condition (self->investigation, i), SONDE_LABEL_TITLE));

      sonde_panel_set_title (panel, title);
      sonde_panel_set_x_label (panel, _ ("Layer"));
      if (sonde_investigation_get_n_stages (self->investigation) > SONDE_MOST_CATEGORIES)
        draw_cells (self, panel, i);
      else
        draw_lines (self, panel, i);
    }
  sonde_figure_set_heading (figure, sonde_language_translate (self->blurb));
  sonde_label_set_caption (figure, self->investigation, text);
  return g_steal_pointer (&figure);
}

static char *
dup_sentence (SondeProfile *self,
              guint first,
              guint n_undefined)
{
  g_autofree char *label = dup_label (self);

  return g_strdup_printf (_ ("%s: undefined for %u of %u stages of frames, the first of them stage “%s” in layer %" PRId64 ", condition “%s”."),
                          label, n_undefined, sonde_table_get_n_rows (self->table), sonde_table_get_string (self->table, first, 2),
                          sonde_table_get_integer (self->table, first, 1), sonde_table_get_string (self->table, first, 0));
}

/* What is undefined is said in one sentence, however much of it there is. */
static void
add_warning (SondeProfile *self,
             SondeResult *result)
{
  guint n_undefined = 0;
  guint first = 0;

  for (guint i = sonde_table_get_n_rows (self->table); i-- > 0;)
    if (isnan (sonde_table_get_number (self->table, i, 3)))
      {
        first = i;
        n_undefined++;
      }
  if (n_undefined > 0)
    sonde_result_take_warning (result, SONDE_WORDS (dup_sentence (self, first, n_undefined)));
}

/**
 * sonde_profile_finish:
 * @caption: what the figure shows and how it was computed, in whole sentences; the numbers of rows are added
 *
 * To be called in `finish ()`, after sonde_profile_begin().
 *
 * Returns: (transfer full): a result with the table, the figure and, where a number is undefined, a warning; more can be added
 */
SondeResult *
sonde_profile_finish (SondeProfile *self,
                      const char *caption)
{
  SondeResult *result;
  g_autoptr (SondeFigure) figure = NULL;

  g_return_val_if_fail (SONDE_IS_PROFILE (self) && self->investigation != NULL, NULL);
  g_return_val_if_fail (caption != NULL, NULL);

  result = sonde_result_new ();
  figure = new_figure (self, caption);
  sonde_result_add_table (result, self->table);
  sonde_result_add_figure (result, figure);
  add_warning (self, result);
  return result;
}
