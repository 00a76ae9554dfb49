#pragma once

#include <stddef.h>

/* The definitions again, in the plainest loops there are and in long double: no BLAS, no LAPACK, no shortcut that the
 * library takes. Slow on purpose; arguments as in sonde-math.h. Undefined results are NaN. */

void naive_cosine (const float *x, size_t n, const float *y, size_t m, size_t columns, double *out);

double naive_pearson (const double *x, const double *y, size_t n);
void naive_ranks (const double *x, size_t n, double *ranks);
double naive_spearman (const double *x, const double *y, size_t n);
double naive_rho_a (const double *x, const double *y, size_t n);
double naive_tau_a (const double *x, const double *y, size_t n);

/* Always the scatter matrix [columns, columns] of the centred x, never the smaller one. */
void naive_scatter (const float *x, size_t rows, size_t columns, long double *scatter);
/* By Jacobi's rotations; a [n, n] is destroyed; descending. */
void naive_eigenvalues (long double *a, size_t n, long double *lambda);
/* From eigenvalues, not from the trace. */
double naive_participation_ratio (const long double *lambda, size_t n);
/* 0 where undefined. */
size_t naive_effective_dimension (const long double *lambda, size_t n, long double threshold);

double naive_percentile (const double *values, size_t n, double percent);
/* By walking along all edges for each value. */
void naive_histogram (const double *values, size_t n, double low, double high, size_t n_bins, size_t *counts);
double naive_kde (const double *values, size_t n, double at);
