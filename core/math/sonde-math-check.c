#include "sonde-math-private.h"

#include <float.h>
#include <math.h>

/* One row at a time without an early exit, which the compiler turns into vector code. */
static bool
row_is_finite (const float *restrict x, size_t columns)
{
  unsigned bad = 0;
  for (size_t j = 0; j < columns; j++)
    bad |= !(fabsf (x[j]) <= FLT_MAX);
  return !bad;
}

/**
 * sonde_math_all_finite:
 * @x: [rows, columns]
 * @row: (out) (nullable): where the first NaN or infinity stands, in row-major order
 * @column: (out) (nullable): its column
 *
 * Looks for values no statistic can be taken of. The places are set only when the answer is false.
 */
bool
sonde_math_all_finite (const float *x,
                       size_t rows,
                       size_t columns,
                       size_t *row,
                       size_t *column)
{
  for (size_t i = 0; i < rows; i++)
    {
      const float *values = x + i * columns;
      if (row_is_finite (values, columns))
        continue;

      size_t j = 0;
      while (isfinite (values[j]))
        j++;
      if (row)
        *row = i;
      if (column)
        *column = j;
      return false;
    }
  return true;
}
