#include "job.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-saturate-private.h"

void
job_clear (Job *job)
{
  g_clear_object (&job->run);
  g_clear_object (&job->corpus);
  g_clear_object (&job->model);
  g_clear_object (&job->chain);
  g_clear_object (&job->recipe);
  g_clear_object (&job->registry);
  g_clear_pointer (&job->told, g_ptr_array_unref);
}

/* ---- recipe and chain ---- */

/* One word that is no plugin is a recipe; everything else is a chain. */
static gboolean
is_recipe (Job *job,
           char **words)
{
  return words[1] == NULL && sonde_registry_find (job->registry, words[0]) == NULL;
}

/* The conditions and the tap stand in a recipe; the chain stands there or in @words. */
static gboolean
load_recipe (Job *job,
             const Settings *settings,
             gboolean analyse,
             GError **error)
{
  char **words = settings->words;
  gboolean recipe = words != NULL && is_recipe (job, words);

  if (words != NULL && !recipe && sonde_registry_find (job->registry, words[0]) == NULL && sonde_recipe_exists (words[0]))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("%s is a recipe, and a recipe stands alone: leave out “%s”"), words[0], words[1]);
      return FALSE;
    }
  job->recipe = sonde_recipe_load (recipe ? words[0] : SONDE_RECIPE_FOR_CHAINS, error);
  if (job->recipe == NULL && recipe && !sonde_recipe_exists (words[0]) && !g_str_has_suffix (words[0], ".recipe"))
    g_prefix_error (error, _ ("“%s” is no plugin for a chain, and "), words[0]);
  if (job->recipe == NULL || !sonde_recipe_configure_providers (job->recipe, job->registry, error))
    return FALSE;
  if (!analyse && (recipe || words == NULL))
    job->chain = sonde_recipe_build_tap (job->recipe, job->registry, error);
  else
    job->chain = sonde_recipe_build_chain (job->recipe, job->registry, recipe ? NULL : (const char *const *) words, error);
  return job->chain != NULL;
}

static gboolean
is_provider (Job *job,
             const char *name)
{
  const SondePlugin *plugin = sonde_registry_find (job->registry, name);

  return plugin != NULL && plugin->kind == SONDE_PLUGIN_KIND_MODEL_PROVIDER;
}

static gboolean
apply_setting (Job *job,
               GPtrArray *conditions,
               const char *setting,
               GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *property = NULL;
  const char *value;

  if (!settings_split (setting, &name, &property, &value, error))
    return FALSE;
  for (guint i = 0; i < conditions->len; i++)
    if (g_str_equal (sonde_condition_get_id (g_ptr_array_index (conditions, i)), name))
      return sonde_property_set (g_ptr_array_index (conditions, i), name, property, value, error);
  if (is_provider (job, name))
    return settings_configure_provider (job->registry, name, property, value, job->told, error);
  return sonde_chain_set_property (job->chain, name, property, value, error);
}

/* @analyse FALSE: the chain is a tap and nothing else. */
static gboolean
check_chain (Job *job,
             gboolean analyse,
             GError **error)
{
  if (analyse)
    return sonde_chain_check (job->chain, job->registry, error);
  if (sonde_chain_get_n_analyzers (job->chain) == 0)
    return TRUE;
  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("a capture takes a recipe or a tap, and no analyzer: leave it out, as activations are kept as they are"));
  return FALSE;
}

static gboolean
build_chain (Job *job,
             const Settings *settings,
             gboolean analyse,
             GPtrArray *conditions,
             GError **error)
{
  for (guint i = 0; settings->set != NULL && settings->set[i] != NULL; i++)
    if (!apply_setting (job, conditions, settings->set[i], error))
      return FALSE;
  return check_chain (job, analyse, error);
}

/* ---- model and text ---- */

static char *
find_demo (const char *given,
           const char *demo,
           const char *option,
           GError **error)
{
  char *path = given != NULL ? g_strdup (given) : sonde_paths_find_data (demo);

  if (path == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("the data folders have no %s: name one with --%s"), demo, option);
  return path;
}

