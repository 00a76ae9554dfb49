#include "naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static long double
naive_dot (const float *x, const float *y, size_t n)
{
  long double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (long double) x[i] * y[i];
  return sum;
}

void
naive_cosine (const float *x, size_t n, const float *y, size_t m, size_t columns, double *out)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++)
      {
        const float *a = x + i * columns, *b = y + j * columns;
        long double lengths = sqrtl (naive_dot (a, a, columns)) * sqrtl (naive_dot (b, b, columns));
        out[i * m + j] = lengths == 0 ? 0 : (double) (naive_dot (a, b, columns) / lengths);
      }
}

static long double
naive_mean (const double *x, size_t n)
{
  long double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  return sum / n;
}

double
naive_pearson (const double *x, const double *y, size_t n)
{
  long double xx = 0, yy = 0, xy = 0, mean_x = naive_mean (x, n), mean_y = naive_mean (y, n);
  for (size_t i = 0; i < n; i++)
    {
      xx += (x[i] - mean_x) * (x[i] - mean_x);
      yy += (y[i] - mean_y) * (y[i] - mean_y);
      xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
  return (double) (xy / (sqrtl (xx) * sqrtl (yy)));
}

/* One more than the number of smaller values, plus half of the others that are equal. */
void
naive_ranks (const double *x, size_t n, double *ranks)
{
  for (size_t i = 0; i < n; i++)
    {
      size_t smaller = 0, equal = 0;
      for (size_t j = 0; j < n; j++)
        {
          smaller += x[j] < x[i];
          equal += j != i && x[j] == x[i];
        }
      ranks[i] = 1 + (double) smaller + (double) equal / 2;
    }
}

double
naive_spearman (const double *x, const double *y, size_t n)
{
  double *ranks = malloc (2 * n * sizeof *ranks);
  naive_ranks (x, n, ranks);
  naive_ranks (y, n, ranks + n);
  double rho = naive_pearson (ranks, ranks + n, n);
  free (ranks);
  return rho;
}

double
naive_rho_a (const double *x, const double *y, size_t n)
{
  double *ranks = malloc (2 * n * sizeof *ranks);
  long double sum = 0, count = n;
  naive_ranks (x, n, ranks);
  naive_ranks (y, n, ranks + n);
  for (size_t i = 0; i < n; i++)
    sum += (ranks[i] - (count + 1) / 2) * (ranks[n + i] - (count + 1) / 2);
  free (ranks);
  return (double) (12 * sum / (count * count * count - count));
}

double
naive_tau_a (const double *x, const double *y, size_t n)
{
  long long balance = 0, pairs = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++)
      {
        int sign_x = (x[i] > x[j]) - (x[i] < x[j]);
        int sign_y = (y[i] > y[j]) - (y[i] < y[j]);
        balance += sign_x * sign_y;
        pairs++;
      }
  return (double) balance / (double) pairs;
}

void
naive_scatter (const float *x, size_t rows, size_t columns, long double *scatter)
{
  long double *centered = malloc (rows * columns * sizeof *centered);
  for (size_t j = 0; j < columns; j++)
    {
      long double sum = 0;
      for (size_t i = 0; i < rows; i++)
        sum += x[i * columns + j];
      for (size_t i = 0; i < rows; i++)
        centered[i * columns + j] = x[i * columns + j] - sum / rows;
    }
  for (size_t j = 0; j < columns; j++)
    for (size_t k = 0; k < columns; k++)
      {
        long double sum = 0;
        for (size_t i = 0; i < rows; i++)
          sum += centered[i * columns + j] * centered[i * columns + k];
        scatter[j * columns + k] = sum;
      }
  free (centered);
}

/* Makes a[p, q] zero by a rotation of rows and columns p and q (Golub and Van Loan, section 8.5). */
static void
rotate (long double *a, size_t n, size_t p, size_t q)
{
  long double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
  long double t = (theta < 0 ? -1 : 1) / (fabsl (theta) + sqrtl (theta * theta + 1));
  long double c = 1 / sqrtl (t * t + 1), s = t * c;
  for (size_t k = 0; k < n; k++)
    {
      long double kp = a[k * n + p], kq = a[k * n + q];
      a[k * n + p] = c * kp - s * kq;
      a[k * n + q] = s * kp + c * kq;
    }
  for (size_t k = 0; k < n; k++)
    {
      long double pk = a[p * n + k], qk = a[q * n + k];
      a[p * n + k] = c * pk - s * qk;
      a[q * n + k] = s * pk + c * qk;
    }
}

static int
compare_descending (const void *a, const void *b)
{
  long double x = *(const long double *) a, y = *(const long double *) b;
  return (x < y) - (x > y);
}

void
naive_eigenvalues (long double *a, size_t n, long double *lambda)
{
  long double trace = 0;
  for (size_t i = 0; i < n; i++)
    trace += a[i * n + i];
  for (int sweep = 0; sweep < 40; sweep++)
    for (size_t p = 0; p < n; p++)
      for (size_t q = p + 1; q < n; q++)
        if (fabsl (a[p * n + q]) > 1e-22L * trace)
          rotate (a, n, p, q);
  for (size_t i = 0; i < n; i++)
    lambda[i] = a[i * n + i] > 0 ? a[i * n + i] : 0;
  qsort (lambda, n, sizeof *lambda, compare_descending);
}

double
naive_participation_ratio (const long double *lambda, size_t n)
{
  long double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++)
    {
      sum += lambda[i];
      squares += lambda[i] * lambda[i];
    }
  return (double) (sum * sum / squares);
}

size_t
naive_effective_dimension (const long double *lambda, size_t n, long double threshold)
{
  long double total = 0, leading = 0;
  for (size_t i = 0; i < n; i++)
    total += lambda[i];
  for (size_t i = 0; i < n; i++)
    {
      leading += lambda[i];
      if (100 * leading / total > threshold)
        return i + 1;
    }
  return 0;
}

static int
compare_ascending (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

double
naive_percentile (const double *values, size_t n, double percent)
{
  double *sorted = malloc (n * sizeof *sorted);
  memcpy (sorted, values, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare_ascending);
  long double position = (n - 1) * (long double) percent / 100;
  size_t k = (size_t) position;
  long double value = k + 1 < n ? sorted[k] + (position - k) * ((long double) sorted[k + 1] - sorted[k]) : sorted[k];
  free (sorted);
  return (double) value;
}

void
naive_histogram (const double *values, size_t n, double low, double high, size_t n_bins, size_t *counts)
{
  double step = (high - low) / (double) n_bins;
  memset (counts, 0, n_bins * sizeof *counts);
  for (size_t i = 0; i < n; i++)
    {
      size_t bin = n_bins;
      for (size_t j = 0; j < n_bins; j++)
        if (values[i] >= low + (double) j * step && values[i] <= high)
          bin = j;
      if (bin < n_bins)
        counts[bin]++;
    }
}

double
naive_kde (const double *values, size_t n, double at)
{
  long double mean = naive_mean (values, n), squares = 0, sum = 0;
  for (size_t i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  long double bandwidth = powl (n, -0.2L) * sqrtl (squares / (n - 1));
  for (size_t i = 0; i < n; i++)
    {
      long double z = (at - values[i]) / bandwidth;
      sum += expl (-z * z / 2);
    }
  return (double) (sum / (n * bandwidth * sqrtl (2 * acosl (-1))));
}
