#define G_LOG_DOMAIN "sonde"

#include "sonde-tensor.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-tensor-private.h"

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "Tensors are read in place from little-endian files; this host stores numbers the other way round."
#endif

struct _SondeTensor
{
  SondeDtype dtype;
  guint n_dims;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
  gsize n_elements;
  GBytes *data;
};

/**
 * SondeTensor:
 *
 * An immutable, reference-counted array in C order (the last index runs fastest) over a #GBytes, which it may share with
 * other tensors and with a mapped file. Numbers are little-endian. Safe to share between threads.
 */
G_DEFINE_BOXED_TYPE (SondeTensor, sonde_tensor, sonde_tensor_ref, sonde_tensor_unref)

static const struct
{
  const char *name;
  gsize size;
} dtypes[] = {
  [SONDE_DTYPE_F64] = { "F64", 8 },
  [SONDE_DTYPE_F32] = { "F32", 4 },
  [SONDE_DTYPE_F16] = { "F16", 2 },
  [SONDE_DTYPE_BF16] = { "BF16", 2 },
  [SONDE_DTYPE_I64] = { "I64", 8 },
  [SONDE_DTYPE_I32] = { "I32", 4 },
  [SONDE_DTYPE_I16] = { "I16", 2 },
  [SONDE_DTYPE_I8] = { "I8", 1 },
  [SONDE_DTYPE_U8] = { "U8", 1 },
  [SONDE_DTYPE_BOOL] = { "BOOL", 1 },
  [SONDE_DTYPE_U16] = { "U16", 2 },
  [SONDE_DTYPE_U32] = { "U32", 4 },
  [SONDE_DTYPE_U64] = { "U64", 8 },
  [SONDE_DTYPE_F8_E4M3] = { "F8_E4M3", 1 },
  [SONDE_DTYPE_F8_E5M2] = { "F8_E5M2", 1 },
};

static gboolean
dtype_is_known (SondeDtype dtype)
{
  return (guint) dtype < G_N_ELEMENTS (dtypes);
}

/**
 * sonde_dtype_get_size:
 * @dtype: an element type
 *
 * Gives the bytes of one element.
 *
 * Returns: the bytes of one element
 */
gsize
sonde_dtype_get_size (SondeDtype dtype)
{
  g_return_val_if_fail (dtype_is_known (dtype), 0);

  return dtypes[dtype].size;
}

/**
 * sonde_dtype_get_name:
 * @dtype: an element type
 *
 * Names an element type as safetensors does.
 *
 * Returns: (transfer none): its name as safetensors files spell it, such as "F32"
 */
const char *
sonde_dtype_get_name (SondeDtype dtype)
{
  g_return_val_if_fail (dtype_is_known (dtype), NULL);

  return dtypes[dtype].name;
}

/**
 * sonde_dtype_from_name:
 * @name: a name as safetensors files spell it; upper and lower case differ
 * @dtype: (out): the element type
 *
 * Finds an element type by the name that safetensors has for it.
 *
 * Returns: whether @name is that of a known element type; @dtype is set only then
 */
gboolean
sonde_dtype_from_name (const char *name,
                       SondeDtype *dtype)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (dtype != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (g_str_equal (name, dtypes[i].name))
      {
        *dtype = i;
        return TRUE;
      }
  return FALSE;
}

/**
 * sonde_dtype_to_f32: (skip)
 * @dtype: an element type
 * @source: @n elements of it, little-endian, at any address
 * @n: how many
 * @target: @n numbers; must not overlap @source
 *
 * Converts elements that are not a tensor of their own, as those of an array in another order: see sonde_tensor_to_f32().
 */
void
sonde_dtype_to_f32 (SondeDtype dtype,
                    gconstpointer source,
                    gsize n,
                    float *target)
{
  g_return_if_fail (dtype_is_known (dtype));
  g_return_if_fail (n == 0 || (source != NULL && target != NULL));

  _sonde_convert_to_f32 (dtype, source, n, target);
}

char *
_sonde_shape_to_string (const gsize *shape,
                        guint n_dims)
{
  GString *string = g_string_new ("[");

  for (guint i = 0; i < n_dims; i++)
    g_string_append_printf (string, i == 0 ? "%" G_GSIZE_FORMAT : ", %" G_GSIZE_FORMAT, shape[i]);
  g_string_append_c (string, ']');
  return g_string_free (string, FALSE);
}

/* Zero dimensions are left out of the overflow test: an empty tensor must not hide an absurd [0, 2^60, 2^60], whose number
 * of rows could not be told. */
