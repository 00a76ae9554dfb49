#define G_LOG_DOMAIN "sonde"

#include "sonde-label.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define MOST_NAMES 8

/**
 * sonde_label_dup_panel:
 * @panel: which panel of its figure, from 0
 * @title: what it shows
 *
 * Puts a letter in front of a title: A to Z, then AA.
 *
 * Returns: (transfer full): the title behind the panel's letter
 */
char *
sonde_label_dup_panel (guint panel,
                       const char *title)
{
  g_autoptr (GString) letters = g_string_new (NULL);

  g_return_val_if_fail (title != NULL, NULL);

  for (guint rest = panel + 1; rest > 0; rest = (rest - 1) / 26)
    g_string_prepend_c (letters, (char) ('A' + (rest - 1) % 26));
  return g_strdup_printf ("%s) %s", letters->str, title);
}

/**
 * sonde_label_dup_layer_stage:
 * @layer: the layer, from 0
 * @stage: the stage
 *
 * Names a stage of a layer.
 *
 * Returns: (transfer full): both, as legends and axes say them
 */
char *
sonde_label_dup_layer_stage (guint layer,
                             const SondeStage *stage)
{
  g_return_val_if_fail (stage != NULL, NULL);
  return g_strdup_printf ("L%u %s", layer, stage->short_label);
}

static char *
dup_prefix (const char *text,
            glong n_characters)
{
  if (g_utf8_strlen (text, -1) <= n_characters)
    return g_strdup (text);
  return g_utf8_substring (text, 0, n_characters);
}

/* The short labels cut to @n_characters each; NULL where two of them are then the same. */
static char **
dup_distinct_prefixes (SondeInvestigation *investigation,
                       glong n_characters)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_stages = sonde_investigation_get_n_stages (investigation);
  g_auto (GStrv) prefixes = g_new0 (char *, n_stages + 1);

  for (guint i = 0; i < n_stages; i++)
    {
      prefixes[i] = dup_prefix (sonde_investigation_get_stage (investigation, i)->short_label, n_characters);
      if (!g_hash_table_add (seen, prefixes[i]))
        return NULL;
    }
  return g_steal_pointer (&prefixes);
}

/**
 * sonde_label_dup_short_labels:
 * @investigation: names the stages
 *
 * Lists the short labels of all stages.
 *
 * Returns: (transfer full) (array zero-terminated=1): the short label of every stage
 */
char **
sonde_label_dup_short_labels (SondeInvestigation *investigation)
{
  guint n_stages;
  char **labels;

  g_return_val_if_fail (SONDE_IS_INVESTIGATION (investigation), NULL);

  n_stages = sonde_investigation_get_n_stages (investigation);
  labels = g_new0 (char *, n_stages + 1);
  for (guint i = 0; i < n_stages; i++)
    labels[i] = g_strdup (sonde_investigation_get_stage (investigation, i)->short_label);
  return labels;
}

/**
 * sonde_label_dup_stage_pairs:
 * @investigation: names the stages
 *
 * Each stage is called by the first letters of its short label: as few as keep all stages apart, and the whole label
 * where only that does, or nothing does.
 *
 * Returns: (transfer full) (array zero-terminated=1): a name for every pair of stages
 */
char **
sonde_label_dup_stage_pairs (SondeInvestigation *investigation)
{
  guint n_stages;
  guint n_pairs;
  g_auto (GStrv) stages = NULL;
  char **pairs;

  g_return_val_if_fail (SONDE_IS_INVESTIGATION (investigation), NULL);

  n_stages = sonde_investigation_get_n_stages (investigation);
  n_pairs = sonde_stage_pair_count (n_stages);
  for (glong n_characters = 1; stages == NULL && n_characters <= 3; n_characters++)
    stages = dup_distinct_prefixes (investigation, n_characters);

  pairs = g_new0 (char *, n_pairs + 1);
  for (guint i = 0; i < n_pairs; i++)
    {
      guint a;
      guint b;

      sonde_stage_pair_get (n_stages, i, &a, &b);
      pairs[i] = g_strdup_printf ("%s.v.%s",
                                  stages != NULL ? stages[a] : sonde_investigation_get_stage (investigation, a)->short_label,
                                  stages != NULL ? stages[b] : sonde_investigation_get_stage (investigation, b)->short_label);
    }
  return pairs;
}

/**
 * sonde_label_dup_rows:
 * @investigation: names the conditions
 *
 * Says how many rows each condition has.
 *
 * Returns: (transfer full): every condition with its number of rows, for captions
 */
