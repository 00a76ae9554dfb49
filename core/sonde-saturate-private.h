#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sums and products of foretold bytes: what does not fit is as much as fits, and so more than any machine has. */

static inline guint64
_sonde_saturated_sum (guint64 a,
                      guint64 b)
{
  guint64 sum;

  return g_uint64_checked_add (&sum, a, b) ? sum : G_MAXUINT64;
}

static inline guint64
_sonde_saturated_product (guint64 a,
                          guint64 b)
{
  guint64 product;

  return g_uint64_checked_mul (&product, a, b) ? product : G_MAXUINT64;
}

G_END_DECLS
