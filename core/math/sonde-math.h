#pragma once

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numerics of libsonde: pure C over pointers and sizes, on cblas and LAPACK. No function allocates unless it says so,
 * none prints; matrices are row-major and dense. Every statistic accumulates in float64 in a fixed order: the same input and
 * number of BLAS threads give the same bytes. Input and output do not overlap. Rows and columns are each below 2³¹, as BLAS
 * counts them in an int; their product may be more. Unless a function says otherwise its values must be finite. Formulas,
 * sources and edge cases stand above each function in the .c files. */

typedef enum
{
  SONDE_MATH_OK,
  SONDE_MATH_UNDEFINED,     /* the quantity does not exist for this input; the result is NaN */
  SONDE_MATH_NO_MEMORY,
  SONDE_MATH_NOT_CONVERGED, /* LAPACK gave up */
} SondeMathStatus;

/* Rows that equal each other on paper differ in float32 when they were computed at different places of a matrix product: by no more
 * than this, relative to their length. Twelve layers of a transformer with 768 features brought the root of the sum of squared
 * deviations to at most 4.3 ε of that of the squared values, with the kernels that were tried; real differences begin far above. */
#define SONDE_MATH_ROUNDING (32 * (double) FLT_EPSILON)

/* ---- checks ---- */

/* x [rows, columns]. False at the first NaN or infinity, whose place is stored; row and column may be NULL. */
bool sonde_math_all_finite (const float *x, size_t rows, size_t columns, size_t *row, size_t *column);

/* ---- products ---- */

/* c [m, n] = alpha a b + beta c in float32, a [m, k], b [k, n]; or b [n, k], of which the transpose is taken. Strides are the
 * distances between the starts of rows. In the calling thread: whoever has threads divides the work. */
void sonde_math_multiply (size_t m, size_t n, size_t k, float alpha, const float *a, size_t a_stride, const float *b, size_t b_stride, bool transposed, float beta, float *c, size_t c_stride);

/* A linear map, out [m, n] = x [m, k] weight [k, n] + bias [n] in float32. With packed weights any part of out is the same bytes,
 * whatever it is computed together with. */
typedef struct
{
  size_t k, n;
  const float *weight; /* [k, n], rows weight_stride apart */
  size_t weight_stride;
  const float *bias; /* [n] */
  float *packed;     /* sonde_math_linear_get_packed () floats, or NULL: unpacked */
} SondeMathLinear;

/* A rectangle of a matrix: rows row to below row_end of columns column to below column_end. */
typedef struct
{
  size_t row, row_end;
  size_t column, column_end;
} SondeMathPart;

#define SONDE_MATH_LINE ((size_t) 64)           /* bytes: what packed weights and workspace are aligned to */
#define SONDE_MATH_LINEAR_ROWS ((size_t) 14)    /* parts of so many rows, or a multiple, are done fastest */
#define SONDE_MATH_LINEAR_COLUMNS ((size_t) 32) /* what parts begin at is a multiple of it */
#define SONDE_MATH_LINEAR_WIDTH ((size_t) 1024) /* columns beyond which a part reads its rows once more */
#define SONDE_MATH_LINEAR_DEPTH ((size_t) 192)  /* features that are added up before the sum is put to the others */
#define SONDE_MATH_LINEAR_WORKSPACE (SONDE_MATH_LINEAR_ROWS * SONDE_MATH_LINEAR_DEPTH)

const char *sonde_math_linear_get_kernel (void);          /* "AVX-512"; NULL: the library multiplies */
size_t sonde_math_linear_get_packed (size_t k, size_t n); /* 0: there is nothing to be packed on this processor */
void sonde_math_linear_pack (const SondeMathLinear *map, size_t row, size_t row_end);
void sonde_math_linear_apply (const SondeMathLinear *map, const SondeMathPart *part, const float *x, size_t x_stride, float *out, size_t out_stride, float *workspace);

/* ---- cosine similarity: S = X̂ Ŷᵀ, rows scaled to length 1 ---- */

/* lengths [rows] = Euclidean lengths of the rows of x [rows, columns]. Returns the number of rows of zeros. */
size_t sonde_math_row_lengths (const float *x, size_t rows, size_t columns, double *lengths);
/* y [rows, columns] = rows of x divided by their lengths [rows]; a row of zeros stays zero. */
void sonde_math_scale_rows (const float *x, size_t rows, size_t columns, const double *lengths, double *y);
/* out [n, n], exactly symmetric, diagonal exactly 1 (0 for a zero row), values clipped to [-1, 1]. */
void sonde_math_cosine_self (const double *xhat, size_t n, size_t columns, double *out);
/* out [n, m]: rows of xhat against rows of yhat, clipped to [-1, 1]. */
void sonde_math_cosine_cross (const double *xhat, size_t n, const double *yhat, size_t m, size_t columns, double *out);
/* out [n (n - 1) / 2]: the strict upper triangle of matrix [n, n], row by row. */
void sonde_math_upper_triangle (const double *matrix, size_t n, double *out);