static gboolean
load_corpus (Job *job,
             const Settings *settings,
             GPtrArray *conditions,
             GCancellable *cancellable,
             GError **error)
{
  g_autofree char *path = find_demo (settings->text, "demo-text.txt", "text", error);
  g_autoptr (GBytes) text = path != NULL ? read_text (path, cancellable, error) : NULL;
  const char *target = settings->target != NULL ? settings->target : sonde_recipe_get_target (job->recipe);
  g_autofree char *stdin_name = g_strdup (_ ("stdin"));

  if (text == NULL)
    return FALSE;
  job->corpus = sonde_corpus_new (sonde_model_get_tokenizer (job->model), g_str_equal (path, "-") ? stdin_name : path, text, error);
  if (job->corpus == NULL)
    return FALSE;
  for (guint i = 0; i < conditions->len; i++)
    if (sonde_condition_needs_target (g_ptr_array_index (conditions, i)))
      {
        if (target != NULL)
          return sonde_corpus_set_target (job->corpus, target, error);
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("condition %s needs a target: name a word with --target, as in --target ' word'"),
                     sonde_condition_get_id (g_ptr_array_index (conditions, i)));
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_runs_text (SondeModel *model,
                 const char *path,
                 GError **error)
{
  g_autoptr (GArray) layers = sonde_model_list_layers (model);

  if (layers == NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("“%s” holds rows and runs no text: analyse it with “sonde run … --capture”"), path);
  return FALSE;
}

/* What the recipe says of conditions and tap is not used: the capture has its own. */
static gboolean
prepare_capture (Job *job,
                 const Settings *settings,
                 gboolean analyse,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  if (!build_chain (job, settings, analyse, none, error))
    return FALSE;
  job->model = sonde_registry_open_model (job->registry, settings->capture, cancellable, error);
  if (job->model == NULL)
    return FALSE;
  job->run = sonde_run_new_for_rows (job->model, job->chain, settings->layers != NULL ? settings->layers : "all", error);
  return job->run != NULL;
}

/* Chains run with a recipe that has no chain of its own. */
static gboolean
fail_for_tap (Job *job,
              GError **error)
{
  if (sonde_recipe_get_chain (job->recipe) == NULL)
    g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_CHAIN, _ ("no tap says what to look at: put one at the beginning of the chain; “sonde list” shows them"));
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN,
                 _ ("the recipe %s has no tap, which says what to look at in a model: analyse arrays with --capture FILE, or add tap=NAME to a copy of the recipe; “sonde list” shows the taps"),
                 sonde_recipe_get_name (job->recipe));
  return FALSE;
}

static gboolean
prepare_model (Job *job,
               const Settings *settings,
               gboolean analyse,
               GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GPtrArray) conditions = sonde_recipe_dup_conditions (job->recipe);
  g_autofree char *model = NULL;
  SondeTap *tap;

  if (!build_chain (job, settings, analyse, conditions, error))
    return FALSE;
  tap = sonde_chain_get_tap (job->chain, NULL);
  if (tap == NULL)
    return fail_for_tap (job, error);
  model = find_demo (settings->model, "demo-model", "model", error);
  if (model == NULL)
    return FALSE;
  job->model = sonde_registry_open_model (job->registry, model, cancellable, error);
  if (job->model == NULL || !check_runs_text (job->model, model, error) || !load_corpus (job, settings, conditions, cancellable, error))
    return FALSE;
  job->run = sonde_run_new (job->model, tap, analyse ? job->chain : NULL, conditions, job->corpus, settings->layers != NULL ? settings->layers : "all", error);
  return job->run != NULL;
}

static gboolean
check_told (Job *job,
            GError **error)
{
  const char *unused = settings_find_unused (job->told, &job->model, 1);
  const char *opened;

  if (unused == NULL)
    return TRUE;
  sonde_model_get_provider (job->model, &opened);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--set speaks of %s, but the source was opened by %s: leave it out, or name another source"), unused, opened);
  return FALSE;
}

