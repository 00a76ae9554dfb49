#define G_LOG_DOMAIN "sonde"

#include "sonde-tensor-private.h"

#include <string.h>

/* Element types to float and double. Sources may lie at any address, hence memcpy for each element: compilers make a plain
 * load of it. */

static inline float
float_from_bits (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline guint32
bits_from_float (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. Every value exists in binary32. All three cases are
 * computed and one is chosen, so that the loop has no branch and vectorises. */
static inline float
float_from_f16 (guint16 half)
{
  const guint32 sign = (guint32) (half & 0x8000u) << 16;
  const guint32 magnitude = half & 0x7fffu;
  const guint32 normal = (magnitude << 13) + ((127u - 15u) << 23);
  /* zero and subnormals are fraction · 2^-24: as a product of normal floats, since a process may flush subnormal ones */
  const guint32 subnormal = bits_from_float ((float) (gint32) magnitude * 0x1p-24f);
  const guint32 special = magnitude << 13 | 0x7f800000u; /* infinity and NaN: the payload moves along */
  const guint32 finite = magnitude < 0x400u ? subnormal : normal;

  return float_from_bits (sign | (magnitude >= 0x7c00u ? special : finite));
}

/* bfloat16 is the upper half of a binary32. */
static inline float
float_from_bf16 (guint16 upper)
{
  return float_from_bits ((guint32) upper << 16);
}

/* 1 sign, 4 exponent (bias 7), 3 fraction bits, after “FP8 formats for deep learning” (arXiv 2209.05433): no infinities, and of each
 * sign one NaN, all bits set. As above without a branch. */
static inline float
float_from_f8_e4m3 (guint8 byte)
{
  const guint32 sign = (guint32) (byte & 0x80u) << 24;
  const guint32 magnitude = byte & 0x7fu;
  const guint32 normal = (magnitude << 20) + ((127u - 7u) << 23);
  const guint32 subnormal = bits_from_float ((float) (gint32) magnitude * 0x1p-9f);
  const guint32 finite = magnitude < 0x8u ? subnormal : normal;

  return float_from_bits (sign | (magnitude == 0x7fu ? 0x7fc00000u : finite));
}

static inline float
float_from_f8_e5m2 (guint8 byte)
{
  return float_from_f16 ((guint16) (byte << 8));
}

#define KEEP(value) (value)
#define TRUTH(value) ((value) != 0)

#define CONVERT(Source, Target, convert)                                             \
  for (gsize i = 0; i < n; i++)                                                      \
    {                                                                                \
      Source element;                                                                \
                                                                                     \
      memcpy (&element, (const char *) source + i * sizeof element, sizeof element); \
      target[i] = (Target) convert (element);                                        \
    }                                                                                \
  break

#define CONVERT_ALL(Target)                         \
  switch (dtype)                                    \
    {                                               \
    case SONDE_DTYPE_F64:                           \
      CONVERT (double, Target, KEEP);               \
    case SONDE_DTYPE_F32:                           \
      CONVERT (float, Target, KEEP);                \
    case SONDE_DTYPE_F16:                           \
      CONVERT (guint16, Target, float_from_f16);    \
    case SONDE_DTYPE_BF16:                          \
      CONVERT (guint16, Target, float_from_bf16);   \
    case SONDE_DTYPE_I64:                           \
      CONVERT (gint64, Target, KEEP);               \
    case SONDE_DTYPE_I32:                           \
      CONVERT (gint32, Target, KEEP);               \
    case SONDE_DTYPE_I16:                           \
      CONVERT (gint16, Target, KEEP);               \
    case SONDE_DTYPE_I8:                            \
      CONVERT (gint8, Target, KEEP);                \
    case SONDE_DTYPE_U8:                            \
      CONVERT (guint8, Target, KEEP);               \
    case SONDE_DTYPE_BOOL:                          \
      CONVERT (guint8, Target, TRUTH);              \
    case SONDE_DTYPE_U16:                           \
      CONVERT (guint16, Target, KEEP);              \
    case SONDE_DTYPE_U32:                           \
      CONVERT (guint32, Target, KEEP);              \
    case SONDE_DTYPE_U64:                           \
      CONVERT (guint64, Target, KEEP);              \
    case SONDE_DTYPE_F8_E4M3:                       \
      CONVERT (guint8, Target, float_from_f8_e4m3); \
    case SONDE_DTYPE_F8_E5M2:                       \
      CONVERT (guint8, Target, float_from_f8_e5m2); \
    }

void
_sonde_convert_to_f32 (SondeDtype dtype,
                       const void *source,
                       gsize n,
                       float *target)
{
  if (dtype == SONDE_DTYPE_F32 && n > 0)
    memcpy (target, source, n * sizeof *target);
  else
    CONVERT_ALL (float)
}

void
_sonde_convert_to_f64 (SondeDtype dtype,
                       const void *source,
                       gsize n,
                       double *target)
{
  CONVERT_ALL (double)
}
