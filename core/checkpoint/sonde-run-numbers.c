#define G_LOG_DOMAIN "sonde"

#include "sonde-run-checkpoint-private.h"

#include "sonde-blas.h"
#include "sonde-model-private.h"
#include "sonde-provenance-private.h"
#include "sonde-property.h"
#include "sonde-threads.h"

/* What decides the numbers of a run's frames, as texts: that of the provenance which comes before any analyzer. */

static void
add (GPtrArray *texts,
     const char *name,
     char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_ptr_array_add (texts, g_strdup (name));
  g_ptr_array_add (texts, g_steal_pointer (&valid));
  g_free (value);
}

/* The model's files by what is in them; where they lie does not matter. */
static gboolean
add_files (SondeRun *self,
           GPtrArray *texts,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (SondeProvenanceFiles) files = _sonde_provenance_files_new (self->model, FALSE);
  JsonArray *descriptions;

  _sonde_provenance_files_read (files, cancellable);
  descriptions = _sonde_provenance_files_get_descriptions (files, error);
  for (guint i = 0; descriptions != NULL && i < json_array_get_length (descriptions); i++)
    {
      JsonObject *file = json_array_get_object_element (descriptions, i);
      g_autofree char *name = g_strdup_printf ("file %u, %s", i, json_object_get_string_member (file, "role"));
      const char *hash = json_object_has_member (file, "xxh3-128") ? "xxh3-128" : "sha256";

      add (texts, name, g_strdup_printf ("%s %s, %" G_GINT64_FORMAT " bytes", hash, json_object_get_string_member (file, hash), json_object_get_int_member (file, "bytes")));
    }
  return descriptions != NULL;
}

static void
add_provider (SondeRun *self,
              GPtrArray *texts)
{
  const char *plugin;
  SondeModelProvider *provider = sonde_model_get_provider (self->model, &plugin);
  guint n;
  g_autofree GParamSpec **options = NULL;

  add (texts, "model", g_strdup (_sonde_model_get_english_name (self->model)));
  if (provider == NULL)
    return;
  add (texts, "provider", g_strdup (plugin));
  options = sonde_properties_list (G_OBJECT_GET_CLASS (provider), &n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("provider, %s", options[i]->name);

      add (texts, name, sonde_property_dup_text (G_OBJECT (provider), options[i]));
    }
}

static void
add_stages (SondeRun *self,
            GPtrArray *texts)
{
  GString *layers = g_string_new (NULL);

  for (guint l = 0; l < self->layers->len; l++)
    g_string_append_printf (layers, l == 0 ? "%u" : " %u", g_array_index (self->layers, guint, l));
  add (texts, "layers", g_string_free (layers, FALSE));
  for (guint s = 0; s < self->stages->len; s++)
    {
      const SondeStage *stage = g_ptr_array_index (self->stages, s);
      g_autofree char *name = g_strdup_printf ("stage %u", s);

      add (texts, name, g_strdup_printf ("%s, %s, %u features: %s", stage->id, stage->site, sonde_investigation_get_n_features (self->investigation, s), stage->formula));
    }
}

/* Numbers of equal size in the order of the batch, so that equal hashes are equal tokens. */
static char *
hash_tokens (SondeBatch *batch)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < sonde_batch_get_n_sequences (batch); i++)
    {
      guint n[2];
      const gint32 *ids = sonde_batch_get_ids (batch, i, &n[0]);
      const guint *kept = sonde_batch_get_kept (batch, i, &n[1]);

      g_checksum_update (checksum, (const guchar *) n, sizeof n);
      g_checksum_update (checksum, (const guchar *) ids, (gssize) (n[0] * sizeof *ids));
      g_checksum_update (checksum, (const guchar *) kept, (gssize) (n[1] * sizeof *kept));
    }
  return g_strdup (g_checksum_get_string (checksum));
}

static void
add_conditions (SondeRun *self,
                GPtrArray *texts)
{
  GString *together = g_string_new (NULL);

  for (guint i = 0; i < self->conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (self->conditions, i);
      g_autofree char *name = g_strdup_printf ("condition %u, %s", i, sonde_condition_get_id (condition));
      g_autoptr (SondeBatch) batch = sonde_batch_new ();
      g_autofree char *hash = NULL;

      sonde_condition_add_to_batch (condition, batch);
      hash = hash_tokens (batch);
      add (texts, name, g_strdup_printf ("%u rows of %u tokens, sha256 %s", sonde_batch_get_n_rows (batch), sonde_batch_get_n_tokens (batch), hash));
    }
  for (guint b = 0; b < self->batches->len; b++)
    g_string_append_printf (together, b == 0 ? "%u" : " %u", ((SondeRunBatch *) g_ptr_array_index (self->batches, b))->n);
  add (texts, "conditions that run together", g_string_free (together, FALSE));
}

static void
add_blas (GPtrArray *texts)
{
  g_autofree char *version = sonde_blas_dup_version ();
  const char *kernel = sonde_blas_get_linear_kernel ();

  add (texts, "blas", g_strdup_printf ("%s %s, %s", sonde_blas_get_name (), version, sonde_blas_get_flavour ()));
  add (texts, "processor", g_strdup_printf ("%s, %s", sonde_blas_get_core (), kernel != NULL ? kernel : sonde_blas_get_name ()));
  add (texts, "threads", g_strdup_printf ("%u", sonde_threads_get_n ()));
}

GPtrArray *
_sonde_run_describe_numbers (SondeRun *self,
                             GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  if (!sonde_blas_open (error))
    return NULL;
  add (texts, "sonde", g_strdup (SONDE_VERSION));
  add (texts, "format", g_strdup ("1"));
  add_provider (self, texts);
  if (!add_files (self, texts, cancellable, error))
    return NULL;
  add_stages (self, texts);
  add_conditions (self, texts);
  add_blas (texts);
  return g_steal_pointer (&texts);
}
