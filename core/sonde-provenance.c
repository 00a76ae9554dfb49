#define G_LOG_DOMAIN "sonde"

#include "sonde-provenance-private.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <xxhash.h>
#ifdef SONDE_HAVE_XXH_DISPATCH
#include <xxh_x86dispatch.h> /* the same function for what the processor has */
#endif

#include "isolation/sonde-isolated-analyzer-private.h"
#include "sonde-blas.h"
#include "sonde-condition-private.h"
#include "sonde-error.h"
#include "sonde-json-private.h"
#include "sonde-mapped-file.h"
#include "sonde-model-private.h"
#include "sonde-property.h"
#include "sonde-threads.h"

/* So much is read at a time: threads that have nothing else to do read weights meanwhile, and soon look up from it. */
#define PIECE ((gsize) 1 << 20)
#define MOST_OPEN 64 /* files: a folder of arrays may have more than can be mapped at one time */

typedef struct
{
  char *role;
  char *path;
  GBytes *bytes; /* of the first, which are there even when they are deleted meanwhile; NULL: not yet */
} File;

/* A file that is being read. */
typedef struct
{
  GBytes *bytes; /* NULL: none is */
  gsize at;
  XXH3_state_t *xxh3; /* NULL: not wanted */
  GChecksum *sha256;  /* NULL: not wanted, or known */
} Reading;

struct _SondeProvenanceFiles
{
  GArray *files;
  gboolean sha256; /* of the weights too */
  gint64 opened;   /* microseconds since 1970; 0: not known */
  guint next;      /* the file that is being read, or the next */
  Reading reading;
  JsonArray *descriptions;
  GError *error;
};

static void
file_clear (File *file)
{
  g_free (file->role);
  g_free (file->path);
  g_clear_pointer (&file->bytes, g_bytes_unref);
}

static void
reading_clear (Reading *reading)
{
  g_clear_pointer (&reading->bytes, g_bytes_unref);
  g_clear_pointer (&reading->xxh3, XXH3_freeState);
  g_clear_pointer (&reading->sha256, g_checksum_free);
  reading->at = 0;
}

/* What was read is given back at once, as nobody needs it again: weights are larger than everything else. */
static void
forget (const char *data,
        gsize length)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);

  if ((guintptr) data % page == 0)
    madvise ((void *) data, length, MADV_DONTNEED);
}

/* Of a file that somebody wrote since the model was opened nobody can say what ran. Dates of the future say nothing. */
static gboolean
check_unchanged (SondeProvenanceFiles *self,
                 const File *file)
{
  struct stat info;
  gint64 changed;

  if (self->opened == 0 || stat (file->path, &info) != 0)
    return TRUE;
  changed = (gint64) info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
  if (changed <= self->opened || changed > g_get_real_time ())
    return TRUE;
  g_set_error (&self->error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("“%s” was changed after it was opened, and nobody can say what was read of it: start again when nobody writes to it"), file->path);
  return FALSE;
}

static gboolean
begin_file (SondeProvenanceFiles *self,
            const File *file)
{
  Reading *reading = &self->reading;
  gboolean weights = g_str_equal (file->role, "weights") || g_str_equal (file->role, "capture"); /* large, so hashed at memory speed */

  reading->bytes = file->bytes != NULL ? g_bytes_ref (file->bytes) : sonde_mapped_file_load (file->path, &self->error);
  if (reading->bytes == NULL || !check_unchanged (self, file))
    return FALSE;
  if (weights)
    {
      reading->xxh3 = XXH3_createState ();
      XXH3_128bits_reset (reading->xxh3);
    }
  if (!weights || self->sha256) /* a download cache has it in a file's name, which anybody can give */
    reading->sha256 = g_checksum_new (G_CHECKSUM_SHA256);
  return TRUE;
}

static void
end_file (SondeProvenanceFiles *self,
          const File *file)
{
  Reading *reading = &self->reading;
  g_autofree char *name = g_filename_display_basename (file->path);
  JsonObject *description = json_object_new ();

  json_object_set_string_member (description, "role", file->role);
  json_object_set_string_member (description, "name", name);
  json_object_set_int_member (description, "bytes", (gint64) g_bytes_get_size (reading->bytes));
  if (reading->xxh3 != NULL)
    {
      const XXH128_hash_t hash = XXH3_128bits_digest (reading->xxh3);
      g_autofree char *text = g_strdup_printf ("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", (guint64) hash.high64, (guint64) hash.low64);

      json_object_set_string_member (description, "xxh3-128", text);
    }
  if (reading->sha256 != NULL)
    json_object_set_string_member (description, "sha256", g_checksum_get_string (reading->sha256));
  json_array_add_object_element (self->descriptions, description);
  reading_clear (reading);
}

