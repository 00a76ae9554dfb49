#include "sonde-math-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_BITS 18
#define N_CELLS (1 << CELL_BITS)

/* So many values are looked at twice, once for their range and once to count them, while they lie in the nearest cache. */
#define CHUNK 1024

/* Cells narrower than that hold no normal number but 0, and no inverse of their width would be finite. */
#define FINEST (-1022)

/* Why nothing depends on the order. Let k* (low, high) be the least k, not below FINEST nor 52 powers of two below the larger of
 * |low| and |high|, at which floor (high / 2ᵏ) - floor (low / 2ᵏ) < N_CELLS. What fits at k fits at k + 1, and a part of what fits
 * does, so k* never becomes less while values are added: cells only ever need to be put together, which is exact, since
 * floor (v / 2ᵏ⁺¹) = floor (floor (v / 2ᵏ) / 2). After each step k is k* of all values so far, and the count of cell c the number of
 * values with floor (v / 2ᵏ) = c: both are functions of the values alone, whatever came first and wherever it was counted. */
struct SondeMathGrid
{
  double low, high;
  size_t total;
  SondeMathSum sum;
  int exponent; /* k */

  /* [N_CELLS] each. Cell c is counted at c mod N_CELLS, so that nothing moves when the range grows; spare is all zeros and takes the
   * counts when cells are put together. Both are there from the beginning: adding cannot fail. */
  size_t *counts, *spare;
};

/**
 * sonde_math_grid_new:
 *
 * Returns: (nullable): an empty grid; free with sonde_math_grid_free()
 */
SondeMathGrid *
sonde_math_grid_new (void)
{
  SondeMathGrid *grid = malloc (sizeof *grid);
  if (!grid)
    return NULL;

  *grid = (SondeMathGrid){ .low = INFINITY, .high = -INFINITY, .exponent = FINEST };
  grid->counts = calloc (N_CELLS, sizeof *grid->counts);
  grid->spare = calloc (N_CELLS, sizeof *grid->spare);
  if (grid->counts && grid->spare)
    return grid;
  sonde_math_grid_free (grid);
  return NULL;
}

void
sonde_math_grid_free (SondeMathGrid *grid)
{
  if (!grid)
    return;
  free (grid->counts);
  free (grid->spare);
  free (grid);
}

/* floor (value / 2^exponent). Scaling is exact but where a tiny value underflows, and then it may lose its sign. */
static double
cell_of (double value, int exponent)
{
  double cell = floor (ldexp (value, -exponent));
  return ldexp (cell, exponent) > value ? cell - 1 : cell;
}

static size_t
place_of (double cell)
{
  return (size_t) ((uint64_t) (int64_t) cell % N_CELLS);
}

/* k* of all values from low to high. */
static int
find_exponent (double low, double high)
{
  double largest = fmax (fabs (low), fabs (high)), half = high / 2 - low / 2;
  int exponent = FINEST;

  if (largest > 0 && ilogb (largest) - 52 > exponent)
    exponent = ilogb (largest) - 52;
  /* The range is more than a quarter of the cells, so that a step or two of the loop remain. */
  if (half > 0 && ilogb (half) - CELL_BITS > exponent)
    exponent = ilogb (half) - CELL_BITS;
  while (cell_of (high, exponent) - cell_of (low, exponent) >= N_CELLS)
    exponent++;
  return exponent;
}

/* Takes the cells of from, at its exponent or a coarser one, into counts. */
static void
add_cells (size_t *counts, const SondeMathGrid *from, int exponent)
{
  if (from->total == 0)
    return;

  int shift = exponent - from->exponent;
  int64_t first = (int64_t) cell_of (from->low, from->exponent), last = (int64_t) cell_of (from->high, from->exponent);
  for (int64_t cell = first; cell <= last; cell++)
    {
      /* To the right is towards minus infinity, as floor is; no count is left to add after 63 halvings but at -1 and 0. */
      int64_t coarse = cell >> (shift < 63 ? shift : 63);
      counts[(uint64_t) coarse % N_CELLS] += from->counts[(uint64_t) cell % N_CELLS];
    }
}

/* Makes room for values from low to high. */
static void
widen (SondeMathGrid *grid, double low, double high)
{
  double least = low < grid->low ? low : grid->low, largest = high > grid->high ? high : grid->high;
  int exponent = find_exponent (least, largest);

  if (exponent != grid->exponent)
    {
      size_t *counts = grid->spare;
      add_cells (counts, grid, exponent);
      if (grid->total > 0)
        memset (grid->counts, 0, N_CELLS * sizeof *grid->counts);
      grid->spare = grid->counts;
      grid->counts = counts;
      grid->exponent = exponent;
    }
  /* Adding 0 makes -0, which is equal to 0 and may come before it or after it, 0. */
  grid->low = least + 0.0;
  grid->high = largest + 0.0;
}

