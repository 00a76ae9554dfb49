#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <string.h>

#include "sonde-testing-model.h"
#include "sonde-testing-rows-private.h"

/* What holds for every tap. */

/* The model that it looks at. */
static SondeModel *
open_model (SondeTestingSubject *subject,
            GError **error)
{
  g_autofree char *demo = subject->source == NULL ? sonde_paths_find_data ("demo-model") : NULL;
  const char *path = subject->source != NULL ? subject->source : demo;
  SondeModel *model;
  GError *local = NULL;

  if (path == NULL)
    {
      _sonde_testing_fail (error, "there is no demo model to look at: name the source of a model that has its sites, or set SONDE_DATA_PATH");
      return NULL;
    }
  model = sonde_registry_open_model (subject->registry, path, NULL, &local);
  if (model == NULL)
    _sonde_testing_fail_with (error, local, "the model that it is to look at does not open");
  return model;
}

static GPtrArray *
list_stages (SondeTestingSubject *subject,
             SondeModel *model,
             GError **error)
{
  g_autoptr (GObject) tap = _sonde_testing_create (subject, error);
  GPtrArray *stages;
  GError *local = NULL;

  if (tap == NULL)
    return NULL;
  stages = sonde_tap_list_stages (SONDE_TAP (tap), model, &local);
  if (stages == NULL)
    _sonde_testing_fail_with (error, local, "it must find its stages");
  return stages;
}

static gboolean
check_outcome (SondeTestingSubject *subject,
               gconstpointer data,
               GError **error)
{
  g_autoptr (GObject) tap = _sonde_testing_create (subject, error);
  g_autoptr (SondeModel) model = tap != NULL ? open_model (subject, error) : NULL;
  g_autoptr (GPtrArray) stages = NULL;
  GError *local = NULL;

  if (model == NULL)
    return FALSE;
  if (SONDE_TAP_GET_IFACE (tap)->dup_stages == NULL)
    return _sonde_testing_fail (error, "it has no dup_stages ()");
  stages = SONDE_TAP_GET_IFACE (tap)->dup_stages (SONDE_TAP (tap), model, &local);
  if (!_sonde_testing_check_outcome ("dup_stages", stages != NULL, local, error))
    return FALSE;
  g_ptr_array_set_free_func (stages, (GDestroyNotify) sonde_stage_free); /* an array from another language does not know */
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the outcome would not do */
  return stages->len > 0 || _sonde_testing_fail (error, "dup_stages () gave no stage at all, without an error");
}

static gboolean
check_stages (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  g_autoptr (SondeModel) model = open_model (subject, error);
  g_autoptr (GPtrArray) stages = model != NULL ? list_stages (subject, model, error) : NULL;
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  if (stages == NULL)
    return FALSE;
  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);

      if (!g_hash_table_add (ids, stage->id))
        return _sonde_testing_fail (error, "it has two stages with the id %s", stage->id);
      if (!_sonde_testing_check_words (stage->short_label, error, "the short label of stage %s", stage->id) || !_sonde_testing_check_words (stage->label, error, "the label of stage %s", stage->id) || !_sonde_testing_check_words (stage->axis_label, error, "the axis label of stage %s", stage->id) || !_sonde_testing_check_words (stage->formula, error, "the formula of stage %s", stage->id))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_twice (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeModel) model = open_model (subject, error);
  g_autoptr (GPtrArray) first = model != NULL ? list_stages (subject, model, error) : NULL;
  g_autoptr (GPtrArray) second = first != NULL ? list_stages (subject, model, error) : NULL;

  if (second == NULL)
    return FALSE;
  if (first->len != second->len)
    return _sonde_testing_fail (error, "it has %u stages, and %u when it is asked again", first->len, second->len);
  for (guint i = 0; i < first->len; i++)
    {
      const SondeStage *a = g_ptr_array_index (first, i), *b = g_ptr_array_index (second, i);

      if (!g_str_equal (a->id, b->id) || !g_str_equal (a->site, b->site) || !g_str_equal (a->label, b->label) || !g_str_equal (a->short_label, b->short_label) || !g_str_equal (a->axis_label, b->axis_label) || g_strcmp0 (a->formula, b->formula) != 0)
        return _sonde_testing_fail (error, "stage %u is %s, and %s or called otherwise when it is asked again", i, a->id, b->id);
    }
  return TRUE;
}

/* What it wants of any model is what it finds in this one. */
static gboolean
check_wanted (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  g_autoptr (GObject) tap = _sonde_testing_create (subject, error);
  g_autoptr (GPtrArray) wanted = tap != NULL ? sonde_tap_list_wanted (SONDE_TAP (tap)) : NULL;
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (GPtrArray) stages = NULL;

  if (wanted == NULL || !sonde_fault_check (tap, error))
    return FALSE;
  if (wanted->len == 0)
    return _sonde_testing_skip (subject, "it does not say what it wants before there is a model");
  model = open_model (subject, error);
  stages = model != NULL ? list_stages (subject, model, error) : NULL;
  if (stages == NULL)
    return FALSE;
  for (guint i = 0; i < MAX (wanted->len, stages->len); i++)
    {
      const char *id = i < wanted->len ? ((const SondeStage *) g_ptr_array_index (wanted, i))->id : "none";
      const char *found = i < stages->len ? ((const SondeStage *) g_ptr_array_index (stages, i))->id : "none";

      if (g_strcmp0 (id, found) != 0)
        return _sonde_testing_fail (error, "dup_wanted () gives stage %s in place %u, where dup_stages () gives %s", id, i, found);
    }
  return TRUE;
}