static gboolean
check_memory (Job *job,
              guint64 limit,
              GError **error)
{
  const guint64 needed = sonde_run_estimate_memory (job->run);
  g_autofree char *shown_needed = g_format_size_full (needed, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *shown_limit = g_format_size_full (limit, G_FORMAT_SIZE_IEC_UNITS);

  if (needed <= limit)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("this would need about %s of memory, and --max-memory allows %s: use fewer rows, a shorter text or fewer --threads"), shown_needed, shown_limit);
  return FALSE;
}

static void
isolate (Job *job,
         const Settings *settings,
         GCancellable *cancellable)
{
  const guint64 bytes = settings->isolate_memory != NULL ? settings_parse_size (settings->isolate_memory) : 0;
  const double seconds = MAX (settings->isolate_time, 0);
  g_autoptr (SondeIsolation) isolation = sonde_isolation_new (NULL, seconds, bytes, cancellable);

  signal (SIGCHLD, SIG_DFL); /* who inherits that it is ignored is not told how a process ended */
  sonde_registry_set_isolation (job->registry, isolation);
}

/* Those of the command line, else those of the user's settings, else as many as there are cores. */
static gboolean
choose_threads (Job *job,
                const Settings *settings,
                GError **error)
{
  int n = settings->threads;

  if (n == NO_THREADS)
    {
      g_autoptr (GVariant) chosen = sonde_settings_dup_value (sonde_registry_get_settings (job->registry), "threads", error);

      if (chosen == NULL)
        return FALSE;
      n = g_variant_get_int32 (chosen);
    }
  sonde_threads_set_n ((guint) n);
  return TRUE;
}

gboolean
job_prepare (Job *job,
             const Settings *settings,
             gboolean analyse,
             GCancellable *cancellable,
             GError **error)
{
  gint64 start = g_get_monotonic_time ();

  job->registry = sonde_registry_new ();
  if (!choose_threads (job, settings, error))
    return FALSE;
  if (!sonde_blas_open (error)) /* before anybody's module that is linked with it */
    return FALSE;
  if (settings->isolate)
    isolate (job, settings, cancellable);
  if (!load_recipe (job, settings, analyse, error))
    return FALSE;
  job->told = g_ptr_array_new_with_free_func (g_free);
  if (settings->capture != NULL ? !prepare_capture (job, settings, analyse, cancellable, error) : !prepare_model (job, settings, analyse, cancellable, error))
    return FALSE;
  if (!check_told (job, error))
    return FALSE;
  if (settings->max_memory != NULL && !check_memory (job, settings_parse_size (settings->max_memory), error))
    return FALSE;
  if (settings->checkpoint != NULL && !sonde_run_set_checkpoint (job->run, settings->checkpoint, cancellable, error))
    return FALSE;
  job->seconds_loading = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return TRUE;
}

/* ---- what is told ---- */

void
job_show_progress (Job *job)
{
  show_progress (job->corpus != NULL ? _ ("running the model") : _ ("reading the capture"));
  sonde_run_set_progress (job->run, show_layers_done, NULL);
}

guint
job_count_failures (Job *job)
{
  guint n = 0;

  for (guint i = 0; i < sonde_chain_get_n_analyzers (job->chain); i++)
    n += sonde_chain_get_failure (job->chain, i, NULL, NULL) != NULL;
  return n;
}

void
job_tell_checkpoint (Job *job,
                     const Settings *settings,
                     gboolean quiet)
{
  GPtrArray *notes = sonde_run_get_checkpoint_notes (job->run);
  g_autofree char *folder = settings->checkpoint != NULL ? dup_printable (settings->checkpoint) : NULL;

  for (guint i = 0; notes != NULL && i < notes->len; i++)
    warn_with (g_ptr_array_index (notes, i));
  if (notes != NULL && !quiet)
    {
      guint64 there;
      g_autofree char *size = g_format_size_full (sonde_run_estimate_checkpoint (job->run, &there), G_FORMAT_SIZE_IEC_UNITS);

      printf (_ ("The frames stay in %s, %s: remove it when they are no longer needed\n"), folder, size);
    }
}

