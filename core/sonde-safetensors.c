#define G_LOG_DOMAIN "sonde"

#include "sonde-safetensors.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sonde-error-private.h"
#include "sonde-json-private.h"
#include "sonde-mapped-file.h"
#include "sonde-safetensors-private.h"

#define INDEX_SUFFIX ".index.json"

/**
 * SondeSafetensors:
 *
 * The tensors of a safetensors file, or of several that an index ties together. Everything stays memory-mapped: opening
 * reads the headers only, and a tensor's bytes come from disk when somebody first reads them. Tensors keep the mapping
 * alive, so they may outlive this object. Safe to share between threads.
 */
struct _SondeSafetensors
{
  GObject parent_instance;

  char *path;
  GHashTable *infos;    /* name → _SondeTensorInfo */
  GHashTable *metadata; /* key → value */
  GPtrArray *mappings;  /* GBytes of each file */
  GPtrArray *files;     /* their paths; while opening without, then with a NULL at its end */
};

G_DEFINE_FINAL_TYPE (SondeSafetensors, sonde_safetensors, G_TYPE_OBJECT)

static void
sonde_safetensors_finalize (GObject *object)
{
  SondeSafetensors *self = SONDE_SAFETENSORS (object);

  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->infos, g_hash_table_unref);
  g_clear_pointer (&self->metadata, g_hash_table_unref);
  g_clear_pointer (&self->mappings, g_ptr_array_unref);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  G_OBJECT_CLASS (sonde_safetensors_parent_class)->finalize (object);
}

static void
sonde_safetensors_class_init (SondeSafetensorsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_safetensors_finalize;
}

static GHashTable *
info_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) _sonde_tensor_info_free);
}

static void
sonde_safetensors_init (SondeSafetensors *self)
{
  self->infos = info_table_new ();
  self->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->mappings = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->files = g_ptr_array_new_with_free_func (g_free);
}

static gboolean
open_file (SondeSafetensors *self,
           const char *path,
           GHashTable *infos,
           GError **error)
{
  g_autoptr (GBytes) bytes = sonde_mapped_file_load (path, error);

  if (bytes == NULL)
    return FALSE;
  if (!_sonde_safetensors_read_header (bytes, path, self->mappings->len, infos, self->metadata, error))
    return FALSE;
  g_ptr_array_add (self->mappings, g_steal_pointer (&bytes));
  g_ptr_array_add (self->files, g_strdup (path));
  return TRUE;
}

/* ---- several files under an index ---- */

/* An index may name files next to it, and no others. */
static gboolean
is_plain_file_name (const char *name)
{
  return name[0] != '\0' && strpbrk (name, "/\\") == NULL && !g_str_equal (name, ".") && !g_str_equal (name, "..");
}

static JsonObject *
get_weight_map (JsonNode *root,
                const char *path,
                GError **error)
{
  JsonNode *node = json_object_get_member (json_node_get_object (root), "weight_map");

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node) || json_object_get_size (json_node_get_object (node)) == 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                   _ ("%s has no “weight_map”, an object that says which tensor lies in which file: download it again"), path);
      return NULL;
    }
  return json_node_get_object (node);
}

/* The tensors of the file called @shard, which is opened the first time it is asked for. */
static GHashTable *
get_shard (SondeSafetensors *self,
           GHashTable *shards,
           const char *shard,
           GError **error)
{
  g_autofree char *directory = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GHashTable) infos = NULL;
  GHashTable *known = g_hash_table_lookup (shards, shard);

  if (known != NULL)
    return known;

  directory = g_path_get_dirname (self->path);
  path = g_build_filename (directory, shard, NULL);
  infos = info_table_new ();
  if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR)) /* a pipe waits for somebody who writes */
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s needs the file %s, which is a folder, a pipe or a device: download it again"), self->path, shard);
      return NULL;
    }
  if (!open_file (self, path, infos, error))
    {
      g_prefix_error (error, _ ("%s needs the file %s: "), self->path, shard);
      return NULL;
    }
  known = infos;
  g_hash_table_insert (shards, g_strdup (shard), g_steal_pointer (&infos));
  return known;
}

