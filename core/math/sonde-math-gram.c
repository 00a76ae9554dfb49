#include "sonde-math-blas.h"
#include "sonde-math-private.h"

#include <string.h>

/* A product of blocks this deep runs as fast as one of whole matrices: about as deep as the library's own blocks are. */
#define LEAST_DEPTH 384
/* Numbers in a block where that is deeper; 8 MiB. */
#define BLOCK_SIZE ((size_t) 1 << 20)
/* Columns whose means are found together: what is read twice stays in the caches. */
#define N_TOGETHER 256

/* How far a block goes along the longer side of the matrix. */
static size_t
depth_of (size_t rows, size_t columns)
{
  size_t order = rows < columns ? rows : columns, longer = rows < columns ? columns : rows;
  size_t depth = order > 0 ? BLOCK_SIZE / order : 0;
  depth = depth > LEAST_DEPTH ? depth : LEAST_DEPTH;
  return depth < longer ? depth : longer;
}

/* x [rows, width] inside a matrix with columns columns: mean + rest [width] are its means. Twice: the mean of what is left after
 * the rounded mean has been taken away. */
VECTORISED
static void
find_means (const float *restrict x, size_t rows, size_t columns, size_t width, double *restrict mean, double *restrict rest)
{
  for (size_t j = 0; j < width; j++)
    mean[j] = rest[j] = 0;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < width; j++)
      mean[j] += x[i * columns + j];
  for (size_t j = 0; j < width; j++)
    mean[j] /= (double) rows;
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < width; j++)
      rest[j] += x[i * columns + j] - mean[j];
  for (size_t j = 0; j < width; j++)
    rest[j] /= (double) rows;
}

/* out [rows, width], dense: x [rows, width] inside a matrix with columns columns, less its means. */
VECTORISED
static void
center (const float *restrict x, size_t rows, size_t columns, size_t width, const double *restrict mean, const double *restrict rest, double *restrict out)
{
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < width; j++)
      out[i * width + j] = (x[i * columns + j] - mean[j]) - rest[j];
}

static void
find_all_means (const float *x, size_t rows, size_t columns, size_t width, double *mean, double *rest, SondeMathSum *squares)
{
  for (size_t left = 0; left < width; left += N_TOGETHER)
    find_means (x + left, rows, columns, width - left < N_TOGETHER ? width - left : N_TOGETHER, mean + left, rest + left);
  for (size_t j = 0; j < width; j++)
    _sonde_math_sum_add (squares, mean[j] * mean[j]);
}

/* Block by block of columns: gram [rows, rows] += X̃ X̃ᵀ. Returns the sum of the squared means. */
static double
add_columns (const float *x, size_t rows, size_t columns, size_t depth, double *workspace, double *gram)
{
  SondeMathSum squares = { 0 };
  double *mean = workspace + rows * depth, *rest = mean + depth;

  for (size_t left = 0; left < columns; left += depth)
    {
      size_t width = columns - left < depth ? columns - left : depth;
      find_all_means (x + left, rows, columns, width, mean, rest, &squares);
      center (x + left, rows, columns, width, mean, rest, workspace);
      _sonde_math_blas ()->dsyrk (CblasRowMajor, CblasUpper, CblasNoTrans, (blasint) rows, (blasint) width,
                                  1, workspace, (blasint) width, left > 0, gram, (blasint) rows);
    }
  return _sonde_math_sum_get (&squares);
}

/* Block by block of rows: gram [columns, columns] += X̃ᵀ X̃. Returns the sum of the squared means. */
static double
add_rows (const float *x, size_t rows, size_t columns, size_t depth, double *workspace, double *gram)
{
  SondeMathSum squares = { 0 };
  double *mean = workspace + columns * depth, *rest = mean + columns;

  find_all_means (x, rows, columns, columns, mean, rest, &squares);
  for (size_t top = 0; top < rows; top += depth)
    {
      size_t height = rows - top < depth ? rows - top : depth;
      center (x + top * columns, height, columns, columns, mean, rest, workspace);
      _sonde_math_blas ()->dsyrk (CblasRowMajor, CblasUpper, CblasTrans, (blasint) columns, (blasint) height,
                                  1, workspace, (blasint) columns, top > 0, gram, (blasint) columns);
    }
  return _sonde_math_sum_get (&squares);
}

/**
 * sonde_math_centered_gram_workspace:
 *
 * Returns: how many numbers sonde_math_centered_gram() works with: a block of the centred matrix and means, at most
 * 2²⁰ + 384 m + 2 max (m, 2²⁰ / m), with m = min (@rows, @columns): 10 MiB for any number of rows of 3072 features
 */
size_t
sonde_math_centered_gram_workspace (size_t rows,
                                    size_t columns)
{
  size_t order = rows < columns ? rows : columns, depth = depth_of (rows, columns);
  return order * depth + 2 * (rows <= columns ? depth : columns);
}

/**
 * sonde_math_centered_gram:
 * @x: [rows, columns], finite
 * @workspace: [sonde_math_centered_gram_workspace (rows, columns)], overwritten
 * @gram: (out): [min (rows, columns)²], full and symmetric
 *
 * With X̃ for X less its column means: X̃ X̃ᵀ or X̃ᵀ X̃, whichever is smaller. The eigenvalues of either are the squared singular
 * values of X̃, the larger one only adds zeros; so neither the participation ratio nor the effective dimension needs an SVD.
 *
 * Rows that are equal but for the rounding of float32 count as equal: where ‖X̃‖² ≤ (32 ε)² n ‖x̄‖², ε = 2⁻²³, n rows and x̄
 * their mean, @gram is all zeros. The dimensions of rounding noise would depend on the processor.
 *
 * Returns: the order of @gram
 */
size_t
sonde_math_centered_gram (const float *x,
                          size_t rows,
                          size_t columns,
                          double *workspace,
                          double *gram)
{
  size_t order = rows < columns ? rows : columns, depth = depth_of (rows, columns);
  if (order == 0)
    return 0;

  double squares = (rows <= columns ? add_columns : add_rows) (x, rows, columns, depth, workspace, gram);
  double trace = 0;
  for (size_t i = 0; i < order; i++)
    trace += gram[i * order + i];
  if (trace <= SONDE_MATH_ROUNDING * SONDE_MATH_ROUNDING * (double) rows * squares)
    memset (gram, 0, order * order * sizeof *gram);
  else
    _sonde_math_mirror_upper (gram, order);
  return order;
}