int
job_fail (const Settings *settings,
          GError *error)
{
  g_autofree char *sentence = NULL;

  if (settings->checkpoint == NULL || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return fail_with (error);
  g_error_free (error);
  sentence = g_strdup_printf (_ ("interrupted; finished frames are in “%s”, and the same command goes on from there"), settings->checkpoint);
  return fail_interrupted (sentence);
}

static void
print_checkpoint (Job *job)
{
  guint64 there, bytes = sonde_run_estimate_checkpoint (job->run, &there);
  g_autofree char *all = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *some = g_format_size_full (there, G_FORMAT_SIZE_IEC_UNITS);

  if (sonde_run_get_checkpoint_notes (job->run) != NULL)
    printf (_ ("Checkpoint: %s in the end, %s are there\n"), all, some);
}

static void
print_memory (Job *job,
              guint n_layers)
{
  g_autofree char *layer = g_format_size_full (sonde_run_estimate_bytes_at_once (job->run), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *all = g_format_size_full (_sonde_saturated_product (sonde_run_estimate_bytes (job->run), n_layers), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *memory = g_format_size_full (sonde_run_estimate_memory (job->run), G_FORMAT_SIZE_IEC_UNITS);

  printf (_ ("Kept activations: %s at a time, %s in a capture\n"), layer, all);
  printf (_ ("Memory: about %s at the most, beside mapped files\n"), memory);
}

void
job_print_plan (Job *job)
{
  g_autofree char *title = dup_printable (sonde_recipe_get_title (job->recipe));
  GPtrArray *conditions = sonde_run_get_conditions (job->run);
  GPtrArray *stages = sonde_run_get_stages (job->run);
  GPtrArray *warnings = sonde_run_get_warnings (job->run);
  g_autofree char *name = dup_printable (job->corpus != NULL ? sonde_corpus_get_name (job->corpus) : sonde_model_get_name (job->model));
  guint n_layers;

  sonde_investigation_get_layers (sonde_run_get_investigation (job->run), &n_layers);
  printf (_ ("Recipe: %s\n"), title);
  if (job->corpus == NULL)
    printf (_ ("Capture: %s\n"), name);
  else
    {
      g_autofree char *model = dup_printable (sonde_model_get_name (job->model));

      printf (_ ("Model: %s\n"), model);
      printf (_ ("Text: %s, %u tokens\n"), name, sonde_corpus_get_n_tokens (job->corpus));
    }
  for (guint i = 0; i < conditions->len; i++)
    {
      g_autofree char *summary = sonde_condition_dup_summary (g_ptr_array_index (conditions, i));
      g_autofree char *shown = dup_printable (summary);

      printf (_ ("Condition %s: %s\n"), sonde_condition_get_id (g_ptr_array_index (conditions, i)), shown);
    }
  for (guint i = 0; i < stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (stages, i);
      g_autofree char *formula = dup_printable (sonde_language_translate_in ("formula", stage->formula));

      printf (_ ("Stage %s: %s, %u features\n"), stage->id, formula, sonde_investigation_get_n_features (sonde_run_get_investigation (job->run), i));
    }
  printf (_ ("Layers: %u\n"), n_layers);
  print_memory (job, n_layers);
  print_checkpoint (job);
  for (guint i = 0; i < warnings->len; i++)
    warn_with (g_ptr_array_index (warnings, i));
  for (guint i = 0; job->chain != NULL && i < sonde_chain_get_n_analyzers (job->chain); i++)
    if (sonde_chain_get_failure (job->chain, i, NULL, NULL) != NULL)
      warn_with (sonde_chain_get_failure (job->chain, i, NULL, NULL));
}
