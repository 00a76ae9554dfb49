#define G_LOG_DOMAIN "arrays"

#include "arrays-npy.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* The format of one array that NumPy documents: magic, two bytes of version, the length of the header (2 bytes in version 1,
 * 4 in versions 2 and 3), and a Python dictionary literal with exactly the keys descr, fortran_order and shape. */

typedef struct
{
  const char *at;
  const char *end;
  char *descr;
  gboolean fortran;
  gboolean has_fortran;
  gboolean has_shape;
  ArraysNpy *npy;
} Header;

static void
header_clear (Header *header)
{
  g_free (header->descr);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Header, header_clear)

static gboolean
fail (const char *what,
      const char *problem,
      GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is no .npy array that can be read: %s"), what, problem);
  return FALSE;
}

static void
skip_spaces (Header *header)
{
  while (header->at < header->end && strchr (" \t\r\n", *header->at) != NULL && *header->at != '\0')
    header->at++;
}

/* @character is the next thing but spaces; it is passed. */
static gboolean
take (Header *header,
      char character)
{
  skip_spaces (header);
  if (header->at == header->end || *header->at != character)
    return FALSE;
  header->at++;
  return TRUE;
}

static gboolean
take_word (Header *header,
           const char *word)
{
  gsize length = strlen (word);

  skip_spaces (header);
  if ((gsize) (header->end - header->at) < length || memcmp (header->at, word, length) != 0)
    return FALSE;
  header->at += length;
  return TRUE;
}

/* A literal without escapes, as all that belong here are. */
static char *
take_string (Header *header)
{
  const char *start;
  char quote;

  skip_spaces (header);
  if (header->at == header->end || (*header->at != '\'' && *header->at != '"'))
    return NULL;
  quote = *header->at++;
  start = header->at;
  while (header->at < header->end && *header->at != quote)
    {
      if (*header->at == '\\' || !g_ascii_isprint (*header->at))
        return NULL;
      header->at++;
    }
  if (header->at == header->end)
    return NULL;
  return g_strndup (start, (gsize) (header->at++ - start));
}

static gboolean
take_size (Header *header,
           gsize *size)
{
  gsize value = 0;
  const char *start;

  skip_spaces (header);
  start = header->at;
  while (header->at < header->end && g_ascii_isdigit (*header->at))
    {
      if (!g_size_checked_mul (&value, value, 10) || !g_size_checked_add (&value, value, (gsize) (*header->at - '0')))
        return FALSE;
      header->at++;
    }
  *size = value;
  return header->at > start;
}

/* (), (3,), (3, 4), (3, 4,) */
static gboolean
take_shape (Header *header)
{
  ArraysNpy *npy = header->npy;

  if (!take (header, '('))
    return FALSE;
  npy->n_dims = 0;
  while (!take (header, ')'))
    {
      if (npy->n_dims == SONDE_TENSOR_MAX_DIMS || !take_size (header, &npy->shape[npy->n_dims]))
        return FALSE;
      npy->n_dims++;
      if (!take (header, ',') && (npy->n_dims == 1 || header->at == header->end || *header->at != ')'))
        return FALSE;
    }
  return TRUE;
}

/* A key given twice is refused: two readers could take different ones. */
static gboolean
take_value (Header *header,
            const char *key)
{
  if (g_str_equal (key, "descr") && header->descr == NULL)
    return (header->descr = take_string (header)) != NULL;
  if (g_str_equal (key, "fortran_order") && !header->has_fortran)
    {
      header->has_fortran = TRUE;
      header->fortran = take_word (header, "True");
      return header->fortran || take_word (header, "False");
    }
  if (g_str_equal (key, "shape") && !header->has_shape)
    {
      header->has_shape = TRUE;
      return take_shape (header);
    }
  return FALSE;
}

