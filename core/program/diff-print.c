#include "diff.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "program.h"

static char *
number_text (double value,
             const char *format,
             char *buffer,
             gsize size)
{
  if (isnan (value))
    return strcpy (buffer, "-");
  return g_ascii_formatd (buffer, (int) size, format, value);
}

/* ---- for people ---- */

static const char *
get_condition_id (const Diff *diff,
                  const DiffSite *site)
{
  return sonde_condition_get_id (diff_get_condition (diff, site->condition)->of[0]);
}

/* "projection", or "projection = hook_out" where the sides call it differently. */
static char *
dup_stage (const Diff *diff,
           const DiffSite *site)
{
  const DiffStage *stage = diff_get_stage (diff, site->stage);

  if (g_str_equal (stage->of[0]->id, stage->of[1]->id))
    return g_strdup (stage->of[0]->id);
  return g_strdup_printf ("%s = %s", stage->of[0]->id, stage->of[1]->id);
}

static char *
dup_layer (const DiffSite *site)
{
  return site->layer == SONDE_NO_LAYER ? g_strdup ("-") : g_strdup_printf ("%u", site->layer);
}

enum
{
  CONDITION,
  LAYER,
  STAGE,
  N_COLUMNS = 8,
};

/* Names stand on the left, numbers on the right. */
static void
print_cells (const char *const *cells,
             const int *widths,
             const char *mark)
{
  for (guint i = 0; i < N_COLUMNS; i++)
    if (i == CONDITION || i == STAGE)
      printf ("%s%s%*s", i > 0 ? "  " : "", cells[i], get_room (cells[i], widths[i]), "");
    else
      printf ("  %*s%s", get_room (cells[i], widths[i]), "", cells[i]);
  printf ("%s\n", mark);
}

static void
print_row (const Diff *diff,
           const DiffSite *site,
           const int *widths)
{
  g_autofree char *shape = g_strdup_printf ("%" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT, site->rows, site->columns);
  g_autofree char *stage = dup_stage (diff, site);
  g_autofree char *layer = dup_layer (site);
  char buffers[4][32];

  const char *const cells[N_COLUMNS] = {
    get_condition_id (diff, site),
    layer,
    stage,
    shape,
    number_text (site->difference.absolute, "%.3g", buffers[0], 32),
    number_text (site->difference.relative, "%.3g", buffers[1], 32),
    number_text (site->difference.cosine, "%.9f", buffers[2], 32),
    number_text (site->difference.pearson, "%.9f", buffers[3], 32),
  };

  print_cells (cells, widths, site->difference.n_over > 0 ? " *" : "");
}

void
diff_print_table (const Diff *diff)
{
  const char *const titles[N_COLUMNS] = { _ ("condition"), _ ("layer"), _ ("stage"), _ ("shape"), _ ("absolute"), _ ("relative"), _ ("cosine"), _ ("Pearson r") };
  int widths[N_COLUMNS] = { 0, 5, 0, 14, 10, 10, 12, 12 };

  for (guint i = 0; i < N_COLUMNS; i++)
    widths[i] = MAX (widths[i], get_columns (titles[i]));
  for (guint i = 0; i < diff->sites->len; i++)
    {
      const DiffSite *site = &g_array_index (diff->sites, DiffSite, i);
      g_autofree char *stage = dup_stage (diff, site);

      widths[CONDITION] = MAX (widths[CONDITION], get_columns (get_condition_id (diff, site)));
      widths[STAGE] = MAX (widths[STAGE], get_columns (stage));
    }
  print_cells (titles, widths, "");
  for (guint i = 0; i < diff->sites->len; i++)
    print_row (diff, &g_array_index (diff->sites, DiffSite, i), widths);
}

static char *
dup_limit (const Diff *diff)
{
  char tolerance[32];
  char relative[32];

  g_ascii_formatd (tolerance, sizeof tolerance, "%g", diff->tolerance);
  g_ascii_formatd (relative, sizeof relative, "%g", diff->relative);
  return diff->relative > 0 ? g_strdup_printf ("%s + %s |B|", tolerance, relative) : g_strdup (tolerance);
}

/* "many-sequences/L6/gelu", as captures call it */
static char *
dup_name (const Diff *diff,
          const DiffSite *site)
{
  const char *stage = diff_get_stage (diff, site->stage)->of[0]->id;

  if (site->layer == SONDE_NO_LAYER)
    return g_strdup_printf ("%s/%s", get_condition_id (diff, site), stage);
  return g_strdup_printf ("%s/L%u/%s", get_condition_id (diff, site), site->layer, stage);
}

