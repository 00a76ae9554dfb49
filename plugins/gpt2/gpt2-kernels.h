#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The arithmetic of GPT-2 beside the matrix products: pure C over pointers and sizes, no GLib. Matrices are row-major;
 * a stride is the distance between the starts of two rows, in elements. No function allocates, and each one carries NaN
 * in its input to its output. */

/* out [rows, features] = every row of x [rows, features] less its mean, over its standard deviation, times gain
 * [features], plus bias [features]. */
void gpt2_layer_norm (const float *restrict x, size_t rows, size_t features, const float *restrict gain, const float *restrict bias, float epsilon, float *restrict out);

/* x [n] becomes 0.5 x (1 + tanh (sqrt (2/pi) (x + 0.044715 x^3))). */
void gpt2_gelu_new (float *x, size_t n);
/* x [n] becomes 0.5 x (1 + erf (x / sqrt (2))). */
void gpt2_gelu_erf (float *x, size_t n);
/* x [n] becomes max (x, 0). */
void gpt2_relu (float *x, size_t n);

/* x [n] += y [n] */
void gpt2_add (float *restrict x, const float *restrict y, size_t n);

/* True where every value of x [n] is finite. */
bool gpt2_all_finite (const float *x, size_t n);
/* The index of the first value of x [n] that is not finite; n where there is none. */
size_t gpt2_find_not_finite (const float *x, size_t n);

/* How many queries are weighed at once, and the floats of workspace for a sequence of n_keys positions. */
#define GPT2_ATTENTION_BLOCK 64
size_t gpt2_attention_workspace (size_t n_queries, size_t n_keys);

/* Where the weights of some queries go. */
typedef struct
{
  const size_t *positions; /* [n], ascending: theirs, each of which is one of the queries' */
  size_t n;
  float *rows; /* [n, width], stride apart: zeros behind the query's own position */
  size_t stride;
  size_t width; /* at least the last position and one */
} Gpt2Pattern;

/* Causal attention of one head over one sequence:
 * out [n_queries, size] = softmax (scale q k^T) v, q [n_queries, size], k and v [n_keys, size] of the same kv_stride.
 * positions [n_queries], ascending: query i sees keys 0 ... positions[i]. v and out may be NULL, where only the weights are
 * wanted; pattern may be NULL, where they are not. workspace: gpt2_attention_workspace () floats. */
void gpt2_attention (const float *q, size_t q_stride, const size_t *positions, size_t n_queries, const float *k, const float *v, size_t kv_stride, size_t n_keys, size_t size, float scale, float *out, size_t out_stride, const Gpt2Pattern *pattern, float *workspace);