static gboolean
take_dictionary (Header *header)
{
  if (!take (header, '{'))
    return FALSE;
  while (!take (header, '}'))
    {
      g_autofree char *key = take_string (header);

      if (key == NULL || !take (header, ':') || !take_value (header, key))
        return FALSE;
      if (take (header, ','))
        continue;
      if (!take (header, '}'))
        return FALSE;
      break;
    }
  skip_spaces (header);
  return header->at == header->end && header->descr != NULL && header->has_fortran && header->has_shape;
}

static gboolean
find_dtype (const char *what,
            const char *descr,
            SondeDtype *dtype,
            GError **error)
{
  static const struct
  {
    const char *descr;
    SondeDtype dtype;
  } known[] = {
    { "<f4", SONDE_DTYPE_F32 },
    { "<f8", SONDE_DTYPE_F64 },
    { "<f2", SONDE_DTYPE_F16 },
    { "<i8", SONDE_DTYPE_I64 },
    { "<i4", SONDE_DTYPE_I32 },
    { "<i2", SONDE_DTYPE_I16 },
    { "|i1", SONDE_DTYPE_I8 },
    { "|u1", SONDE_DTYPE_U8 },
    { "|b1", SONDE_DTYPE_BOOL },
  };
  g_autofree char *problem = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].descr, descr))
      {
        *dtype = known[i].dtype;
        return TRUE;
      }
  if (descr[0] == '>')
    problem = g_strdup_printf (_ ("its elements “%.20s” are big-endian, and little-endian ones as “<f4” are expected"), descr);
  else
    problem = g_strdup_printf (_ ("its elements are “%.20s”, where <f4, <f8, <f2, <i8, <i4, <i2, |i1, |u1 and |b1 can be read"), descr);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s: %s"), what, problem);
  return FALSE;
}

static gboolean
count_bytes (ArraysNpy *npy)
{
  npy->n_bytes = sonde_dtype_get_size (npy->dtype);
  for (guint i = 0; i < npy->n_dims; i++)
    if (!g_size_checked_mul (&npy->n_bytes, npy->n_bytes, npy->shape[i]))
      return FALSE;
  return npy->n_bytes <= G_MAXSSIZE;
}

static gboolean
find_header (const guchar *data,
             gsize size,
             const char *what,
             gsize *start,
             gsize *length,
             GError **error)
{
  if (size < 10 || memcmp (data, "\x93NUMPY", 6) != 0)
    return fail (what, _ ("it does not begin with the bytes \\x93NUMPY"), error);
  if (data[6] < 1 || data[6] > 3 || data[7] != 0)
    return fail (what, _ ("its version is none of 1.0, 2.0 and 3.0"), error);
  *start = data[6] == 1 ? 10 : 12;
  if (size < *start)
    return fail (what, _ ("it ends within its header"), error);
  *length = (gsize) data[8] | (gsize) data[9] << 8;
  if (data[6] > 1)
    *length |= (gsize) data[10] << 16 | (gsize) data[11] << 24;
  if (*length > ARRAYS_NPY_MAX_HEADER - *start)
    return fail (what, _ ("its header is longer than 64 KiB"), error);
  if (*length > size - *start)
    return fail (what, _ ("it ends within its header"), error);
  return TRUE;
}

gboolean
arrays_npy_parse (const guchar *data,
                  gsize size,
                  const char *what,
                  ArraysNpy *npy,
                  GError **error)
{
  g_auto (Header) header = { .npy = npy };
  gsize start;
  gsize length;

  if (!find_header (data, size, what, &start, &length, error))
    return FALSE;
  header.at = (const char *) data + start;
  header.end = header.at + length;
  npy->data_start = start + length;
  if (!take_dictionary (&header))
    return fail (what, _ ("its header is no dictionary of descr, fortran_order and shape"), error);
  if (!find_dtype (what, header.descr, &npy->dtype, error))
    return FALSE;
  if (header.fortran)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s is in Fortran order, and C order is expected: save numpy.ascontiguousarray (…) of it"), what);
      return FALSE;
    }
  if (!count_bytes (npy))
    return fail (what, _ ("its shape is larger than this machine can address"), error);
  return TRUE;
}
