/* This file is compiled with -O3 and without regard to errno and floating-point exceptions, so that loops vectorise; no flag
 * changes a value. In particular sums are not reordered by the compiler, which would also join the two halves of ln 2 below,
 * and NaN and infinity come out of every function that they went into. Long sums are written in lanes instead. */

#include "gpt2-kernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <math/sonde-math.h>

/* One body, compiled once per instruction set; the loader picks. meson.build checks that the compiler can. */
#ifdef GPT2_HAVE_TARGET_CLONES
#define VECTORISED __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif

/* Called in loops that must vectorise. */
#define INLINE static inline __attribute__ ((always_inline))

#define LANES 16

/* The sum of (x [n] - origin)^power, power 1 or 2, in float64. */
INLINE double
sum_powers (const float *restrict x, size_t n, double origin, int power)
{
  double lane[LANES] = { 0 }, sum = 0;
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lane[j] += power == 1 ? x[i + j] - origin : (x[i + j] - origin) * (x[i + j] - origin);
  for (; i < n; i++)
    sum += power == 1 ? x[i] - origin : (x[i] - origin) * (x[i] - origin);
  for (size_t j = 0; j < LANES; j++)
    sum += lane[j];
  return sum;
}

/* Mean and 1 / sqrt (variance + epsilon), variance over n: two passes, because the one-pass form loses the variance of rows
 * that lie far from zero. Sums in float64. */
VECTORISED
void
gpt2_layer_norm (const float *restrict x,
                 size_t rows,
                 size_t features,
                 const float *restrict gain,
                 const float *restrict bias,
                 float epsilon,
                 float *restrict out)
{
  for (size_t row = 0; row < rows; row++)
    {
      const float *in = x + row * features;
      float *to = out + row * features;
      const double mean = sum_powers (in, features, 0, 1) / (double) features;
      const double variance = sum_powers (in, features, mean, 2) / (double) features;
      const double scale = 1 / sqrt (variance + (double) epsilon);

      for (size_t i = 0; i < features; i++)
        to[i] = (float) ((in[i] - mean) * scale * gain[i] + bias[i]);
    }
}

/* e^x, relative error below 1e-7: x = n ln 2 + r with |r| <= ln 2 / 2, the Taylor series of e^r to r^7 (remainder 5e-9), and
 * n added to the exponent bits. x is held within [-87, 88], where neither the result nor 2^n leaves the normal numbers. */
INLINE float
exponential (float x)
{
  const float below = x < 88.0f ? x : 88.0f; /* NaN becomes 88 here, and comes back at the end */
  const float held = below > -87.0f ? below : -87.0f;
  const int32_t biased = (int32_t) (held * 1.44269504f + 127.5f); /* n + 127, positive, so that cutting it rounds n */
  const float n = (float) (biased - 127);
  /* ln 2 in two parts, the first of few bits, so that n times it is exact. */
  const float r = (held - n * 0.693359375f) + n * 2.12194440e-4f;
  const uint32_t bits = (uint32_t) biased << 23;
  float p = 1.0f / 5040, power;

  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  memcpy (&power, &bits, sizeof power);
  return x == x ? p * power : x;
}

/* Hendrycks and Gimpel 2016, the form with tanh. With u = sqrt (2/pi) (x + 0.044715 x^3) it is x / (1 + e^(-2u)), since
 * (1 + tanh u) / 2 = 1 / (1 + e^(-2u)); the quotient keeps its relative accuracy where 1 + tanh u would cancel. */
VECTORISED
void
gpt2_gelu_new (float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      const float v = x[i];
      const float minus_2u = -1.5957691216f * v * (1.0f + 0.044715f * v * v);

      x[i] = v / (1.0f + exponential (minus_2u));
    }
}

void
gpt2_gelu_erf (float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] = 0.5f * x[i] * (1.0f + erff (x[i] * 0.70710678f));
}

VECTORISED
void
gpt2_relu (float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] = x[i] < 0 ? 0 : x[i];
}

VECTORISED
void
gpt2_add (float *restrict x, const float *restrict y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] += y[i];
}

/* The exponent bits are all ones in NaN and in infinity, and in nothing else. */
INLINE uint32_t
is_not_finite (float x)
{
  uint32_t bits;

  memcpy (&bits, &x, sizeof bits);
  return (bits & 0x7f800000u) == 0x7f800000u;
}

VECTORISED
bool
gpt2_all_finite (const float *x, size_t n)
{
  uint32_t found = 0;

  for (size_t i = 0; i < n; i++)
    found |= is_not_finite (x[i]);
  return found == 0;
}