gboolean
_sonde_shape_count (const gsize *shape,
                    guint n_dims,
                    SondeDtype dtype,
                    gsize *n_elements,
                    gsize *n_bytes)
{
  gsize nonzero = 1;
  gboolean empty = FALSE;

  if (n_dims > SONDE_TENSOR_MAX_DIMS)
    return FALSE;
  for (guint i = 0; i < n_dims; i++)
    {
      if (shape[i] == 0)
        empty = TRUE;
      else if (!g_size_checked_mul (&nonzero, nonzero, shape[i]))
        return FALSE;
    }
  if (!g_size_checked_mul (n_bytes, nonzero, dtypes[dtype].size) || *n_bytes > G_MAXSSIZE)
    return FALSE;

  *n_elements = empty ? 0 : nonzero;
  *n_bytes = empty ? 0 : *n_bytes;
  return TRUE;
}

static SondeTensor *
tensor_new (SondeDtype dtype,
            const gsize *shape,
            guint n_dims,
            gsize n_elements,
            GBytes *data) /* (transfer full) */
{
  SondeTensor *self = g_atomic_rc_box_new0 (SondeTensor);

  self->dtype = dtype;
  self->n_dims = n_dims;
  for (guint i = 0; i < n_dims; i++)
    self->shape[i] = shape[i];
  self->n_elements = n_elements;
  self->data = data;
  return self;
}

/**
 * sonde_tensor_new:
 * @dtype: the element type
 * @shape: (array length=n_dims) (nullable): the length of each dimension; %NULL where @n_dims is 0
 * @n_dims: how many dimensions; 0 makes a single number
 * @data: exactly the elements' bytes, little-endian, in C order; shared, not copied
 * @error: return location for an error
 *
 * Fails with %SONDE_ERROR_SHAPE when there are more than %SONDE_TENSOR_MAX_DIMS dimensions, when their product overflows,
 * or when @data is longer or shorter than the shape says.
 *
 * Returns: (transfer full): a new tensor, or %NULL
 */
SondeTensor *
sonde_tensor_new (SondeDtype dtype,
                  const gsize *shape,
                  guint n_dims,
                  GBytes *data,
                  GError **error)
{
  gsize n_elements, n_bytes;
  g_autofree char *text = NULL;

  g_return_val_if_fail (dtype_is_known (dtype), NULL);
  g_return_val_if_fail (shape != NULL || n_dims == 0, NULL);
  g_return_val_if_fail (data != NULL, NULL);

  if (n_dims > SONDE_TENSOR_MAX_DIMS)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE,
                   _ ("A tensor has %u dimensions; at most %d are possible"), n_dims, SONDE_TENSOR_MAX_DIMS);
      return NULL;
    }
  text = _sonde_shape_to_string (shape, n_dims);
  if (!_sonde_shape_count (shape, n_dims, dtype, &n_elements, &n_bytes))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE,
                   _ ("A tensor of shape %s is larger than this machine can address: divide it"), text);
      return NULL;
    }
  if (g_bytes_get_size (data) != n_bytes)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE,
                   _ ("A tensor of shape %s and type %s takes %zu bytes, but there are %zu: give all of them"),
                   text, dtypes[dtype].name, n_bytes, g_bytes_get_size (data));
      return NULL;
    }
  return tensor_new (dtype, shape, n_dims, n_elements, g_bytes_ref (data));
}

static SondeTensor *
tensor_new_take (SondeDtype dtype,
                 gpointer data,
                 gsize rows,
                 gsize columns)
{
  const gsize shape[] = { rows, columns };
  gsize n_elements, n_bytes;

  g_return_val_if_fail (_sonde_shape_count (shape, 2, dtype, &n_elements, &n_bytes), NULL);
  g_return_val_if_fail (data != NULL || n_elements == 0, NULL);

  return tensor_new (dtype, shape, 2, n_elements, g_bytes_new_take (data, n_bytes));
}

/**
 * sonde_tensor_new_take_f32: (skip)
 * @data: (transfer full): @rows x @columns numbers from g_malloc(), freed with the tensor
 * @rows: length of the first dimension
 * @columns: length of the second dimension
 *
 * Makes a matrix of floats without a copy.
 *
 * Returns: (transfer full): a new tensor of two dimensions
 */
SondeTensor *
sonde_tensor_new_take_f32 (float *data,
                           gsize rows,
                           gsize columns)
{
  return tensor_new_take (SONDE_DTYPE_F32, data, rows, columns);
}

/**
 * sonde_tensor_new_take_f64: (skip)
 * @data: (transfer full): @rows x @columns numbers from g_malloc(), freed with the tensor
 * @rows: length of the first dimension
 * @columns: length of the second dimension
 *
 * Makes a matrix of doubles without a copy.
 *
 * Returns: (transfer full): a new tensor of two dimensions
 */
SondeTensor *
sonde_tensor_new_take_f64 (double *data,
                           gsize rows,
                           gsize columns)
{
  return tensor_new_take (SONDE_DTYPE_F64, data, rows, columns);
}

