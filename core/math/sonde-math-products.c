#include "sonde-math-blas.h"
#include "sonde-math-private.h"

#include <math.h>

/* What a matrix of few rows is asked for more than once, from one product: X Xᵀ has the lengths and the cosines of the rows in it,
 * and the Gram matrix of the centred rows. */

/* Columns that become float64 at a time. */
#define DEPTH 512
/* Centring afterwards takes the digits of the means away from those of what is left: where the first are more than so many times
 * the second, in squares, it is for who centres first. */
#define MOST_OF_MEANS 1e6

VECTORISED
static void
widen (const float *restrict x, size_t rows, size_t columns, size_t width, double *restrict out)
{
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < width; j++)
      out[i * width + j] = x[i * columns + j];
}

size_t
sonde_math_row_products_workspace (size_t rows, size_t columns)
{
  return rows * (columns < DEPTH ? columns : DEPTH);
}

/**
 * sonde_math_row_products:
 * @x: [rows, columns], finite
 * @workspace: [sonde_math_row_products_workspace (rows, columns)], overwritten
 * @products: (out): [rows, rows]
 *
 * X Xᵀ in float64, in blocks of columns; symmetric to the last bit.
 */
void
sonde_math_row_products (const float *x,
                         size_t rows,
                         size_t columns,
                         double *workspace,
                         double *products)
{
  for (size_t left = 0; left < columns; left += DEPTH)
    {
      size_t width = columns - left < DEPTH ? columns - left : DEPTH;
      widen (x + left, rows, columns, width, workspace);
      _sonde_math_blas ()->dsyrk (CblasRowMajor, CblasUpper, CblasNoTrans, (blasint) rows, (blasint) width,
                                  1, workspace, (blasint) width, left > 0, products, (blasint) rows);
    }
  _sonde_math_mirror_upper (products, rows);
}

/**
 * sonde_math_cosine_from_products:
 * @products: [n, n], from sonde_math_row_products()
 * @lengths: [n], the roots of its diagonal
 * @out: (out): [n, n], as from sonde_math_cosine_self()
 *
 * xᵢ·xⱼ / (|xᵢ| |xⱼ|), clipped to [-1, 1]; the diagonal is 1, or 0 for a row of zeros.
 */
void
sonde_math_cosine_from_products (const double *products,
                                 size_t n,
                                 const double *lengths,
                                 double *out)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      {
        /* divided one after the other: the product of two lengths could leave the doubles, and of equal rows this is symmetric */
        double first = lengths[i < j ? i : j], second = lengths[i < j ? j : i];
        bool zero = first == 0 || second == 0;
        out[i * n + j] = zero ? 0 : i == j ? 1
                                           : _sonde_math_clip (products[i * n + j] / first / second);
      }
}

/**
 * sonde_math_center_products:
 * @products: (inout): [n, n], from sonde_math_row_products() of a matrix X; becomes X̃ X̃ᵀ, X̃ = X less its column means
 * @means: [n], overwritten
 *
 * gᵢⱼ − ḡᵢ − ḡⱼ + ḡ, where ḡᵢ is the mean of row i and ḡ that of all (Gower 1966). That subtracts what the means have in the products,
 * and with it their rounding.
 *
 * Returns: false where more than six digits go that way; @products are of no use then
 */
bool
sonde_math_center_products (double *products,
                            size_t n,
                            double *means)
{
  double all = 0, before = 0, after = 0;

  for (size_t i = 0; i < n; i++)
    {
      double sum = 0;
      for (size_t j = 0; j < n; j++)
        sum += products[i * n + j];
      means[i] = sum / (double) n;
      all += means[i] / (double) n;
      before += products[i * n + i];
    }
  for (size_t i = 0; i < n; i++)
    for (size_t j = i; j < n; j++)
      products[i * n + j] = products[j * n + i] = (products[i * n + j] - means[i]) - (means[j] - all);
  for (size_t i = 0; i < n; i++)
    after += products[i * n + i];
  return after * MOST_OF_MEANS > before;
}