typedef struct
{
  double low, high, sum;
} Range;

/* Of the first half and the second half of what there is, until one is left: loops over arrays, of which a compiler makes vector
 * instructions, and sums of pairs of sums, which lose least. Which value meets which is fixed. n from 1 to CHUNK. */
VECTORISED
static Range
find_range (const double *restrict values, size_t n)
{
  double low[CHUNK / 2 + 1], high[CHUNK / 2 + 1], sum[CHUNK / 2 + 1];
  size_t half = n / 2, left = n - half;

  low[half] = high[half] = sum[half] = values[half]; /* where n is odd this one meets nobody */
  for (size_t i = 0; i < half; i++)
    {
      double a = values[i], b = values[i + left];
      low[i] = b < a ? b : a;
      high[i] = b > a ? b : a;
      sum[i] = a + b;
    }
  for (n = left; n > 1; n = left)
    {
      half = n / 2;
      left = n - half;
      for (size_t i = 0; i < half; i++)
        {
          low[i] = low[i + left] < low[i] ? low[i + left] : low[i];
          high[i] = high[i + left] > high[i] ? high[i + left] : high[i];
          sum[i] += sum[i + left];
        }
    }
  return (Range){ low[0], high[0], sum[0] };
}

/* places [n]: where values [n], all within the range, are counted. The distance from the first cell may be rounded up to the next
 * whole number; whether it was, the left edge of the cell says, which is a product without rounding. */
VECTORISED
static void
find_places (const double *restrict values, size_t n, double first, int exponent, uint32_t *restrict places)
{
  const double inverse = ldexp (1, -exponent), width = ldexp (1, exponent);
  const uint32_t offset = (uint32_t) place_of (first);

  for (size_t i = 0; i < n; i++)
    {
      double cell = (int32_t) (values[i] * inverse - first);
      cell = (cell + first) * width > values[i] ? cell - 1 : cell;
      places[i] = ((uint32_t) (int32_t) cell + offset) % N_CELLS;
    }
}

/**
 * sonde_math_grid_add:
 * @values: [n], finite
 *
 * Returns: the sum of @values
 */
double
sonde_math_grid_add (SondeMathGrid *grid, const double *values, size_t n)
{
  SondeMathSum sum = { 0 };
  uint32_t places[CHUNK];

  for (size_t done = 0; done < n; done += CHUNK)
    {
      size_t some = n - done < CHUNK ? n - done : CHUNK;
      Range range = find_range (values + done, some);
      if (range.low < grid->low || range.high > grid->high)
        widen (grid, range.low, range.high);

      find_places (values + done, some, cell_of (grid->low, grid->exponent), grid->exponent, places);
      for (size_t i = 0; i < some; i++)
        grid->counts[places[i]]++;
      grid->total += some;
      _sonde_math_sum_add (&sum, range.sum);
    }
  double result = _sonde_math_sum_get (&sum);
  _sonde_math_sum_add (&grid->sum, sum.total);
  _sonde_math_sum_add (&grid->sum, sum.rest);
  return result;
}

/**
 * sonde_math_grid_merge:
 * @from: another grid; it keeps what it has
 *
 * Afterwards @grid is as if it had counted both, but for the last bits of the sum.
 */
void
sonde_math_grid_merge (SondeMathGrid *grid, const SondeMathGrid *from)
{
  if (from->total == 0)
    return;

  widen (grid, from->low, from->high);
  add_cells (grid->counts, from, grid->exponent);
  grid->total += from->total;
  _sonde_math_sum_add (&grid->sum, from->sum.total);
  _sonde_math_sum_add (&grid->sum, from->sum.rest);
}

size_t
sonde_math_grid_total (const SondeMathGrid *grid)
{
  return grid->total;
}

double
sonde_math_grid_sum (const SondeMathGrid *grid)
{
  return _sonde_math_sum_get (&grid->sum);
}

double
sonde_math_grid_low (const SondeMathGrid *grid)
{
  return grid->low;
}

double
sonde_math_grid_high (const SondeMathGrid *grid)
{
  return grid->high;
}