static void
add_file (const char *role,
          const char *path,
          gpointer user_data)
{
  GArray *files = user_data;
  const File file = { g_strdup (role), g_strdup (path), files->len < MOST_OPEN ? sonde_mapped_file_load (path, NULL) : NULL };

  g_array_append_val (files, file);
}

SondeProvenanceFiles *
_sonde_provenance_files_new (SondeModel *model,
                             gboolean sha256)
{
  SondeProvenanceFiles *self = g_new0 (SondeProvenanceFiles, 1);

  self->sha256 = sha256;
  self->opened = _sonde_model_get_opened (model);
  self->files = g_array_new (FALSE, FALSE, sizeof (File));
  g_array_set_clear_func (self->files, (GDestroyNotify) file_clear);
  self->descriptions = json_array_new ();
  sonde_model_foreach_file (model, add_file, self->files);
  return self;
}

gboolean
_sonde_provenance_files_read_piece (SondeProvenanceFiles *self)
{
  const File *file = self->next < self->files->len ? &g_array_index (self->files, File, self->next) : NULL;
  Reading *reading = &self->reading;
  const char *data;
  gsize size;

  if (file == NULL || self->error != NULL || (reading->bytes == NULL && !begin_file (self, file)))
    return FALSE;
  data = g_bytes_get_data (reading->bytes, &size);
  size = MIN (size - reading->at, PIECE);
  if (reading->xxh3 != NULL)
    XXH3_128bits_update (reading->xxh3, data + reading->at, size);
  if (reading->sha256 != NULL)
    g_checksum_update (reading->sha256, (const guchar *) data + reading->at, (gssize) size);
  forget (data + reading->at, size);
  reading->at += size;
  if (reading->at == g_bytes_get_size (reading->bytes))
    {
      if (!check_unchanged (self, file))
        return FALSE;
      end_file (self, file);
      self->next++;
    }
  return self->next < self->files->len;
}

void
_sonde_provenance_files_read (SondeProvenanceFiles *self,
                              GCancellable *cancellable)
{
  while (_sonde_provenance_files_read_piece (self))
    if (g_cancellable_set_error_if_cancelled (cancellable, &self->error))
      return;
}

JsonArray *
_sonde_provenance_files_get_descriptions (SondeProvenanceFiles *self,
                                          GError **error)
{
  if (self->error == NULL)
    return self->descriptions;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return NULL;
}

void
_sonde_provenance_files_free (SondeProvenanceFiles *self)
{
  reading_clear (&self->reading);
  g_array_unref (self->files);
  json_array_unref (self->descriptions);
  g_clear_error (&self->error);
  g_free (self);
}

static JsonObject *
describe_properties (GObject *object)
{
  JsonObject *properties = json_object_new ();
  guint n;
  g_autofree GParamSpec **options = sonde_properties_list (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *value = sonde_property_dup_text (object, options[i]);

      json_object_set_string_member (properties, options[i]->name, value);
    }
  return properties;
}

static JsonObject *
describe_model (const SondeProvenanceSource *source)
{
  JsonObject *model = json_object_new ();
  const char *plugin;
  SondeModelProvider *provider = sonde_model_get_provider (source->model, &plugin);

  json_object_set_string_member (model, "name", _sonde_model_get_english_name (source->model));
  json_object_set_int_member (model, "layers", sonde_model_get_n_layers (source->model));
  if (provider != NULL)
    {
      json_object_set_string_member (model, "plugin", plugin);
      json_object_set_object_member (model, "properties", describe_properties (G_OBJECT (provider)));
    }
  json_object_set_array_member (model, "files", json_array_ref (source->files->descriptions));
  return model;
}

static JsonObject *
describe_text (SondeCorpus *corpus)
{
  JsonObject *text = json_object_new ();
  g_autofree char *name = g_filename_display_basename (sonde_corpus_get_name (corpus));
  g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, sonde_corpus_get_text (corpus));

  json_object_set_string_member (text, "name", name);
  json_object_set_int_member (text, "bytes", (gint64) g_bytes_get_size (sonde_corpus_get_text (corpus)));
  json_object_set_int_member (text, "tokens", sonde_corpus_get_n_tokens (corpus));
  json_object_set_string_member (text, "sha256", hash);
  if (sonde_corpus_get_target (corpus) != NULL)
    {
      json_object_set_string_member (text, "target", sonde_corpus_get_target (corpus));
      json_object_set_int_member (text, "target-id", sonde_corpus_get_target_id (corpus));
    }
  return text;
}

static JsonArray *
list_token_ids (SondeCondition *condition)
{
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  JsonArray *sequences = json_array_new ();

  sonde_condition_add_to_batch (condition, batch);
  for (guint i = 0; i < sonde_batch_get_n_sequences (batch); i++)
    {
      JsonArray *sequence = json_array_new ();
      guint n;
      const gint32 *ids = sonde_batch_get_ids (batch, i, &n);

      for (guint j = 0; j < n; j++)
        json_array_add_int_element (sequence, ids[j]);
      json_array_add_array_element (sequences, sequence);
    }
  return sequences;
}

