#include "program.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>

#include "math/sonde-math.h"
#include "sonde.h"

/* How one site, (condition, layer, stage), of two captures differs. */
typedef struct
{
  const char *condition;
  guint layer;
  const char *stage;
  gsize rows;
  gsize columns;
  SondeMathDifference difference;
} Site;

typedef struct
{
  const char *path;
  SondeModel *model;
  GPtrArray *conditions;
  GPtrArray *stages;
  const guint *layers;
  guint n_layers;
  SondeBatch *batch;
  GHashTable *tensors; /* site → SondeTensor, of the layer that is compared */
} Side;

static void
side_clear (Side *side)
{
  g_clear_object (&side->model);
  g_clear_pointer (&side->conditions, g_ptr_array_unref);
  g_clear_pointer (&side->stages, g_ptr_array_unref);
  g_clear_pointer (&side->batch, sonde_batch_unref);
  g_clear_pointer (&side->tensors, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

/* ---- opening ---- */

/* One sequence a condition, every position kept. */
static void
fill_batch (Side *side)
{
  side->batch = sonde_batch_new ();
  for (guint c = 0; c < side->conditions->len; c++)
    {
      guint n_rows = sonde_condition_get_n_rows (g_ptr_array_index (side->conditions, c));
      g_autofree gint32 *no_ids = g_new0 (gint32, n_rows);
      g_autofree guint *every = g_new (guint, n_rows);

      for (guint row = 0; row < n_rows; row++)
        every[row] = row;
      sonde_batch_add (side->batch, no_ids, n_rows, every, n_rows);
    }
}

static gboolean
side_open (Side *side,
           SondeRegistry *registry,
           const char *path,
           GCancellable *cancellable,
           GError **error)
{
  side->path = path;
  side->model = sonde_registry_open_model (registry, path, cancellable, error);
  if (side->model == NULL)
    return FALSE;
  side->conditions = sonde_model_list_conditions (side->model);
  if (side->conditions == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("“%s” is a model, and only captures can be compared: make one with “sonde capture”"), path);
      return FALSE;
    }
  side->stages = sonde_model_list_stages (side->model);
  side->layers = sonde_model_get_layers (side->model, &side->n_layers);
  side->tensors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sonde_tensor_unref);
  fill_batch (side);
  return TRUE;
}

/* ---- whether they can be compared ---- */

static SondeCondition *
find_condition (const Side *side,
                const char *id,
                gsize *first_row)
{
  *first_row = 0;
  for (guint c = 0; c < side->conditions->len; c++)
    {
      SondeCondition *condition = g_ptr_array_index (side->conditions, c);

      if (g_str_equal (sonde_condition_get_id (condition), id))
        return condition;
      *first_row += sonde_condition_get_n_rows (condition);
    }
  return NULL;
}

static const SondeStage *
find_stage (const Side *side,
            const char *id)
{
  for (guint s = 0; s < side->stages->len; s++)
    if (g_str_equal (((SondeStage *) g_ptr_array_index (side->stages, s))->id, id))
      return g_ptr_array_index (side->stages, s);
  return NULL;
}

static gboolean
has_layer (const Side *side,
           guint layer)
{
  for (guint l = 0; l < side->n_layers; l++)
    if (side->layers[l] == layer)
      return TRUE;
  return FALSE;
}

static guint
width_of (const Side *side,
          const SondeStage *stage)
{
  g_autoptr (SondeSite) site = sonde_model_dup_site (side->model, stage->site);

  return site != NULL ? site->n_features : 0;
}

/* Everything that @side has, @other has too. */
static gboolean
check_held (const Side *side,
            const Side *other,
            GError **error)
{
  g_autofree char *missing = NULL;
  gsize first;

  for (guint c = 0; c < side->conditions->len && missing == NULL; c++)
    if (find_condition (other, sonde_condition_get_id (g_ptr_array_index (side->conditions, c)), &first) == NULL)
      missing = g_strdup_printf (_ ("condition %s"), sonde_condition_get_id (g_ptr_array_index (side->conditions, c)));
  for (guint s = 0; s < side->stages->len && missing == NULL; s++)
    if (find_stage (other, ((SondeStage *) g_ptr_array_index (side->stages, s))->id) == NULL)
      missing = g_strdup_printf (_ ("stage %s"), ((SondeStage *) g_ptr_array_index (side->stages, s))->id);
  for (guint l = 0; l < side->n_layers && missing == NULL; l++)
    if (!has_layer (other, side->layers[l]))
      missing = g_strdup_printf (_ ("layer %u"), side->layers[l]);
  if (missing == NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("the captures hold different sites: “%s” has %s, and “%s” does not"), side->path, missing, other->path);
  return FALSE;
}