/**
 * sonde_tensor_ref:
 * @self: a tensor
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self with one more reference
 */
SondeTensor *
sonde_tensor_ref (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
tensor_clear (gpointer data)
{
  SondeTensor *self = data;

  g_bytes_unref (self->data);
}

/**
 * sonde_tensor_unref:
 * @self: (transfer full): a tensor
 *
 * Gives one reference back; the last one frees the tensor.
 */
void
sonde_tensor_unref (SondeTensor *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, tensor_clear);
}

/**
 * sonde_tensor_get_dtype:
 * @self: a tensor
 *
 * Says of which type the elements are.
 *
 * Returns: the type of its elements
 */
SondeDtype
sonde_tensor_get_dtype (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, SONDE_DTYPE_F32);

  return self->dtype;
}

/**
 * sonde_tensor_get_n_dims:
 * @self: a tensor
 *
 * Counts the dimensions.
 *
 * Returns: how many dimensions it has; 0 for a single number
 */
guint
sonde_tensor_get_n_dims (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_dims;
}

/**
 * sonde_tensor_get_shape:
 * @self: a tensor
 * @n_dims: (out) (optional): how many dimensions it has
 *
 * Gives the length along each dimension.
 *
 * Returns: (array length=n_dims) (transfer none): the length of each dimension, the slowest first
 */
const gsize *
sonde_tensor_get_shape (SondeTensor *self,
                        guint *n_dims)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (n_dims != NULL)
    *n_dims = self->n_dims;
  return self->shape;
}

/**
 * sonde_tensor_get_n_elements:
 * @self: a tensor
 *
 * Counts the elements.
 *
 * Returns: the product of all dimensions; 1 where there are none
 */
gsize
sonde_tensor_get_n_elements (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_elements;
}

/**
 * sonde_tensor_get_n_rows:
 * @self: a tensor
 *
 * Counts the rows, of whatever number of dimensions.
 *
 * Returns: the product of all dimensions but the last; 1 for tensors of one dimension or none
 */
gsize
sonde_tensor_get_n_rows (SondeTensor *self)
{
  gsize n_rows = 1;

  g_return_val_if_fail (self != NULL, 0);

  for (guint i = 0; i + 1 < self->n_dims; i++)
    n_rows *= self->shape[i];
  return n_rows;
}

/**
 * sonde_tensor_get_n_columns:
 * @self: a tensor
 *
 * Gives the length of a row.
 *
 * Returns: the last dimension; 1 where there is none
 */
gsize
sonde_tensor_get_n_columns (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_dims == 0 ? 1 : self->shape[self->n_dims - 1];
}

/**
 * sonde_tensor_get_bytes:
 * @self: a tensor
 *
 * Gives the numbers as bytes, without a copy: little-endian, C order.
 *
 * Returns: (transfer none): its elements, little-endian, in C order
 */
GBytes *
sonde_tensor_get_bytes (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->data;
}

/* The elements, or NULL where a pointer to them would be misaligned. An empty tensor still has a valid pointer, so that
 * NULL always means "convert first". */
static gconstpointer
peek_aligned (SondeTensor *self)
{
  static const double nothing = 0;
  gconstpointer data = g_bytes_get_data (self->data, NULL);

  if (self->n_elements == 0)
    return &nothing;
  return (guintptr) data % dtypes[self->dtype].size == 0 ? data : NULL;
}

/**
 * sonde_tensor_get_address:
 * @self: a tensor
 *
 * Lets a language without pointers lay an array of its own over the elements, which must not be written to. It may be an address that
 * does not suit their type.
 *
 * Returns: where its elements are in memory, as long as somebody holds @self
 */
gsize
sonde_tensor_get_address (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return (gsize) (self->n_elements > 0 ? g_bytes_get_data (self->data, NULL) : peek_aligned (self));
}

/**
 * sonde_tensor_new_for_address:
 * @dtype: the element type
 * @shape: (array length=n_dims) (nullable): the length of each dimension; %NULL where @n_dims is 0
 * @n_dims: how many dimensions; 0 makes a single number
 * @address: where in memory all elements are, little-endian, in C order; copied
 * @error: return location for an error
 *
 * Copies an array of a language without pointers. Fails as sonde_tensor_new() does.
 *
 * Returns: (transfer full): a new tensor, or %NULL
 */