/* ---- products of rows, from which both similarities and variances can be had ---- */

/* products [rows, rows] = x xᵀ. workspace: so many numbers as the other function says. */
size_t sonde_math_row_products_workspace (size_t rows, size_t columns);
void sonde_math_row_products (const float *x, size_t rows, size_t columns, double *workspace, double *products);
/* out [n, n] as from sonde_math_cosine_self (); lengths [n]: roots of the diagonal. */
void sonde_math_cosine_from_products (const double *products, size_t n, const double *lengths, double *out);
/* products [n, n] become those of the rows less their mean. False where too many digits were lost: centre x itself then. */
bool sonde_math_center_products (double *products, size_t n, double *means);

/* ---- comparisons of two vectors ---- */

/* Pearson r, means first, clipped to [-1, 1]. UNDEFINED where n < 2 or either is numerically constant:
 * Σ (x − x̄)² ≤ n (64 ε max |x|)², see the source for the reason. */
SondeMathStatus sonde_math_pearson (const double *x, const double *y, size_t n, double *r);
/* ranks [n] from 1, ties get their average. order [n]: workspace. */
void sonde_math_average_ranks (const double *x, size_t n, size_t *order, double *ranks);
/* Pearson of average ranks. UNDEFINED where n < 2 or all values of either are equal. Allocates. */
SondeMathStatus sonde_math_spearman (const double *x, const double *y, size_t n, double *rho);
/* 12 x̃ᵀỹ / (n³ − n) on centred average ranks (Schütt et al. 2023); 0 for a constant vector. UNDEFINED for n < 2. Allocates. */
SondeMathStatus sonde_math_rho_a (const double *x, const double *y, size_t n, double *rho);
/* (concordant − discordant) / C (n, 2); 0 for a constant vector; O(n log n). UNDEFINED for n < 2. Allocates. */
SondeMathStatus sonde_math_kendall_tau_a (const double *x, const double *y, size_t n, double *tau);

/* Means and centred products of several variables observed together, in one pass over any number of values. */
typedef struct _SondeMathMoments SondeMathMoments;

SondeMathMoments *sonde_math_moments_new (size_t n_variables); /* NULL where there is no memory */
void sonde_math_moments_free (SondeMathMoments *self);         /* NULL is fine */
/* x [variables] of [n]. */
void sonde_math_moments_add (SondeMathMoments *self, const double *const *x, size_t n);
void sonde_math_moments_merge (SondeMathMoments *self, const SondeMathMoments *part);
/* Root mean square deviation over max |x|; 0 where there are no values or they are all 0. */
double sonde_math_moments_spread (const SondeMathMoments *self, size_t variable);
bool sonde_math_moments_is_constant (const SondeMathMoments *self, size_t variable);
/* Pearson r of two variables, judged as by sonde_math_pearson (). */
SondeMathStatus sonde_math_moments_pearson (const SondeMathMoments *self, size_t a, size_t b, double *r);
/* Σ x y / √(Σ x² Σ y²). UNDEFINED where either is all zeros, or there is none. */
SondeMathStatus sonde_math_moments_cosine (const SondeMathMoments *self, size_t a, size_t b, double *cosine);

typedef struct
{
  double absolute, relative;    /* the largest; infinity where a value is no number */
  size_t place, relative_place; /* the first that have them */
  double excess;                /* largest |x − y| − relative |y|, at least 0 */
  size_t excess_place;
  size_t n_over;          /* values with |x − y| > tolerance + relative |y| */
  double cosine, pearson; /* of the two as vectors; NaN where undefined */
} SondeMathDifference;

/* How far x [n] and y [n] are apart, values that are not finite included: see the source for each of them. */
void sonde_math_difference (const float *x, const float *y, size_t n, double tolerance, double relative, SondeMathDifference *difference);

/* ---- dimensionality ---- */

/* The smaller of the column-centred Gram matrix [rows, rows] and scatter matrix [columns, columns] of x [rows, columns]:
 * both have the squared singular values of the centred x as their non-zero eigenvalues. Means and products in float64.
 * gram [min (rows, columns)²] takes the result (full, symmetric), zeros where the rows are equal but for float32 rounding.
 * Returns its order. workspace: so many numbers as the other function says, which are few however long x is. */
size_t sonde_math_centered_gram_workspace (size_t rows, size_t columns);
size_t sonde_math_centered_gram (const float *x, size_t rows, size_t columns, double *workspace, double *gram);
/* (Σλ)² / Σλ² = tr (G)² / ‖G‖²_F, gram [n, n]. UNDEFINED for all-zero data. */
SondeMathStatus sonde_math_participation_ratio (const double *gram, size_t n, double *ratio);
/* Eigenvalues [n] of symmetric gram [n, n], which is overwritten; descending, negative rounding noise set to 0.
 * UNDEFINED where gram is not finite. Allocates. */