/* Whether a sentence has a name of one of the sites that are looked for. */
static gboolean
names_a_site (const char *sentence,
              GPtrArray *stages)
{
  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);

      if (strstr (sentence, stage->site) != NULL)
        return TRUE;
      for (guint j = 0; j < stage->aliases->len; j++)
        if (strstr (sentence, ((const SondeSiteAlias *) g_ptr_array_index (stage->aliases, j))->name) != NULL)
          return TRUE;
    }
  return FALSE;
}

/* A model that has other sites is refused with what was looked for, or has the stages that are named. */
static gboolean
check_other_model (SondeTestingSubject *subject,
                   gconstpointer data,
                   GError **error)
{
  g_autoptr (SondeTestingModel) other = sonde_testing_model_new (2);
  g_autoptr (GObject) tap = _sonde_testing_create (subject, error);
  g_autoptr (SondeModel) model = tap != NULL ? open_model (subject, error) : NULL;
  g_autoptr (GPtrArray) stages = model != NULL ? list_stages (subject, model, error) : NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) refusal = NULL;

  if (stages == NULL)
    return FALSE;
  sonde_testing_model_set_name (other, "A model with one unusual site");
  sonde_testing_model_add_site (other, "quite.unusual", NULL, 3, TRUE);
  none = sonde_tap_list_stages (SONDE_TAP (tap), SONDE_MODEL (other), &refusal);
  if (none != NULL)
    return TRUE;
  if (!_sonde_testing_check_refusal (refusal, "a model without its sites", error))
    return FALSE;
  return names_a_site (refusal->message, stages) || _sonde_testing_fail (error, "it refuses a model without its sites, but names none of those that it looks for: %s", refusal->message);
}

static gboolean
check_no_sites (SondeTestingSubject *subject,
                gconstpointer data,
                GError **error)
{
  g_autoptr (SondeTestingModel) empty = sonde_testing_model_new (1);
  g_autoptr (GObject) tap = _sonde_testing_create (subject, error);
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) refusal = NULL;

  if (tap == NULL)
    return FALSE;
  none = sonde_tap_list_stages (SONDE_TAP (tap), SONDE_MODEL (empty), &refusal);
  return none == NULL ? _sonde_testing_check_refusal (refusal, "a model without any site", error) : _sonde_testing_fail (error, "it finds stages in a model without any site");
}

/* A run takes its stages. */
static gboolean
check_run (SondeTestingSubject *subject,
           gconstpointer data,
           GError **error)
{
  const guint first_layer = 0;
  g_autoptr (SondeModel) model = open_model (subject, error);
  g_autoptr (GPtrArray) stages = model != NULL ? list_stages (subject, model, error) : NULL;
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) layers = model != NULL ? sonde_model_list_layers (model) : NULL;
  g_autoptr (SondeRun) run = NULL;
  GError *local = NULL;

  if (stages == NULL)
    return FALSE;
  if (layers != NULL)
    return _sonde_testing_skip (subject, "the model brings its own rows, and runs no text");
  g_ptr_array_add (conditions, _sonde_testing_new_condition (model));
  run = sonde_run_new_for_sequences (model, stages, conditions, &first_layer, 1, &local);
  if (run == NULL || !sonde_run_execute (run, NULL, &local))
    return _sonde_testing_fail_with (error, local, "a run with its stages must work");
  return TRUE;
}

static gboolean
check_value (SondeTestingSubject *subject,
             GObject *tap,
             const char *what,
             GError **error)
{
  g_autoptr (SondeModel) model = open_model (subject, error);
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (GError) refusal = NULL;

  if (model == NULL)
    return FALSE;
  stages = sonde_tap_list_stages (SONDE_TAP (tap), model, &refusal);
  return stages != NULL || _sonde_testing_check_refusal (refusal, what, error);
}

static gboolean
check_values (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  return _sonde_testing_check_values (subject, check_value, error);
}

void
_sonde_testing_add_tap_checks (GArray *checks)
{
  static const SondeTestingCheck tap[] = {
    { "outcome", check_outcome, NULL },
    { "stages", check_stages, NULL },
    { "twice-the-same", check_twice, NULL },
    { "wanted", check_wanted, NULL },
    { "other-model", check_other_model, NULL },
    { "no-sites", check_no_sites, NULL },
    { "run", check_run, NULL },
    { "values", check_values, NULL },
  };

  g_array_append_vals (checks, tap, G_N_ELEMENTS (tap));
}