static gboolean
check_shapes (const Side *a,
              const Side *b,
              GError **error)
{
  for (guint c = 0; c < a->conditions->len; c++)
    {
      SondeCondition *left = g_ptr_array_index (a->conditions, c);
      gsize first;
      SondeCondition *right = find_condition (b, sonde_condition_get_id (left), &first);

      if (sonde_condition_get_n_rows (left) == sonde_condition_get_n_rows (right))
        continue;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("condition %s has %u rows in “%s” and %u in “%s”"), sonde_condition_get_id (left),
                   sonde_condition_get_n_rows (left), a->path, sonde_condition_get_n_rows (right), b->path);
      return FALSE;
    }
  for (guint s = 0; s < a->stages->len; s++)
    {
      const SondeStage *stage = g_ptr_array_index (a->stages, s);
      guint left = width_of (a, stage);
      guint right = width_of (b, find_stage (b, stage->id));

      if (left == right)
        continue;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("stage %s has %u features in “%s” and %u in “%s”"), stage->id, left, a->path, right, b->path);
      return FALSE;
    }
  return TRUE;
}

/* ---- comparing ---- */

static gboolean
take_tensor (guint layer,
             const char *site,
             SondeTensor *tensor,
             gpointer user_data,
             GError **error)
{
  Side *side = user_data;

  g_hash_table_replace (side->tensors, g_strdup (site), sonde_tensor_ref (tensor));
  return TRUE;
}

static gboolean
read_layer (Side *side,
            guint layer,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (SondeSelection) selection = sonde_selection_new ();

  g_hash_table_remove_all (side->tensors);
  for (guint s = 0; s < side->stages->len; s++)
    sonde_selection_add (selection, layer, ((SondeStage *) g_ptr_array_index (side->stages, s))->site);
  return sonde_model_run (side->model, side->batch, selection, take_tensor, side, cancellable, error);
}

static void
compare_site (const Side *a,
              const Side *b,
              guint layer,
              const SondeStage *stage,
              const char *condition,
              GArray *sites)
{
  SondeTensor *left = g_hash_table_lookup (a->tensors, stage->site);
  SondeTensor *right = g_hash_table_lookup (b->tensors, find_stage (b, stage->id)->site);
  gsize first_left;
  gsize first_right;
  SondeCondition *found = find_condition (a, condition, &first_left);
  Site site = { condition, layer, stage->id, sonde_condition_get_n_rows (found), sonde_tensor_get_n_columns (left), { 0 } };
  gsize n = site.rows * site.columns;
  g_autofree double *workspace = g_new (double, 2 * n);

  find_condition (b, condition, &first_right);
  sonde_math_difference (sonde_tensor_peek_f32 (left) + first_left * site.columns,
                         sonde_tensor_peek_f32 (right) + first_right * site.columns,
                         n, workspace, &site.difference);
  g_array_append_val (sites, site);
}

/* One layer of each side is in memory at a time. */
static gboolean
compare_all (Side *a,
             Side *b,
             GArray *sites,
             GCancellable *cancellable,
             GError **error)
{
  for (guint l = 0; l < a->n_layers; l++)
    {
      if (!read_layer (a, a->layers[l], cancellable, error) || !read_layer (b, a->layers[l], cancellable, error))
        return FALSE;
      for (guint s = 0; s < a->stages->len; s++)
        for (guint c = 0; c < a->conditions->len; c++)
          compare_site (a, b, a->layers[l], g_ptr_array_index (a->stages, s),
                        sonde_condition_get_id (g_ptr_array_index (a->conditions, c)), sites);
    }
  return TRUE;
}

/* ---- what is told ---- */

static const Site *
find_first_over (GArray *sites,
                 double tolerance,
                 guint *n_over)
{
  const Site *first = NULL;

  *n_over = 0;
  for (guint i = 0; i < sites->len; i++)
    {
      const Site *site = &g_array_index (sites, Site, i);

      if (site->difference.absolute <= tolerance)
        continue;
      first = first != NULL ? first : site;
      (*n_over)++;
    }
  return first;
}

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

static void
print_table (GArray *sites)
{
  int widths[] = { (int) strlen (_ ("condition")), (int) strlen (_ ("stage")) };

  for (guint i = 0; i < sites->len; i++)
    {
      widths[0] = MAX (widths[0], (int) strlen (g_array_index (sites, Site, i).condition));
      widths[1] = MAX (widths[1], (int) strlen (g_array_index (sites, Site, i).stage));
    }
  printf ("%-*s  %5s  %-*s  %14s  %10s  %10s  %12s  %12s\n", widths[0], _ ("condition"), _ ("layer"), widths[1], _ ("stage"),
          _ ("shape"), _ ("absolute"), _ ("relative"), _ ("cosine"), _ ("Pearson r"));
  for (guint i = 0; i < sites->len; i++)
    {
      const Site *site = &g_array_index (sites, Site, i);
      g_autofree char *shape = g_strdup_printf ("%" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT, site->rows, site->columns);
      char buffers[4][32];

      printf ("%-*s  %5u  %-*s  %14s  %10s  %10s  %12s  %12s\n", widths[0], site->condition, site->layer, widths[1], site->stage, shape,
              number_text (site->difference.absolute, "%.3g", buffers[0], 32), number_text (site->difference.relative, "%.3g", buffers[1], 32),
              number_text (site->difference.cosine, "%.9f", buffers[2], 32), number_text (site->difference.pearson, "%.9f", buffers[3], 32));
    }
}