void
diff_print_verdict (const Diff *diff)
{
  guint n_over;
  const DiffSite *first = diff_find_first_over (diff, &n_over);
  g_autofree char *limit = dup_limit (diff);
  g_autofree char *name = NULL;
  char largest[32];

  if (first == NULL)
    {
      printf (g_dngettext (GETTEXT_PACKAGE, "%u site agrees within %s.\n", "All %u sites agree within %s.\n", diff->sites->len), diff->sites->len, limit);
      return;
    }
  name = dup_name (diff, first);
  g_ascii_formatd (largest, sizeof largest, "%.3g", first->difference.excess_place == first->difference.place ? first->difference.absolute : first->difference.excess);
  printf (_ ("%u of %u sites, marked with *, differ by more than %s; the first is %s: by %s, in row %zu, feature %zu, and in %zu of its %zu values.\n"),
          n_over, diff->sites->len, limit, name, largest, first->difference.excess_place / first->columns, first->difference.excess_place % first->columns,
          first->difference.n_over, first->rows * first->columns);
}

/* ---- for programs ---- */

/* JSON knows neither NaN nor infinity. */
static void
print_number (const char *name,
              double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  printf (", \"%s\": %s", name, isfinite (value) ? g_ascii_dtostr (text, sizeof text, value) : "null");
}

static void
print_size (const char *name,
            gsize value)
{
  printf (", \"%s\": %" G_GSIZE_FORMAT, name, value);
}

/* Conditions and stages are plain words, which need no escapes. */
static void
print_site (const Diff *diff,
            const DiffSite *site)
{
  const DiffCondition *condition = diff_get_condition (diff, site->condition);
  const DiffStage *stage = diff_get_stage (diff, site->stage);
  const SondeMathDifference *difference = &site->difference;

  printf ("{\"condition\": \"%s\", \"layer\": ", sonde_condition_get_id (condition->of[0]));
  if (site->layer == SONDE_NO_LAYER)
    printf ("null");
  else
    printf ("%u", site->layer);
  printf (", \"stage\": \"%s\", \"condition_b\": \"%s\", \"stage_b\": \"%s\"", stage->of[0]->id, sonde_condition_get_id (condition->of[1]), stage->of[1]->id);
  print_size ("rows", site->rows);
  print_size ("features", site->columns);
  print_number ("max_absolute", difference->absolute);
  print_number ("max_relative", difference->relative);
  print_number ("cosine", difference->cosine);
  print_number ("pearson", difference->pearson);
  print_size ("row", difference->place / site->columns);
  print_size ("feature", difference->place % site->columns);
  print_size ("relative_row", difference->relative_place / site->columns);
  print_size ("relative_feature", difference->relative_place % site->columns);
  print_size ("values_over", difference->n_over);
  printf (", \"within\": %s}", difference->n_over == 0 ? "true" : "false");
}

static void
print_names (const GPtrArray *names,
             const char *member,
             const char *quote)
{
  printf ("\"%s\": [", member);
  for (guint i = 0; i < names->len; i++)
    printf ("%s%s%s%s", i > 0 ? ", " : "", quote, (const char *) g_ptr_array_index (names, i), quote);
  printf ("]");
}

static void
print_only (const DiffSide *side,
            const char *member)
{
  printf (",\n  \"%s\": {", member);
  print_names (side->only[DIFF_CONDITIONS], "conditions", "\"");
  printf (", ");
  print_names (side->only[DIFF_STAGES], "stages", "\"");
  printf (", ");
  print_names (side->only[DIFF_LAYERS], "layers", "");
  printf ("}");
}

void
diff_print_json (const Diff *diff)
{
  guint n_over;
  const DiffSite *first = diff_find_first_over (diff, &n_over);

  printf ("{\n  \"sites_over\": %u", n_over);
  print_number ("tolerance", diff->tolerance);
  print_number ("relative_tolerance", diff->relative);
  printf (",\n  \"first_over\": ");
  if (first != NULL)
    print_site (diff, first);
  else
    printf ("null");
  print_only (&diff->sides[0], "only_a");
  print_only (&diff->sides[1], "only_b");
  printf (",\n  \"sites\": [");
  for (guint i = 0; i < diff->sites->len; i++)
    {
      printf (i == 0 ? "\n    " : ",\n    ");
      print_site (diff, &g_array_index (diff->sites, DiffSite, i));
    }
  printf ("\n  ]\n}\n");
}