static gboolean
take_from_shard (SondeSafetensors *self,
                 GHashTable *shards,
                 const char *name,
                 JsonNode *value,
                 GError **error)
{
  const char *shard = JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING ? json_node_get_string (value) : NULL;
  g_autofree char *quoted = _sonde_safetensors_quote (name);
  GHashTable *infos;
  const _SondeTensorInfo *info;

  if (shard == NULL || !is_plain_file_name (shard))
    {
      g_autofree char *found = _sonde_safetensors_quote (shard != NULL ? shard : "");

      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                   _ ("%s puts tensor “%s” into “%s”; the name of a file in the same folder is expected"), self->path, quoted, found);
      return FALSE;
    }
  infos = get_shard (self, shards, shard, error);
  if (infos == NULL)
    return FALSE;
  info = g_hash_table_lookup (infos, name);
  if (info == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s puts tensor “%s” into %s, but that file does not hold it: download both again"),
                   self->path, quoted, shard);
      return FALSE;
    }
  g_hash_table_insert (self->infos, g_strdup (name), _sonde_tensor_info_copy (info));
  return TRUE;
}

static gboolean
open_index (SondeSafetensors *self,
            GError **error)
{
  g_autoptr (JsonNode) root = _sonde_json_load_object (self->path, SONDE_MAX_INDEX_BYTES, error);
  g_autoptr (GHashTable) shards = NULL;
  JsonObject *weight_map;
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (root == NULL)
    return FALSE;
  weight_map = get_weight_map (root, self->path, error);
  if (weight_map == NULL)
    return FALSE;

  shards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  json_object_iter_init_ordered (&iter, weight_map);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    if (!take_from_shard (self, shards, name, value, error))
      return FALSE;
  return TRUE;
}

/* ---- public ---- */

/**
 * sonde_safetensors_open:
 * @path: NAME.safetensors, or NAME.safetensors.index.json with its files next to it
 * @error: return location for an error
 *
 * Reads and checks the headers. Fails with %SONDE_ERROR_FORMAT when a file is truncated, when tensors overlap or leave bytes
 * between them, or when anything else in a header contradicts itself or the file; with a %G_FILE_ERROR when a file cannot be opened. Files under an index are named in
 * the message. Of such files, the tensors that the index names count, and no others.
 *
 * Returns: (transfer full): the tensors, or %NULL
 */
