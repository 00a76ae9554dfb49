#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-rows-private.h"

SondeModel *
_sonde_testing_open (SondeTestingSubject *subject,
                     GError **error)
{
  g_autoptr (GObject) provider = _sonde_testing_create (subject, error);
  SondeModel *model;
  GError *local = NULL;

  if (provider == NULL)
    return NULL;
  if (subject->source == NULL)
    {
      _sonde_testing_fail (error, "no example of what it opens is named");
      return NULL;
    }
  model = sonde_model_provider_open (SONDE_MODEL_PROVIDER (provider), subject->source, NULL, &local);
  if (model == NULL)
    _sonde_testing_fail_with (error, local, "it must open its example");
  return model;
}

guint
_sonde_testing_get_length (SondeModel *model,
                           guint most)
{
  guint limit = sonde_model_get_max_positions (model);

  return limit > 0 ? MIN (limit, most) : most;
}

gint32 *
_sonde_testing_dup_ids (SondeModel *model,
                        guint n_ids,
                        guint variant)
{
  SondeTokenizer *tokenizer = sonde_model_get_tokenizer (model);
  guint n_tokens = tokenizer != NULL ? MAX (sonde_tokenizer_get_n_tokens (tokenizer), 1) : 2; /* the smallest vocabulary there can be */
  gint32 *ids = g_new (gint32, n_ids);

  for (guint i = 0; i < n_ids; i++)
    ids[i] = (gint32) (((guint64) i * 37 + (guint64) i * i + (guint64) variant * 11) % n_tokens);
  return ids;
}

SondeCondition *
_sonde_testing_new_condition (SondeModel *model)
{
  guint n_ids = _sonde_testing_get_length (model, 6);
  SondeCondition *condition = sonde_condition_new_plain ("contract", n_ids);
  g_autofree gint32 *ids = _sonde_testing_dup_ids (model, n_ids, 0);

  for (guint i = 0; i < n_ids; i++)
    sonde_condition_add_token (condition, 0, i, ids[i], "", TRUE);
  return condition;
}

static void
add_sequence (SondeBatch *batch,
              const gint32 *ids,
              guint n_ids)
{
  g_autofree guint *kept = g_new (guint, n_ids);

  for (guint i = 0; i < n_ids; i++)
    kept[i] = i;
  sonde_batch_add (batch, ids, n_ids, kept, n_ids);
}

SondeBatch *
_sonde_testing_new_batch (SondeModel *model)
{
  SondeBatch *batch = sonde_batch_new ();
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  guint length = _sonde_testing_get_length (model, 8);

  for (guint i = 0; conditions != NULL && i < conditions->len; i++)
    {
      guint n_rows = sonde_condition_get_n_rows (g_ptr_array_index (conditions, i));
      g_autofree gint32 *ids = g_new0 (gint32, n_rows);

      add_sequence (batch, ids, n_rows);
    }
  for (guint i = 0; conditions == NULL && i < 2; i++)
    {
      g_autofree gint32 *ids = _sonde_testing_dup_ids (model, MAX (length - 2 * i, 1), i);

      add_sequence (batch, ids, MAX (length - 2 * i, 1));
    }
  return batch;
}

static void
select_site (SondeSelection *selection,
             SondeModel *model,
             const SondeSite *site)
{
  g_autoptr (GArray) layers = sonde_model_list_layers (model);
  const guint n_layers = layers != NULL ? layers->len : sonde_model_get_n_layers (model);

  if (!site->per_layer)
    sonde_selection_add (selection, SONDE_NO_LAYER, site->name);
  for (guint i = 0; site->per_layer && i < n_layers; i++)
    sonde_selection_add (selection, layers != NULL ? g_array_index (layers, guint, i) : i, site->name);
}

SondeSelection *
_sonde_testing_select_all (SondeModel *model)
{
  SondeSelection *selection = sonde_selection_new ();
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (model);

  for (guint i = 0; i < sites->len; i++)
    select_site (selection, model, g_ptr_array_index (sites, i));
  return selection;
}

static void
rows_free (SondeTestingRows *rows)
{
  g_free (rows->site);
  sonde_tensor_unref (rows->tensor);
  g_free (rows);
}

static gboolean
keep_rows (guint layer,
           const char *site,
           SondeTensor *tensor,
           gpointer user_data,
           GError **error)
{
  SondeTestingRows *rows = g_new (SondeTestingRows, 1);

  *rows = (SondeTestingRows){ layer, g_strdup (site), sonde_tensor_ref (tensor) };
  g_ptr_array_add (user_data, rows);
  return TRUE;
}

GPtrArray *
_sonde_testing_run_model (SondeModel *model,
                          SondeBatch *batch,
                          SondeSelection *selection,
                          GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) rows_free);

  return sonde_model_run (model, batch, selection, keep_rows, rows, NULL, error) ? g_steal_pointer (&rows) : NULL;
}

SondeTensor *
_sonde_testing_find_rows (GPtrArray *rows,
                          guint layer,
                          const char *site)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const SondeTestingRows *found = g_ptr_array_index (rows, i);

      if (found->layer == layer && g_str_equal (found->site, site))
        return found->tensor;
    }
  return NULL;
}

char *
_sonde_testing_dup_place (const SondeTestingRows *rows)
{
  if (rows->layer == SONDE_NO_LAYER)
    return g_strdup_printf ("site %s", rows->site);
  return g_strdup_printf ("site %s of layer %u", rows->site, rows->layer);
}
