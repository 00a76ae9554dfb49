#define G_LOG_DOMAIN "arrays"

#include "arrays-npy.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "arrays-limits.h"

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
  guint n_dims;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
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
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is no .npy array that can be read: %s: save it again with numpy.save ()"), what, problem);
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
  if (!take (header, '('))
    return FALSE;
  while (!take (header, ')'))
    {
      if (header->n_dims == SONDE_TENSOR_MAX_DIMS || !take_size (header, &header->shape[header->n_dims]))
        return FALSE;
      header->n_dims++;
      if (!take (header, ',') && (header->n_dims == 1 || header->at == header->end || *header->at != ')'))
        return FALSE;
    }
  return TRUE;
}

/* The element type of records is a list: nothing of it is needed but where it ends. */
static char *
take_list (Header *header)
{
  const char *start = header->at;
  guint depth = 0;

  do
    {
      g_autofree char *string = NULL;

      skip_spaces (header);
      if (header->at == header->end)
        return NULL;
      if (*header->at == '\'' || *header->at == '"')
        {
          string = take_string (header);
          if (string == NULL)
            return NULL;
          continue;
        }
      depth += *header->at == '[' || *header->at == '(';
      depth -= *header->at == ']' || *header->at == ')';
      header->at++;
    }
  while (depth > 0 && depth < 100);
  return depth == 0 ? g_strndup (start, (gsize) (header->at - start)) : NULL;
}

static char *
take_descr (Header *header)
{
  skip_spaces (header);
  return header->at < header->end && *header->at == '[' ? take_list (header) : take_string (header);
}

/* A key given twice is refused: two readers could take different ones. */
static gboolean
take_value (Header *header,
            const char *key)
{
  if (g_str_equal (key, "descr") && header->descr == NULL)
    return (header->descr = take_descr (header)) != NULL;
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

/* "<f4": the order of the bytes, the kind, the size. */
static gboolean
find_dtype (const char *descr,
            SondeDtype *dtype,
            gboolean *swapped)
{
  static const struct
  {
    const char *descr;
    SondeDtype dtype;
  } known[] = {
    { "f4", SONDE_DTYPE_F32 },
    { "f8", SONDE_DTYPE_F64 },
    { "f2", SONDE_DTYPE_F16 },
    { "i8", SONDE_DTYPE_I64 },
    { "i4", SONDE_DTYPE_I32 },
    { "i2", SONDE_DTYPE_I16 },
    { "i1", SONDE_DTYPE_I8 },
    { "u8", SONDE_DTYPE_U64 },
    { "u4", SONDE_DTYPE_U32 },
    { "u2", SONDE_DTYPE_U16 },
    { "u1", SONDE_DTYPE_U8 },
    { "b1", SONDE_DTYPE_BOOL },
  };

  *swapped = descr[0] == '>';
  for (guint i = 0; strchr ("<>=|", descr[0]) != NULL && descr[0] != '\0' && i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].descr, descr + 1))
      {
        *dtype = known[i].dtype;
        return TRUE;
      }
  return FALSE;
}

static char *
describe_elements (const char *descr)
{
  const char *kind = descr[0] != '\0' ? descr + 1 : descr;

  if (*kind == 'V')
    return g_strdup_printf (_ ("its elements are raw bytes, “%.20s”, as numpy saves bfloat16: save them as float32"), descr);
  if (descr[0] == '[')
    return g_strdup (_ ("its elements are records, and numbers are expected"));
  if (*kind == 'O')
    return g_strdup (_ ("its elements are Python objects, which are never unpickled"));
  if (*kind == 'c')
    return g_strdup (_ ("its elements are complex numbers: save their real and imaginary parts, or their absolute values"));
  if (*kind == 'U' || *kind == 'S')
    return g_strdup (_ ("its elements are texts, and numbers are expected"));
  return g_strdup_printf (_ ("its elements are “%.20s”, where f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 and b1 can be read"), descr);
}

gboolean
arrays_npy_measure (const guchar *data,
                    gsize size,
                    const char *what,
                    gsize *header,
                    GError **error)
{
  gsize start, length;

  if (size < 10 || memcmp (data, "\x93NUMPY", 6) != 0)
    return fail (what, _ ("it does not begin with the bytes \\x93NUMPY"), error);
  if (data[6] < 1 || data[6] > 3 || data[7] != 0)
    return fail (what, _ ("its version is none of 1.0, 2.0 and 3.0"), error);
  start = data[6] == 1 ? 10 : 12;
  if (size < start)
    return fail (what, _ ("it ends within its header"), error);
  length = (gsize) data[8] | (gsize) data[9] << 8;
  if (data[6] > 1)
    length |= (gsize) data[10] << 16 | (gsize) data[11] << 24;
  if (length > ARRAYS_MAX_NPY_HEADER - start)
    {
      g_autofree char *problem = g_strdup_printf (_ ("its header has %zu bytes, and at most %d are possible: save the array again"), start + length, ARRAYS_MAX_NPY_HEADER);

      return fail (what, problem, error);
    }
  *header = start + length;
  return TRUE;
}

void
arrays_npy_clear (ArraysNpy *npy)
{
  g_clear_pointer (&npy->problem, sonde_words_unref);
}

gboolean
arrays_npy_parse (const guchar *data,
                  gsize size,
                  const char *what,
                  ArraysNpy *npy,
                  GError **error)
{
  g_auto (Header) header = { 0 };
  SondeDtype dtype;
  gboolean swapped;

  *npy = (ArraysNpy){ 0 };
  if (!arrays_npy_measure (data, size, what, &npy->data_start, error))
    return FALSE;
  if (npy->data_start > size)
    return fail (what, _ ("it ends within its header"), error);
  header.at = (const char *) data + (data[6] == 1 ? 10 : 12);
  header.end = (const char *) data + npy->data_start;
  if (!take_dictionary (&header))
    return fail (what, _ ("its header is no dictionary of descr, fortran_order and shape"), error);
  if (!find_dtype (header.descr, &dtype, &swapped))
    npy->problem = SONDE_WORDS (describe_elements (header.descr));
  else if (!arrays_view_init (&npy->view, dtype, swapped, header.fortran, header.shape, header.n_dims, &npy->n_bytes))
    return fail (what, _ ("its shape is larger than this machine can address"), error);
  return TRUE;
}