static void
print_verdict (GArray *sites,
               double tolerance)
{
  guint n_over;
  const Site *first = find_first_over (sites, tolerance, &n_over);
  char limit[32];
  char largest[32];

  g_ascii_formatd (limit, sizeof limit, "%g", tolerance);
  if (first == NULL)
    {
      printf (ngettext ("%u site agrees within %s.\n", "All %u sites agree within %s.\n", sites->len), sites->len, limit);
      return;
    }
  g_ascii_formatd (largest, sizeof largest, "%.3g", first->difference.absolute);
  printf (_ ("%u of %u sites differ by more than %s; the first is %s/L%u/%s: by %s, in row %" G_GSIZE_FORMAT ", feature %" G_GSIZE_FORMAT ".\n"),
          n_over, sites->len, limit, first->condition, first->layer, first->stage, largest,
          first->difference.place / first->columns, first->difference.place % first->columns);
}

/* JSON knows neither NaN nor infinity. */
static void
print_number (const char *name,
              double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  printf (", \"%s\": %s", name, isfinite (value) ? g_ascii_dtostr (text, sizeof text, value) : "null");
}

/* Conditions and stages are plain words, which need no escapes. */
static void
print_site (const Site *site,
            double tolerance)
{
  printf ("{\"condition\": \"%s\", \"layer\": %u, \"stage\": \"%s\", \"rows\": %" G_GSIZE_FORMAT ", \"features\": %" G_GSIZE_FORMAT,
          site->condition, site->layer, site->stage, site->rows, site->columns);
  print_number ("max_absolute", site->difference.absolute);
  print_number ("max_relative", site->difference.relative);
  print_number ("cosine", site->difference.cosine);
  print_number ("pearson", site->difference.pearson);
  printf (", \"row\": %" G_GSIZE_FORMAT ", \"feature\": %" G_GSIZE_FORMAT ", \"within\": %s}",
          site->difference.place / site->columns, site->difference.place % site->columns, site->difference.absolute <= tolerance ? "true" : "false");
}

static void
print_json (GArray *sites,
            double tolerance)
{
  guint n_over;
  const Site *first = find_first_over (sites, tolerance, &n_over);

  printf ("{\n  \"sites_over\": %u", n_over);
  print_number ("tolerance", tolerance);
  printf (",\n  \"first_over\": ");
  if (first != NULL)
    print_site (first, tolerance);
  else
    printf ("null");
  printf (",\n  \"sites\": [");
  for (guint i = 0; i < sites->len; i++)
    {
      printf (i == 0 ? "\n    " : ",\n    ");
      print_site (&g_array_index (sites, Site, i), tolerance);
    }
  printf ("\n  ]\n}\n");
}

/* Whatever keeps them from being compared is no difference: another status. */
static int
fail_to_compare (GError *error)
{
  int status = fail_with (error);

  return status == EXIT_FAILED ? EXIT_USAGE : status;
}

static int
diff (const char *path_a,
      const char *path_b,
      double tolerance,
      gboolean json)
{
  g_autoptr (GCancellable) cancellable = watch_interrupts ();
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (GArray) sites = g_array_new (FALSE, FALSE, sizeof (Site));
  g_auto (Side) a = { 0 };
  g_auto (Side) b = { 0 };
  GError *error = NULL;
  guint n_over;

  if (!side_open (&a, registry, path_a, cancellable, &error) || !side_open (&b, registry, path_b, cancellable, &error) || !check_held (&a, &b, &error) || !check_held (&b, &a, &error) || !check_shapes (&a, &b, &error) || !compare_all (&a, &b, sites, cancellable, &error))
    return fail_to_compare (error);
  if (json)
    print_json (sites, tolerance);
  else
    {
      print_table (sites);
      print_verdict (sites, tolerance);
    }
  find_first_over (sites, tolerance, &n_over);
  return finish_output (n_over == 0 ? EXIT_DONE : EXIT_FAILED);
}

int
command_diff (int argc,
              char **argv)
{
  double tolerance = 1e-4;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "tolerance", 0, 0, G_OPTION_ARG_DOUBLE, &tolerance, N_ ("Largest absolute difference that is none (default: 1e-4)"), N_ ("T") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print a JSON object with every site"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int status = parse_options (&argc, &argv, entries, "A B [OPTION…]",
                              _ ("Compares two captures, as float32: per site the largest absolute and relative difference, cosine and Pearson r."),
                              _ ("Ends with 0 where every site agrees, with 1 where one differs, with 2 where they cannot be compared."));

  if (status >= 0)
    return status;
  if (argc != 3)
    return fail_usage (_ ("“sonde diff” takes two captures, but %d were given"), argc - 1);
  if (!(tolerance >= 0) || !isfinite (tolerance))
    return fail_usage (_ ("--tolerance takes a number of 0 or more"));
  return diff (argv[1], argv[2], tolerance, json);
}
