#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define SONDE_TYPE_TENSOR (sonde_tensor_get_type ())

/**
 * SONDE_TENSOR_MAX_DIMS:
 *
 * The most dimensions a tensor may have.
 */
#define SONDE_TENSOR_MAX_DIMS 8

/**
 * SondeDtype:
 * @SONDE_DTYPE_F64: float of 64 bits
 * @SONDE_DTYPE_F32: float of 32 bits
 * @SONDE_DTYPE_F16: float of 16 bits: 5 of exponent, 10 of mantissa
 * @SONDE_DTYPE_BF16: the upper half of an F32
 * @SONDE_DTYPE_I64: signed integer of 64 bits
 * @SONDE_DTYPE_I32: signed integer of 32 bits
 * @SONDE_DTYPE_I16: signed integer of 16 bits
 * @SONDE_DTYPE_I8: signed integer of 8 bits
 * @SONDE_DTYPE_U8: unsigned integer of 8 bits
 * @SONDE_DTYPE_BOOL: a byte: 0 or 1
 * @SONDE_DTYPE_U16: unsigned integer of 16 bits
 * @SONDE_DTYPE_U32: unsigned integer of 32 bits
 * @SONDE_DTYPE_U64: unsigned integer of 64 bits
 * @SONDE_DTYPE_F8_E4M3: float of 8 bits without infinities, as neural networks have it: the largest is 448
 * @SONDE_DTYPE_F8_E5M2: the upper half of an F16
 *
 * The element types that files may hold. Computation uses F32 and F64; the others convert on use.
 */
typedef enum
{
  SONDE_DTYPE_F64,
  SONDE_DTYPE_F32,
  SONDE_DTYPE_F16,
  SONDE_DTYPE_BF16,
  SONDE_DTYPE_I64,
  SONDE_DTYPE_I32,
  SONDE_DTYPE_I16,
  SONDE_DTYPE_I8,
  SONDE_DTYPE_U8,
  SONDE_DTYPE_BOOL,
  SONDE_DTYPE_U16,
  SONDE_DTYPE_U32,
  SONDE_DTYPE_U64,
  SONDE_DTYPE_F8_E4M3,
  SONDE_DTYPE_F8_E5M2,
} SondeDtype;

/* An immutable, reference-counted array in C order (last index fastest) over a GBytes. */
typedef struct _SondeTensor SondeTensor;

GType sonde_tensor_get_type (void);

gsize sonde_dtype_get_size (SondeDtype dtype);
const char *sonde_dtype_get_name (SondeDtype dtype); /* "F32", as safetensors spells it */
gboolean sonde_dtype_from_name (const char *name, SondeDtype *dtype);
/* @source: @n elements, little-endian, at any address; as sonde_tensor_to_f32() converts them. */
void sonde_dtype_to_f32 (SondeDtype dtype, gconstpointer source, gsize n, float *target);

SondeTensor *sonde_tensor_new (SondeDtype dtype, const gsize *shape, guint n_dims, GBytes *data, GError **error);
SondeTensor *sonde_tensor_new_take_f32 (float *data, gsize rows, gsize columns);  /* data from g_malloc; 2-D */
SondeTensor *sonde_tensor_new_take_f64 (double *data, gsize rows, gsize columns); /* data from g_malloc; 2-D */
SondeTensor *sonde_tensor_ref (SondeTensor *self);
void sonde_tensor_unref (SondeTensor *self);

SondeDtype sonde_tensor_get_dtype (SondeTensor *self);
guint sonde_tensor_get_n_dims (SondeTensor *self);
const gsize *sonde_tensor_get_shape (SondeTensor *self, guint *n_dims);
gsize sonde_tensor_get_n_elements (SondeTensor *self);
gsize sonde_tensor_get_n_rows (SondeTensor *self);    /* product of all dimensions but the last; 1 for 0-D and 1-D */
gsize sonde_tensor_get_n_columns (SondeTensor *self); /* the last dimension; 1 for 0-D */
GBytes *sonde_tensor_get_bytes (SondeTensor *self);

/* For languages that see memory as numbers and lengths: where the elements lie, as long as the tensor does; and copying them from there. */
gsize sonde_tensor_get_address (SondeTensor *self);
SondeTensor *sonde_tensor_new_for_address (SondeDtype dtype, const gsize *shape, guint n_dims, gsize address, GError **error);

const float *sonde_tensor_peek_f32 (SondeTensor *self);  /* NULL unless F32 and aligned */
const double *sonde_tensor_peek_f64 (SondeTensor *self); /* NULL unless F64 and aligned */
SondeTensor *sonde_tensor_to_f32 (SondeTensor *self);    /* (transfer full): itself where it is already F32 and aligned */
SondeTensor *sonde_tensor_to_f64 (SondeTensor *self);
SondeTensor *sonde_tensor_slice_rows (SondeTensor *self, gsize first, gsize n_rows); /* (transfer full), shares the bytes; 2-D */
char *sonde_tensor_dup_shape_string (SondeTensor *self);                             /* "[92, 768]" */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeTensor, sonde_tensor_unref)

G_END_DECLS