char *
sonde_label_dup_rows (SondeInvestigation *investigation)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (SONDE_IS_INVESTIGATION (investigation), NULL);

  for (guint i = 0; i < sonde_investigation_get_n_conditions (investigation); i++)
    {
      SondeCondition *condition = sonde_investigation_get_condition (investigation, i);

      g_string_append_printf (text, "%s%s: %u", i > 0 ? ", " : "",
                              sonde_condition_get_label (condition, SONDE_LABEL_TITLE),
                              sonde_condition_get_n_rows (condition));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
dup_each_value (SondeInvestigation *investigation,
                const double *values,
                const char *format)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < sonde_investigation_get_n_stages (investigation); i++)
    {
      g_autofree char *number = isnan (values[i]) ? g_strdup (_ ("undefined")) : sonde_label_dup_number (format, values[i]);

      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", sonde_investigation_get_stage (investigation, i)->id, number);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
dup_value_range (SondeInvestigation *investigation,
                 const double *values,
                 const char *format)
{
  guint least = 0;
  guint largest = 0;
  g_autofree char *low = NULL;
  g_autofree char *high = NULL;

  for (guint i = 1; i < sonde_investigation_get_n_stages (investigation); i++)
    {
      if (isnan (values[least]) || values[i] < values[least])
        least = i;
      if (isnan (values[largest]) || values[i] > values[largest])
        largest = i;
    }
  if (isnan (values[least]))
    return g_strdup (_ ("undefined"));
  low = sonde_label_dup_number (format, values[least]);
  high = sonde_label_dup_number (format, values[largest]);
  /* Translators: the least and the largest of many values, each with its stage */
  return g_strdup_printf (_ ("from %s (%s) to %s (%s)"), low, sonde_investigation_get_stage (investigation, least)->id, high,
                          sonde_investigation_get_stage (investigation, largest)->id);
}

/**
 * sonde_label_dup_stage_values:
 * @investigation: names the stages
 * @values: (array): one for each stage; NaN where undefined
 * @format: one conversion of g_ascii_formatd()
 *
 * Lists numbers of stages in one line, for key numbers.
 *
 * Returns: (transfer full): every stage with its value, for key numbers; of many stages, which a table is for, the least and the largest
 */
char *
sonde_label_dup_stage_values (SondeInvestigation *investigation,
                              const double *values,
                              const char *format)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (investigation) && values != NULL && format != NULL, NULL);

  return sonde_investigation_get_n_stages (investigation) <= MOST_NAMES ? dup_each_value (investigation, values, format)
                                                                        : dup_value_range (investigation, values, format);
}

/* A stage whose every label is a part of its name, which then has to be said somewhere. */
static gboolean
is_shortened (const SondeStage *stage)
{
  return g_str_equal (stage->axis_label, stage->label) && strlen (stage->label) < strlen (stage->id);
}

static void
append_names (GString *text,
              SondeInvestigation *investigation,
              guint n_shortened)
{
  if (n_shortened > MOST_NAMES)
    g_string_append (text, _ (" Names of stages are shortened; where results are listed by stage, they are whole and in the same order."));
  else if (n_shortened > 0)
    g_string_append (text, _ (" Names of stages are shortened:"));
  for (guint i = 0, n = 0; n_shortened <= MOST_NAMES && i < sonde_investigation_get_n_stages (investigation); i++)
    {
      const SondeStage *stage = sonde_investigation_get_stage (investigation, i);

      if (is_shortened (stage))
        g_string_append_printf (text, "%s %s = %s%s", n > 0 ? "," : "", stage->short_label, stage->id, n + 1 == n_shortened ? "." : "");
      n += is_shortened (stage);
    }
}

/**
 * sonde_label_set_caption:
 * @figure: a figure with labels of stages
 * @investigation: names the stages
 * @caption: what the figure shows
 *
 * Sets the caption, and adds to it which names the labels stand for where they are parts of longer ones.
 */
void
sonde_label_set_caption (SondeFigure *figure,
                         SondeInvestigation *investigation,
                         const char *caption)
{
  g_autoptr (GString) text = NULL;
  guint n_shortened = 0;

  g_return_if_fail (SONDE_IS_FIGURE (figure) && SONDE_IS_INVESTIGATION (investigation) && caption != NULL);

  text = g_string_new (caption);
  for (guint i = 0; i < sonde_investigation_get_n_stages (investigation); i++)
    n_shortened += is_shortened (sonde_investigation_get_stage (investigation, i));
  append_names (text, investigation, n_shortened);
  sonde_figure_set_caption (figure, text->str);
}

/**
 * sonde_label_dup_number:
 * @format: one conversion of g_ascii_formatd(), as "%.2f"
 * @value: the number
 *
 * Writes a number with a '.', whatever the locale.
 *
 * Returns: (transfer full): the number with a '.' whatever the locale
 */
char *
sonde_label_dup_number (const char *format,
                        double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE * 8];

  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, format, value));
}
