#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-numbers-private.h"

#include <math.h>
#include <string.h>

/* Four uniform numbers of a linear congruential generator, added up. */
float
_sonde_testing_draw (guint64 *state)
{
  double sum = -2;

  for (guint i = 0; i < 4; i++)
    {
      *state = *state * G_GUINT64_CONSTANT (6364136223846793005) + G_GUINT64_CONSTANT (1442695040888963407);
      sum += (double) (*state >> 40) / (1 << 24);
    }
  return (float) sum;
}

static void
scale (float *values,
       gsize n,
       double factor)
{
  for (gsize i = 0; i < n; i++)
    values[i] = (float) (values[i] * factor);
}

static void
fill (float *row,
      gsize n,
      float value)
{
  for (gsize i = 0; i < n; i++)
    row[i] = value;
}

static void
fill_rows (float *values,
           gsize n_rows,
           gsize n_columns,
           float value)
{
  for (gsize i = 0; i < n_rows && i <= 2; i += 2)
    fill (values + i * n_columns, n_columns, value);
}

static void
repeat_rows (float *values,
             gsize n_rows,
             gsize n_columns)
{
  for (gsize i = 1; i < n_rows; i += 2)
    memcpy (values + i * n_columns, values + (i - 1) * n_columns, n_columns * sizeof *values);
}

/* From the third on, rows are sums of multiples of the first two, which span them all. */
static void
add_up_rows (float *values,
             gsize n_rows,
             gsize n_columns)
{
  for (gsize i = 2; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      values[i * n_columns + j] = values[j] * ((float) (i % 5) - 2) + values[n_columns + j];
}

void
_sonde_testing_spoil (SondeTestingPathology pathology,
                      float *values,
                      gsize n_rows,
                      gsize n_columns)
{
  if (n_rows == 0 || n_columns == 0)
    return;
  switch ((int) pathology)
    {
    case SONDE_TESTING_ZERO_ROWS:
      fill_rows (values, n_rows, n_columns, 0);
      break;
    case SONDE_TESTING_FLAT_ROWS:
      fill_rows (values, n_rows, n_columns, 1.5f);
      break;
    case SONDE_TESTING_RANK_DEFICIENT:
      add_up_rows (values, n_rows, n_columns);
      break;
    case SONDE_TESTING_DUPLICATE_ROWS:
      repeat_rows (values, n_rows, n_columns);
      break;
    case SONDE_TESTING_HUGE:
      scale (values, n_rows * n_columns, 7.5e37);
      break;
    case SONDE_TESTING_TINY:
      scale (values, n_rows * n_columns, 2.5e-40);
      break;
    case SONDE_TESTING_NAN:
      values[n_rows > 1 ? n_columns : 0] = NAN;
      break;
    case SONDE_TESTING_INFINITE:
      values[n_rows > 1 ? n_columns : 0] = INFINITY;
      break;
    default:
      break;
    }
}