static JsonArray *
describe_conditions (SondeRun *run)
{
  GPtrArray *conditions = sonde_run_get_conditions (run);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (conditions, i);
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "id", sonde_condition_get_id (condition));
      json_object_set_int_member (object, "rows", sonde_condition_get_n_rows (condition));
      if (condition->corpus != NULL)
        json_object_set_object_member (object, "properties", describe_properties (G_OBJECT (condition)));
      if (sonde_condition_knows_sequences (condition))
        json_object_set_array_member (object, "token-ids", list_token_ids (condition));
      json_array_add_object_element (array, object);
    }
  return array;
}

static JsonObject *
describe_tap (const SondeProvenanceSource *source)
{
  GPtrArray *stages = sonde_run_get_stages (source->run);
  JsonObject *tap = json_object_new ();
  JsonArray *array = json_array_new ();
  const char *name = NULL;
  SondeTap *object = source->corpus != NULL ? sonde_chain_get_tap (source->chain, &name) : NULL; /* rows that are there need none */

  for (guint i = 0; i < stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (stages, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "id", stage->id);
      json_object_set_string_member (entry, "site", stage->site);
      json_object_set_string_member (entry, "formula", stage->formula);
      json_array_add_object_element (array, entry);
    }
  if (object != NULL)
    {
      json_object_set_string_member (tap, "plugin", name);
      json_object_set_object_member (tap, "properties", describe_properties (G_OBJECT (object)));
    }
  json_object_set_array_member (tap, "stages", array);
  return tap;
}

/* Of an analyzer in another process its properties are known as text. */
static JsonObject *
describe_analyzer (SondeAnalyzer *analyzer)
{
  JsonObject *properties;
  const char *const *texts;

  if (!SONDE_IS_ISOLATED_ANALYZER (analyzer))
    return describe_properties (G_OBJECT (analyzer));
  properties = json_object_new ();
  texts = _sonde_isolated_analyzer_get_properties (SONDE_ISOLATED_ANALYZER (analyzer));
  for (guint i = 0; texts[i] != NULL; i += 2)
    json_object_set_string_member (properties, texts[i], texts[i + 1]);
  return properties;
}

static JsonArray *
describe_chain (SondeChain *chain)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < sonde_chain_get_n_analyzers (chain); i++)
    {
      const char *name;
      SondeAnalyzer *analyzer = sonde_chain_get_analyzer (chain, i, &name);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "plugin", name);
      json_object_set_object_member (entry, "properties", describe_analyzer (analyzer));
      json_array_add_object_element (array, entry);
    }
  return array;
}

static JsonArray *
describe_layers (SondeRun *run)
{
  JsonArray *array = json_array_new ();
  guint n;
  const guint *layers = sonde_investigation_get_layers (sonde_run_get_investigation (run), &n);

  for (guint i = 0; i < n; i++)
    json_array_add_int_element (array, layers[i]);
  return array;
}

static JsonObject *
describe_blas (void)
{
  JsonObject *blas = json_object_new ();
  g_autofree char *version = sonde_blas_dup_version ();

  json_object_set_string_member (blas, "name", sonde_blas_get_name ());
  json_object_set_string_member (blas, "version", version);
  json_object_set_string_member (blas, "core", sonde_blas_get_core ());
  json_object_set_string_member (blas, "linear-maps", sonde_blas_get_linear_kernel () != NULL ? sonde_blas_get_linear_kernel () : sonde_blas_get_name ());
  json_object_set_string_member (blas, "flavour", sonde_blas_get_flavour ());
  json_object_set_int_member (blas, "threads", sonde_threads_get_n ());
  return blas;
}

JsonObject *
_sonde_provenance_build (const SondeProvenanceSource *source,
                         GError **error)
{
  JsonObject *root;

  if (_sonde_provenance_files_get_descriptions (source->files, error) == NULL)
    return NULL;
  root = json_object_new ();
  json_object_set_string_member (root, "sonde", SONDE_VERSION);
  if (source->command != NULL)
    json_object_set_string_member (root, "command", source->command);
  if (source->recipe != NULL)
    json_object_set_string_member (root, "recipe", source->recipe);
  json_object_set_object_member (root, source->corpus != NULL ? "model" : "capture", describe_model (source));
  if (source->corpus != NULL)
    json_object_set_object_member (root, "text", describe_text (source->corpus));
  json_object_set_object_member (root, source->corpus != NULL ? "tap" : "rows", describe_tap (source));
  json_object_set_array_member (root, "chain", describe_chain (source->chain));
  json_object_set_array_member (root, "layers", describe_layers (source->run));
  json_object_set_int_member (root, "seed", (gint64) source->seed);
  json_object_set_object_member (root, "blas", describe_blas ());
  json_object_set_array_member (root, "conditions", describe_conditions (source->run));
  return root;
}