double
sonde_math_grid_cell_width (const SondeMathGrid *grid)
{
  return grid->total > 0 ? ldexp (1, grid->exponent) : 0;
}

/* A cell on a walk through the grid from left to right. */
typedef struct
{
  double cell, left, right; /* its number, and what of it lies in [low, high] */
  size_t before, count;     /* the values left of it and in it */
} Step;

static void
look_at (const SondeMathGrid *grid, Step *step)
{
  step->left = fmax (ldexp (step->cell, grid->exponent), grid->low);
  step->right = fmin (ldexp (step->cell + 1, grid->exponent), grid->high);
  step->count = grid->counts[place_of (step->cell)];
}

static Step
first_step (const SondeMathGrid *grid)
{
  Step step = { .cell = cell_of (grid->low, grid->exponent) };
  look_at (grid, &step);
  return step;
}

static void
next_step (const SondeMathGrid *grid, Step *step)
{
  step->cell++;
  step->before += step->count;
  look_at (grid, step);
}

/* The k-th smallest value, from 0; k does not become less from call to call. */
static double
order_statistic (const SondeMathGrid *grid, Step *step, size_t k)
{
  if (k == 0)
    return grid->low;
  if (k + 1 >= grid->total)
    return grid->high;
  while (step->before + step->count <= k)
    next_step (grid, step);

  double share = ((double) (k - step->before) + 0.5) / (double) step->count;
  return step->left + (step->right - step->left) * share;
}

/**
 * sonde_math_grid_quantile:
 * @fraction: from 0 to 1
 *
 * As by sorting and linear interpolation, with m values of a cell at ½/m, 1½/m, … of it: off by less than a cell's width.
 */
double
sonde_math_grid_quantile (const SondeMathGrid *grid, double fraction)
{
  if (grid->total == 0)
    return NAN;

  double position = (double) (grid->total - 1) * fraction;
  size_t k = (size_t) position;
  Step step = first_step (grid);
  double below = order_statistic (grid, &step, k), above = order_statistic (grid, &step, k + 1);
  return _sonde_math_interpolate (below, above, position - (double) k);
}

/**
 * sonde_math_grid_bins:
 * @max_bins: the most bins to return, at least 1
 *
 * sonde_math_bins_freedman_diaconis() with an interquartile range that is off by less than two cells. Where more than half of
 * all values lie in one cell it is some part of that cell: many bins, where the exact rule may have found one.
 */
SondeBins
sonde_math_grid_bins (const SondeMathGrid *grid, size_t max_bins)
{
  if (grid->total == 0)
    return _sonde_math_bins_around (0.5);
  if (grid->low == grid->high)
    return _sonde_math_bins_around (grid->low);

  double cells = floor (ldexp (grid->high, -grid->exponent) - ldexp (grid->low, -grid->exponent));
  size_t most = cells > 1 ? (size_t) cells : 1;
  return _sonde_math_bins_from_quartiles (grid->low, grid->high, sonde_math_grid_quantile (grid, 0.25), sonde_math_grid_quantile (grid, 0.75),
                                          grid->total, max_bins < most ? max_bins : most);
}

/* How many values lie left of an edge that is in this cell or before it, or is right of all: the values of the cell that it
 * divides are shared out in proportion. The nearest whole number of them, which grows with the edge. */
static size_t
count_below (const Step *step, double edge)
{
  if (edge <= step->left)
    return step->before;
  if (edge >= step->right)
    return step->before + step->count;

  double share = (edge - step->left) / (step->right - step->left);
  return step->before + (size_t) rint (share * (double) step->count);
}

/**
 * sonde_math_grid_counts:
 * @bins: low and high are not inside the range of the values
 * @counts: (out): [n_bins]
 *
 * A cell that an edge divides gives each side its share of the width. Whole cells instead, each to the bin of its middle, would
 * draw a comb: bins of 40 and of 41 cells in turn.
 */
void
sonde_math_grid_counts (const SondeMathGrid *grid, const SondeBins *bins, size_t *counts)
{
  memset (counts, 0, bins->n_bins * sizeof *counts);
  if (grid->total == 0)
    return;

  Step step = first_step (grid);
  size_t last = bins->n_bins - 1, below = 0;
  for (size_t i = 0; i < last; i++)
    {
      double edge = sonde_math_bin_edge (bins, i + 1);
      while (step.right < edge && step.right < grid->high)
        next_step (grid, &step);
      size_t up_to = count_below (&step, edge);
      counts[i] = up_to - below;
      below = up_to;
    }
  counts[last] = grid->total - below;
}