SondeTensor *
sonde_tensor_new_for_address (SondeDtype dtype,
                              const gsize *shape,
                              guint n_dims,
                              gsize address,
                              GError **error)
{
  g_autoptr (GBytes) data = NULL;
  gsize n_elements, n_bytes;

  g_return_val_if_fail (dtype_is_known (dtype), NULL);
  g_return_val_if_fail (shape != NULL || n_dims == 0, NULL);

  if (!_sonde_shape_count (shape, n_dims, dtype, &n_elements, &n_bytes))
    n_bytes = 0; /* refused below */
  g_return_val_if_fail (address != 0 || n_bytes == 0, NULL);
  data = g_bytes_new ((gconstpointer) address, n_bytes);
  return sonde_tensor_new (dtype, shape, n_dims, data, error);
}

/**
 * sonde_tensor_peek_f32: (skip)
 * @self: a tensor
 *
 * Gives the numbers in place. A file may store them at an address that does not suit a float; sonde_tensor_to_f32() copies
 * those.
 *
 * Returns: (transfer none) (nullable): all elements, or %NULL unless they are F32 and aligned; never %NULL for an empty F32
 */
const float *
sonde_tensor_peek_f32 (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->dtype == SONDE_DTYPE_F32 ? peek_aligned (self) : NULL;
}

/**
 * sonde_tensor_peek_f64: (skip)
 * @self: a tensor
 *
 * Reaches the numbers of a tensor of float64.
 *
 * Returns: (transfer none) (nullable): all elements, or %NULL unless they are F64 and aligned; never %NULL for an empty F64
 */
const double *
sonde_tensor_peek_f64 (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->dtype == SONDE_DTYPE_F64 ? peek_aligned (self) : NULL;
}

/**
 * sonde_tensor_to_f32:
 * @self: a tensor of any element type and shape
 *
 * F16, BF16 and both F8 convert exactly, infinities, NaNs and subnormals included. F64 and the wider integers round to the nearest
 * float, ties to even; an F64 beyond the range of float becomes infinite. BOOL becomes 0 or 1.
 *
 * Returns: (transfer full): @self where sonde_tensor_peek_f32() works, or a new tensor of the same shape
 */
SondeTensor *
sonde_tensor_to_f32 (SondeTensor *self)
{
  float *values;

  g_return_val_if_fail (self != NULL, NULL);

  if (sonde_tensor_peek_f32 (self) != NULL)
    return sonde_tensor_ref (self);

  values = g_new (float, self->n_elements);
  _sonde_convert_to_f32 (self->dtype, g_bytes_get_data (self->data, NULL), self->n_elements, values);
  return tensor_new (SONDE_DTYPE_F32, self->shape, self->n_dims, self->n_elements,
                     g_bytes_new_take (values, self->n_elements * sizeof *values));
}

/**
 * sonde_tensor_to_f64:
 * @self: a tensor of any element type and shape
 *
 * Everything but I64 and U64 beyond 2^53 converts exactly; that rounds to the nearest double, ties to even.
 *
 * Returns: (transfer full): @self where sonde_tensor_peek_f64() works, or a new tensor of the same shape
 */
SondeTensor *
sonde_tensor_to_f64 (SondeTensor *self)
{
  double *values;

  g_return_val_if_fail (self != NULL, NULL);

  if (sonde_tensor_peek_f64 (self) != NULL)
    return sonde_tensor_ref (self);

  values = g_new (double, self->n_elements);
  _sonde_convert_to_f64 (self->dtype, g_bytes_get_data (self->data, NULL), self->n_elements, values);
  return tensor_new (SONDE_DTYPE_F64, self->shape, self->n_dims, self->n_elements,
                     g_bytes_new_take (values, self->n_elements * sizeof *values));
}

/**
 * sonde_tensor_slice_rows:
 * @self: a tensor of two dimensions
 * @first: the first row of the slice
 * @n_rows: how many rows; @first + @n_rows must not exceed the rows of @self
 *
 * Shows some rows of a matrix, without a copy.
 *
 * Returns: (transfer full): a new tensor, @n_rows x columns, over the same bytes
 */
SondeTensor *
sonde_tensor_slice_rows (SondeTensor *self,
                         gsize first,
                         gsize n_rows)
{
  gsize row_bytes;
  gsize shape[2];

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (self->n_dims == 2, NULL);
  g_return_val_if_fail (first <= self->shape[0] && n_rows <= self->shape[0] - first, NULL);

  shape[0] = n_rows;
  shape[1] = self->shape[1];
  row_bytes = shape[1] * dtypes[self->dtype].size;
  return tensor_new (self->dtype, shape, 2, n_rows * shape[1],
                     g_bytes_new_from_bytes (self->data, first * row_bytes, n_rows * row_bytes));
}

/**
 * sonde_tensor_dup_shape_string:
 * @self: a tensor
 *
 * Writes the shape, for sentences.
 *
 * Returns: (transfer full): its shape for messages: "[92, 768]", and "[]" for a single number
 */
char *
sonde_tensor_dup_shape_string (SondeTensor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return _sonde_shape_to_string (self->shape, self->n_dims);
}