SondeMathStatus sonde_math_eigenvalues (double *gram, size_t n, double *lambda);
/* How many leading lambda [n] make 100 · cumsum (λ) / Σλ exceed (strictly) threshold percent. margin (may be NULL): the least
 * distance of any cumulative share from the threshold, in percent points. UNDEFINED (dimension 0, margin NaN) for all-zero
 * data and for a threshold of 100 or more, which no share exceeds. */
SondeMathStatus sonde_math_effective_dimension (const double *lambda, size_t n, double threshold, size_t *dimension, double *margin);

/* ---- distributions ---- */

typedef struct
{
  double low, high; /* edges of the first and the last bin */
  size_t n_bins;
  size_t wanted;    /* what the rule asked for; above n_bins: the cap was reached (SIZE_MAX: more than can be counted) */
} SondeBins;

/* Freedman–Diaconis bins: width 2 · IQR · n^(−1/3), linearly interpolated percentiles; IQR 0 or one value: one bin;
 * constant data: [v − ½, v + ½]. Values must be finite, n ≥ 1. workspace [n] is overwritten. At most max_bins, and never so many
 * that two edges would round to the same number. Counting takes fewer than 2³¹ bins. */
SondeBins sonde_math_bins_freedman_diaconis (const double *values, size_t n, size_t max_bins, double *workspace);
/* Edge i of 0 … n_bins: low + i · step with step = (high − low) / n_bins; the last is high itself. */
double sonde_math_bin_edge (const SondeBins *bins, size_t i);
/* counts [n_bins] is set, values exactly on an edge go right, the last bin is closed. What lies outside [low, high], or is NaN,
 * is not counted. */
void sonde_math_histogram (const double *values, size_t n, const SondeBins *bins, size_t *counts);
/* Whoever has threads lends them: runs task 0 … n_tasks - 1, in any order and several at a time, and comes back when all are done.
 * sonde_threads_run () is one. NULL: everything in the thread that asks. */
typedef void (*SondeMathTask) (unsigned task, unsigned worker, void *data);
typedef void (*SondeMathRun) (unsigned n_tasks, SondeMathTask func, void *data);

/* Both again for float32 values, of which no copy is made: the bins and counts are those of the values as doubles. */
SondeBins sonde_math_bins_freedman_diaconis_f32 (const float *values, size_t n, size_t max_bins, SondeMathRun run);
void sonde_math_histogram_f32 (const float *values, size_t n, const SondeBins *bins, size_t *counts, SondeMathRun run);

/* Counts of values of which there are too many to keep: in cells of width 2ᵏ that begin at multiples of 2ᵏ, at most 2¹⁸ from the
 * least to the largest value. What it holds depends on the values, not on their order nor on how they were divided among
 * grids that were merged later; the sum alone, for means, depends on both in its last bits. */
typedef struct SondeMathGrid SondeMathGrid;

/* Takes 4 MiB of addresses, and memory as cells are counted in. NULL: there is no memory. */
SondeMathGrid *sonde_math_grid_new (void);
void sonde_math_grid_free (SondeMathGrid *grid); /* NULL is fine */
/* Counts values [n], which must be finite. Returns their sum, the same for the same values in the same order. */
double sonde_math_grid_add (SondeMathGrid *grid, const double *values, size_t n);
/* Adds what from counted, which stays as it is. */
void sonde_math_grid_merge (SondeMathGrid *grid, const SondeMathGrid *from);
size_t sonde_math_grid_total (const SondeMathGrid *grid);      /* how many values */
double sonde_math_grid_sum (const SondeMathGrid *grid);        /* compensated, call by call and grid by grid */
double sonde_math_grid_low (const SondeMathGrid *grid);        /* exactly the least; infinity where there is none */
double sonde_math_grid_high (const SondeMathGrid *grid);       /* exactly the largest; minus infinity */
double sonde_math_grid_cell_width (const SondeMathGrid *grid); /* 2ᵏ; what a quantile is off by is below it. 0 before there are values */
/* At position (n − 1) · fraction of the sorted values, which lie evenly in their cell; 0 and 1 give low and high. n ≥ 1. */
double sonde_math_grid_quantile (const SondeMathGrid *grid, double fraction);
/* As sonde_math_bins_freedman_diaconis (), with the exact least and largest value and quartiles from the cells; no bin is
 * narrower than a cell. */
SondeBins sonde_math_grid_bins (const SondeMathGrid *grid, size_t max_bins);
/* counts [n_bins] is set for bins from sonde_math_grid_bins (), or around it: as sonde_math_histogram () would count had each inner
 * edge been moved by less than a cell. They add up to the total. */
void sonde_math_grid_counts (const SondeMathGrid *grid, const SondeBins *bins, size_t *counts);

/* Gaussian kernel density at grid [n_grid], bandwidth n^(−1/5) × sample standard deviation (Scott). UNDEFINED for n < 2 or all equal,
 * judged as for Pearson. */
SondeMathStatus sonde_math_kde (const double *values, size_t n, const double *grid, size_t n_grid, double *density);

#ifdef __cplusplus
}
#endif