/* Whole stretches first: they are looked at many values at a time. */
size_t
gpt2_find_not_finite (const float *x, size_t n)
{
  const size_t stretch = 1024;
  size_t i = 0;

  while (n - i >= stretch && gpt2_all_finite (x + i, stretch))
    i += stretch;
  while (i < n && !is_not_finite (x[i]))
    i++;
  return i;
}

/* The sum of the first n of x [LANES], in pairs: a chain of additions would take longer than all else that is done to a short row. */
INLINE double
sum_lanes (const float *x, size_t n)
{
  double lane[LANES];

  for (size_t j = 0; j < LANES; j++)
    lane[j] = j < n ? x[j] : 0;
  for (size_t j = 0; j < LANES / 2; j++)
    lane[j] += lane[j + LANES / 2];
  for (size_t j = 0; j < LANES / 4; j++)
    lane[j] += lane[j + LANES / 4];
  return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

/* row [n] = e^(row - max) / sum of them, then zeros up to width. The maximum is kept in lanes: a comparison that must respect
 * NaN does not vectorise as one running value. A NaN is no maximum, but its exponential makes the sum NaN, and so the row.
 * Many rows are shorter than a vector, and all have an end: it is filled up to a vector's length, and taken as one. */
VECTORISED
static void
softmax (float *row, size_t n, size_t width)
{
  const size_t rest = n % LANES, whole = n - rest;
  float lane[LANES], end[LANES], largest = row[0], scale;

  for (size_t j = 0; j < LANES; j++)
    end[j] = row[0];
  memcpy (end, row + whole, rest * sizeof *row);
  memcpy (lane, end, sizeof lane);
  for (size_t i = 0; i < whole; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lane[j] = row[i + j] > lane[j] ? row[i + j] : lane[j];
  for (size_t j = 0; j < LANES; j++)
    largest = lane[j] > largest ? lane[j] : largest;

  for (size_t i = 0; i < whole; i++)
    row[i] = exponential (row[i] - largest);
  for (size_t j = 0; j < LANES; j++)
    end[j] = exponential (end[j] - largest);
  scale = (float) (1 / (sum_powers (row, whole, 0, 1) + sum_lanes (end, rest)));
  for (size_t i = 0; i < whole; i++)
    row[i] *= scale;
  for (size_t j = 0; j < LANES; j++)
    end[j] *= scale;
  memcpy (row + whole, end, rest * sizeof *row);
  memset (row + n, 0, (width - n) * sizeof *row);
}

static size_t
smaller (size_t a, size_t b)
{
  return a < b ? a : b;
}

size_t
gpt2_attention_workspace (size_t n_queries, size_t n_keys)
{
  return smaller (n_queries, GPT2_ATTENTION_BLOCK) * n_keys;
}

/* Copies those of weights [rows, width], of the queries at positions [rows], that the pattern wants. done: how many it has
 * already; returns how many it has then. */
static size_t
take_pattern (const Gpt2Pattern *pattern,
              size_t done,
              const float *weights,
              const size_t *positions,
              size_t rows,
              size_t width)
{
  for (size_t i = 0; i < rows && done < pattern->n; i++)
    if (positions[i] == pattern->positions[done])
      {
        float *to = pattern->rows + done++ * pattern->stride;

        memcpy (to, weights + i * width, width * sizeof *to);
        memset (to + width, 0, (pattern->width - width) * sizeof *to);
      }
  return done;
}

/* Vaswani et al. 2017, section 3.2.1, with the causal mask. Queries go in blocks: the scores of a long sequence never stand
 * in memory as a square, and keys after the block's last query are not multiplied at all. */
void
gpt2_attention (const float *q,
                size_t q_stride,
                const size_t *positions,
                size_t n_queries,
                const float *k,
                const float *v,
                size_t kv_stride,
                size_t n_keys,
                size_t size,
                float scale,
                float *out,
                size_t out_stride,
                const Gpt2Pattern *pattern,
                float *workspace)
{
  size_t done = 0;

  for (size_t first = 0; first < n_queries; first += GPT2_ATTENTION_BLOCK)
    {
      const size_t rows = smaller (GPT2_ATTENTION_BLOCK, n_queries - first);
      const size_t width = smaller (positions[first + rows - 1] + 1, n_keys);

      sonde_math_multiply (rows, width, size, scale, q + first * q_stride, q_stride, k, kv_stride, true, 0, workspace, width);
      for (size_t i = 0; i < rows; i++)
        softmax (workspace + i * width, smaller (positions[first + i] + 1, width), width);
      if (pattern)
        done = take_pattern (pattern, done, workspace, positions + first, rows, width);
      if (out)
        sonde_math_multiply (rows, size, width, 1, workspace, width, v, kv_stride, false, 0, out + first * out_stride, out_stride);
    }
}
