#define G_LOG_DOMAIN "sonde"

#include "sonde-safetensors-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "sonde-error.h"
#include "sonde-json-private.h"
#include "sonde-tensor-private.h"

/* The format: eight bytes with the length of the header, little-endian; the header, a JSON object of name → dtype, shape and
 * data_offsets; then the data, every byte of which belongs to exactly one tensor. Nothing of it is believed unchecked. */

typedef struct
{
  const char *what;
  guint file;
  gsize data_start; /* from the start of the file */
  gsize data_size;
} Header;

typedef struct
{
  const char *name;
  gsize begin; /* from the start of the data */
  gsize end;
} Extent;

void
_sonde_tensor_info_free (_SondeTensorInfo *info)
{
  g_free (info->unknown);
  g_free (info);
}

_SondeTensorInfo *
_sonde_tensor_info_copy (const _SondeTensorInfo *info)
{
  _SondeTensorInfo *copy = g_memdup2 (info, sizeof *info);

  copy->unknown = g_strdup (info->unknown);
  return copy;
}

/* Enough of a name to find it by, without what would upset a terminal. */
char *
_sonde_safetensors_quote (const char *name)
{
  GString *string = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    {
      const gunichar c = g_utf8_get_char (p);

      if (string->len > 80)
        {
          g_string_append (string, "…");
          break;
        }
      g_string_append_unichar (string, g_unichar_isprint (c) ? c : 0xfffd);
    }
  return g_string_free (string, FALSE);
}

static gboolean
fail_tensor (const Header *header,
             const char *name,
             SondeError code,
             const char *problem,
             GError **error)
{
  g_autofree char *quoted = _sonde_safetensors_quote (name);

  g_set_error (error, SONDE_ERROR, code, _ ("%s: tensor “%s” %s: write or download the file again"), header->what, quoted, problem);
  return FALSE;
}

/* Integers, not negative, and nothing else. */
static gboolean
read_sizes (JsonObject *entry,
            const char *member,
            gsize *sizes,
            guint max_sizes,
            guint *n_sizes)
{
  JsonNode *node = json_object_get_member (entry, member);
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  *n_sizes = json_array_get_length (array);
  if (*n_sizes > max_sizes)
    return FALSE;
  for (guint i = 0; i < *n_sizes; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_INT64 || json_node_get_int (element) < 0)
        return FALSE;
      sizes[i] = (gsize) json_node_get_int (element);
      if ((gint64) sizes[i] != json_node_get_int (element)) /* too large for a 32-bit machine */
        return FALSE;
    }
  return TRUE;
}