SondeSafetensors *
sonde_safetensors_open (const char *path,
                        GError **error)
{
  g_autoptr (SondeSafetensors) self = NULL;
  gboolean opened;

  g_return_val_if_fail (path != NULL, NULL);

  self = g_object_new (SONDE_TYPE_SAFETENSORS, NULL);
  self->path = g_strdup (path);
  if (g_str_has_suffix (path, INDEX_SUFFIX))
    opened = open_index (self, error);
  else
    opened = open_file (self, path, self->infos, error);
  if (!opened)
    {
      _sonde_error_make_line (error);
      return NULL;
    }

  g_ptr_array_add (self->files, NULL);
  return g_steal_pointer (&self);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * sonde_safetensors_dup_names:
 * @self: the tensors of a file
 *
 * Lists the names of the tensors.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names of all tensors, sorted by their bytes
 */
char **
sonde_safetensors_dup_names (SondeSafetensors *self)
{
  GPtrArray *names;
  GHashTableIter iter;
  gpointer name;

  g_return_val_if_fail (SONDE_IS_SAFETENSORS (self), NULL);

  names = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->infos);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/**
 * sonde_safetensors_has:
 * @self: the tensors of a file
 * @name: a name
 *
 * Asks whether there is a tensor of this name.
 *
 * Returns: whether there is a tensor of this name
 */
gboolean
sonde_safetensors_has (SondeSafetensors *self,
                       const char *name)
{
  g_return_val_if_fail (SONDE_IS_SAFETENSORS (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  return g_hash_table_contains (self->infos, name);
}

/**
 * sonde_safetensors_get_dtype_name:
 * @self: the tensors of a file
 * @name: a name
 *
 * Says of which element type a tensor is, known to us or not.
 *
 * Returns: (transfer none) (nullable): the element type of that tensor, which may be one that cannot be read; %NULL where there is
 *   no such tensor
 */
const char *
sonde_safetensors_get_dtype_name (SondeSafetensors *self,
                                  const char *name)
{
  const _SondeTensorInfo *info;

  g_return_val_if_fail (SONDE_IS_SAFETENSORS (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  info = g_hash_table_lookup (self->infos, name);
  if (info == NULL)
    return NULL;
  return info->unknown != NULL ? info->unknown : sonde_dtype_get_name (info->dtype);
}

/**
 * sonde_safetensors_ref_tensor:
 * @self: the tensors of a file
 * @name: the name of one
 * @error: return location for an error
 *
 * Gives a tensor over the mapped file, without a copy. A file may place it at an odd address: see sonde_tensor_peek_f32().
 * Fails with %SONDE_ERROR_SHAPE where there is none of this name, and with %SONDE_ERROR_UNSUPPORTED where its element type is none
 * of #SondeDtype.
 *
 * Returns: (transfer full): the tensor, or %NULL
 */
SondeTensor *
sonde_safetensors_ref_tensor (SondeSafetensors *self,
                              const char *name,
                              GError **error)
{
  const _SondeTensorInfo *info;
  g_autoptr (GBytes) bytes = NULL;

  g_return_val_if_fail (SONDE_IS_SAFETENSORS (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  info = g_hash_table_lookup (self->infos, name);
  if (info == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s holds no tensor called “%s” (it holds %u others): ask for one of those"),
                   self->path, name, g_hash_table_size (self->infos));
      return NULL;
    }
  if (info->unknown != NULL)
    {
      g_autofree char *quoted = _sonde_safetensors_quote (name);

      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED,
                   _ ("%s: tensor “%s” has elements of type “%s”; F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U64, U32, U16, U8 and BOOL can be read"),
                   self->path, quoted, info->unknown);
      return NULL;
    }
  bytes = g_bytes_new_from_bytes (g_ptr_array_index (self->mappings, info->file), info->offset, info->n_bytes);
  return sonde_tensor_new (info->dtype, info->shape, info->n_dims, bytes, error);
}

/**
 * sonde_safetensors_advise:
 * @self: the tensors of a file
 * @name: the name of one; one that is not there does nothing
 * @advice: what will happen to its bytes
 *
 * Tells the system what the tensor's part of the mapped file is for. %SONDE_SAFETENSORS_SOON has it read ahead of use;
 * %SONDE_SAFETENSORS_DONE gives its memory back, which costs nothing but reading it again where it is used once more. Neither
 * changes a byte.
 */
void
sonde_safetensors_advise (SondeSafetensors *self,
                          const char *name,
                          SondeSafetensorsAdvice advice)
{
  const _SondeTensorInfo *info;
  guintptr page = (guintptr) sysconf (_SC_PAGESIZE), start, end;

  g_return_if_fail (SONDE_IS_SAFETENSORS (self));
  g_return_if_fail (name != NULL);

  info = g_hash_table_lookup (self->infos, name);
  if (info == NULL)
    return;
  start = (guintptr) g_bytes_get_data (g_ptr_array_index (self->mappings, info->file), NULL) + info->offset;
  end = start + info->n_bytes;
  /* whole pages only: neighbours share the others */
  start = (start + page - 1) / page * page;
  end = end / page * page;
  if (end > start) /* the pages of a file that is mapped for reading: dropping them loses nothing */
    madvise ((void *) start, end - start, advice == SONDE_SAFETENSORS_SOON ? MADV_WILLNEED : MADV_DONTNEED);
}

/**
 * sonde_safetensors_get_metadata:
 * @self: the tensors of a file
 * @key: a key
 *
 * Gives a text that the file keeps beside its tensors.
 *
 * Returns: (transfer none) (nullable): what the header's `__metadata__` says under @key; of several files the first that has it
 */
const char *
sonde_safetensors_get_metadata (SondeSafetensors *self,
                                const char *key)
{
  g_return_val_if_fail (SONDE_IS_SAFETENSORS (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return g_hash_table_lookup (self->metadata, key);
}

/**
 * sonde_safetensors_get_files:
 * @self: the tensors of a file
 *
 * Lists the files that hold the tensors.
 *
 * Returns: (transfer none) (array zero-terminated=1): the paths of the files that hold the tensors, without an index
 */
const char *const *
sonde_safetensors_get_files (SondeSafetensors *self)
{
  g_return_val_if_fail (SONDE_IS_SAFETENSORS (self), NULL);

  return (const char *const *) self->files->pdata;
}
