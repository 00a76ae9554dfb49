#include "sonde-math-blas.h"
#include "sonde-math-private.h"

/**
 * sonde_math_multiply:
 * @a: [m, k], rows @a_stride apart
 * @b: [k, n], or [n, k] where it is @transposed; rows @b_stride apart
 * @c: (inout): [m, n], rows @c_stride apart; not read where @beta is 0
 *
 * c = alpha a b + beta c, or with the transpose of @b. What models are made of: a provider that calls this need not be linked with
 * any algebra, and its products run in the library that was opened with kernels that fit the processor.
 */
void
sonde_math_multiply (size_t m,
                     size_t n,
                     size_t k,
                     float alpha,
                     const float *a,
                     size_t a_stride,
                     const float *b,
                     size_t b_stride,
                     bool transposed,
                     float beta,
                     float *c,
                     size_t c_stride)
{
  _sonde_math_blas ()->sgemm (CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans,
                              (blasint) m, (blasint) n, (blasint) k,
                              alpha, a, (blasint) a_stride, b, (blasint) b_stride,
                              beta, c, (blasint) c_stride);
}