static const char *
get_string (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

/* An element type that nobody here knows spoils one tensor and not the file: it may hold others. */
static gboolean
read_dtype (const Header *header,
            const char *name,
            JsonObject *entry,
            _SondeTensorInfo *info,
            GError **error)
{
  const char *text = get_string (json_object_get_member (entry, "dtype"));

  if (text == NULL)
    return fail_tensor (header, name, SONDE_ERROR_FORMAT, _ ("has no element type (“dtype”)"), error);
  if (!sonde_dtype_from_name (text, &info->dtype))
    info->unknown = _sonde_safetensors_quote (text);
  return TRUE;
}

static gboolean
check_extent (const Header *header,
              const char *name,
              const _SondeTensorInfo *info,
              gsize needed,
              const gsize *offsets,
              GError **error)
{
  g_autofree char *shape = NULL;
  g_autofree char *problem = NULL;

  if (offsets[0] > offsets[1])
    problem = g_strdup_printf (_ ("ends before it begins: its data_offsets are %zu and %zu"), offsets[0], offsets[1]);
  else if (offsets[1] - offsets[0] != needed)
    {
      shape = _sonde_shape_to_string (info->shape, info->n_dims);
      problem = g_strdup_printf (_ ("of shape %s and type %s takes %zu bytes, but its data_offsets span %zu"),
                                 shape, sonde_dtype_get_name (info->dtype), needed, offsets[1] - offsets[0]);
    }
  return problem == NULL || fail_tensor (header, name, SONDE_ERROR_FORMAT, problem, error);
}

/* Where the tensor's bytes lie, and that they are as many as its shape and type need. */
static gboolean
read_place (const Header *header,
            const char *name,
            JsonObject *entry,
            _SondeTensorInfo *info,
            Extent *extent,
            GError **error)
{
  gsize offsets[2];
  guint n_offsets;
  gsize n_elements;

  if (!read_sizes (entry, "shape", info->shape, SONDE_TENSOR_MAX_DIMS, &info->n_dims))
    return fail_tensor (header, name, SONDE_ERROR_FORMAT, _ ("has no valid shape: an array of at most 8 integers, none negative, is expected"), error);
  if (!_sonde_shape_count (info->shape, info->n_dims, info->dtype, &n_elements, &info->n_bytes))
    return fail_tensor (header, name, SONDE_ERROR_FORMAT, _ ("has a shape that is larger than this machine can address"), error);
  if (!read_sizes (entry, "data_offsets", offsets, 2, &n_offsets) || n_offsets != 2)
    return fail_tensor (header, name, SONDE_ERROR_FORMAT, _ ("has no valid data_offsets: an array of two integers, none negative, is expected"), error);
  if (info->unknown != NULL && offsets[0] <= offsets[1])
    info->n_bytes = offsets[1] - offsets[0];
  extent->name = name;
  extent->begin = offsets[0];
  extent->end = offsets[1];
  if (!check_extent (header, name, info, info->n_bytes, offsets, error))
    return FALSE;
  return g_size_checked_add (&info->offset, extent->begin, header->data_start) || fail_tensor (header, name, SONDE_ERROR_FORMAT, _ ("begins beyond what this machine can address"), error);
}

static gboolean
read_entry (const Header *header,
            const char *name,
            JsonNode *node,
            _SondeTensorInfo *info,
            Extent *extent,
            GError **error)
{
  JsonObject *entry;

  if (strlen (name) > SONDE_MAX_TENSOR_NAME)
    {
      g_autofree char *problem = g_strdup_printf (_ ("has a name of %zu bytes, and at most %d are possible"), strlen (name), SONDE_MAX_TENSOR_NAME);

      return fail_tensor (header, name, SONDE_ERROR_FORMAT, problem, error);
    }
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail_tensor (header, name, SONDE_ERROR_FORMAT, _ ("is not described by an object with dtype, shape and data_offsets"), error);
  entry = json_node_get_object (node);
  info->file = header->file;
  return read_dtype (header, name, entry, info, error) && read_place (header, name, entry, info, extent, error);
}

static gboolean
read_metadata (const Header *header,
               JsonNode *node,
               GHashTable *metadata,
               GError **error)
{
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: the header's __metadata__ is not an object of strings: write it anew"), header->what);
      return FALSE;
    }
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &key, &value))
    {
      const char *text = get_string (value);

      if (text == NULL)
        {
          g_autofree char *quoted = _sonde_safetensors_quote (key);

          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: the header's __metadata__ holds no string under “%s”: write it anew"), header->what, quoted);
          return FALSE;
        }
      if (!g_hash_table_contains (metadata, key))
        g_hash_table_insert (metadata, g_strdup (key), g_strdup (text));
    }
  return TRUE;
}

static int
compare_extents (gconstpointer a,
                 gconstpointer b)
{
  const Extent *left = a;
  const Extent *right = b;

  if (left->begin != right->begin)
    return left->begin < right->begin ? -1 : 1;
  return left->end < right->end ? -1 : left->end > right->end;
}

/* Every byte of the data belongs to exactly one tensor. */
static gboolean
check_coverage (const Header *header,
                GArray *extents,
                GError **error)
{
  gsize covered = 0;
  g_autofree char *problem = NULL;

  g_array_sort (extents, compare_extents);
  for (guint i = 0; i < extents->len; i++)
    {
      const Extent *extent = &g_array_index (extents, Extent, i);

      if (extent->begin < covered)
        return fail_tensor (header, extent->name, SONDE_ERROR_FORMAT, _ ("overlaps the tensor before it"), error);
      if (extent->begin > covered)
        {
          problem = g_strdup_printf (_ ("begins at byte %zu of the data, but the tensors before it end at %zu"),
                                     extent->begin, covered);
          return fail_tensor (header, extent->name, SONDE_ERROR_FORMAT, problem, error);
        }
      covered = extent->end;
    }
  if (covered > header->data_size)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                 _ ("%s is truncated: its header promises %zu bytes of data, but there are %zu: write or download it again"),
                 header->what, covered, header->data_size);
  else if (covered < header->data_size)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                 _ ("%s has %zu bytes of data, of which only %zu belong to a tensor: write or download it again"),
                 header->what, header->data_size, covered);
  return covered == header->data_size;
}

static gboolean
read_entries (const Header *header,
              JsonObject *root,
              GHashTable *infos,
              GHashTable *metadata,
              GError **error)
{
  const guint n_tensors = json_object_get_size (root) - json_object_has_member (root, _SONDE_SAFETENSORS_METADATA);
  g_autoptr (GArray) extents = g_array_new (FALSE, TRUE, sizeof (Extent));
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (n_tensors > SONDE_MAX_TENSORS)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s holds %u tensors; at most %d can be read: divide it among several files"),
                   header->what, n_tensors, SONDE_MAX_TENSORS);
      return FALSE;
    }
  json_object_iter_init_ordered (&iter, root);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      g_autoptr (_SondeTensorInfo) info = NULL;
      Extent extent;

      if (g_str_equal (name, _SONDE_SAFETENSORS_METADATA))
        {
          if (!read_metadata (header, node, metadata, error))
            return FALSE;
          continue;
        }
      info = g_new0 (_SondeTensorInfo, 1);
      if (!read_entry (header, name, node, info, &extent, error))
        return FALSE;
      g_array_append_val (extents, extent);
      g_hash_table_insert (infos, g_strdup (name), g_steal_pointer (&info));
    }
  return check_coverage (header, extents, error);
}

static gboolean
read_header_length (const Header *header,
                    const guchar *data,
                    gsize size,
                    gsize *length,
                    GError **error)
{
  guint64 promised = 0;

  if (size < 8)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                   _ ("%s is truncated: it has %zu bytes, and the first 8 of a safetensors file give the length of its header: write or download it again"),
                   header->what, size);
      return FALSE;
    }
  for (guint i = 0; i < 8; i++)
    promised |= (guint64) data[i] << (8 * i);
  if (promised > SONDE_MAX_HEADER_BYTES)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                   _ ("%s is no safetensors file: its first 8 bytes promise a header of %" PRIu64 " bytes, and at most %d are possible"),
                   header->what, promised, SONDE_MAX_HEADER_BYTES);
      return FALSE;
    }
  if (promised > size - 8)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT,
                   _ ("%s is truncated: it promises a header of %" PRIu64 " bytes, but only %zu bytes follow: write or download it again"),
                   header->what, promised, size - 8);
      return FALSE;
    }
  *length = promised;
  return TRUE;
}

gboolean
_sonde_safetensors_read_header (GBytes *bytes,
                                const char *what,
                                guint file,
                                GHashTable *infos,
                                GHashTable *metadata,
                                GError **error)
{
  g_autoptr (GBytes) text = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *name = g_strdup_printf (_ ("The header of %s"), what);
  gsize size, length;
  const guchar *data = g_bytes_get_data (bytes, &size);
  Header header = { .what = what, .file = file };

  if (!read_header_length (&header, data, size, &length, error))
    return FALSE;
  header.data_start = 8 + length;
  header.data_size = size - header.data_start;
  if (length == 0 || data[8] != '{')
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is no safetensors file: its header does not begin with “{”: name one that is, or download it again"), what);
      return FALSE;
    }
  text = g_bytes_new_from_bytes (bytes, 8, length);
  root = _sonde_json_parse_object (text, name, error);
  return root != NULL && read_entries (&header, json_node_get_object (root), infos, metadata, error);
}
