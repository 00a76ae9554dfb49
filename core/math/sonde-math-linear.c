#include "sonde-math-blas.h"
#include "sonde-math-private.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_KERNEL
#endif

/* The linear maps are nearly all of a model's work. By OpenBLAS, as good as it is, each call copies its weights and rows anew, so
 * that a map can be divided among threads once and no further, and the slowest thread decides; and the bias costs another way
 * through memory. Here the weights are copied once for all threads, in the order in which they are read, and the bias is added where
 * the sums are. The arithmetic goes the way of Goto and van de Geijn (ACM TOMS 34, 2008): a stretch of the depth after the other,
 * a few rows at a time are copied beside the weights, and a tile of sums stays in registers while both stream by. Every sum is made
 * in the same order, wherever a part of the result begins and ends: how the work is divided changes no byte. */

#define MAX_DEPTH SONDE_MATH_LINEAR_DEPTH /* TILE_ROWS of it are a third of a first-level cache */
#define TILE_ROWS SONDE_MATH_LINEAR_ROWS
#define TILE_COLUMNS SONDE_MATH_LINEAR_COLUMNS

#ifdef HAVE_KERNEL

#define KERNEL __attribute__ ((target ("avx512f")))

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define CHECKED_BEFORE __attribute__ ((no_sanitize ("address", "undefined")))
#else
#define CHECKED_BEFORE
#endif

/* out [n_rows, columns] = start + rows [n_rows, depth] columns [depth, TILE_COLUMNS]. rows are MAX_DEPTH apart; start is out, or
 * one row for all with a stride of 0. The masks say which columns there are. */
typedef struct
{
  size_t depth;
  const float *rows, *columns;
  const float *start;
  size_t start_stride;
  float *out;
  size_t out_stride;
  __mmask16 left, right;
} Tile;

/* 14 rows need 28 registers for their sums and 3 to read with, of 32. */
static inline __attribute__ ((always_inline)) KERNEL CHECKED_BEFORE void
multiply_tile (const int n_rows, const Tile *tile)
{
  const float *columns = tile->columns;
  __m512 sums[TILE_ROWS][2];

#pragma GCC unroll 14
  for (int i = 0; i < n_rows; i++)
    {
      sums[i][0] = sums[i][1] = _mm512_setzero_ps ();
      _mm_prefetch ((const char *) (tile->out + i * tile->out_stride), _MM_HINT_T0);
      _mm_prefetch ((const char *) (tile->out + i * tile->out_stride + 16), _MM_HINT_T0);
    }
  for (const float *row = tile->rows, *end = row + tile->depth; row < end; row++, columns += TILE_COLUMNS)
    {
      const __m512 left = _mm512_load_ps (columns), right = _mm512_load_ps (columns + 16);

      _mm_prefetch ((const char *) (columns + 8 * TILE_COLUMNS), _MM_HINT_T0);
      _mm_prefetch ((const char *) (columns + 8 * TILE_COLUMNS + 16), _MM_HINT_T0);
#pragma GCC unroll 14
      for (int i = 0; i < n_rows; i++)
        {
          const __m512 value = _mm512_set1_ps (row[i * MAX_DEPTH]);

          sums[i][0] = _mm512_fmadd_ps (value, left, sums[i][0]);
          sums[i][1] = _mm512_fmadd_ps (value, right, sums[i][1]);
        }
    }
#pragma GCC unroll 14
  for (int i = 0; i < n_rows; i++)
    {
      const float *start = tile->start + i * tile->start_stride;
      float *out = tile->out + i * tile->out_stride;

      _mm512_mask_storeu_ps (out, tile->left, _mm512_add_ps (_mm512_maskz_loadu_ps (tile->left, start), sums[i][0]));
      _mm512_mask_storeu_ps (out + 16, tile->right, _mm512_add_ps (_mm512_maskz_loadu_ps (tile->right, start + 16), sums[i][1]));
    }
}

#define DEFINE_TILE(N)                     \
  static KERNEL CHECKED_BEFORE void        \
      multiply_tile_##N (const Tile *tile) \
  {                                        \
    multiply_tile (N, tile);               \
  }

DEFINE_TILE (1)
DEFINE_TILE (2)
DEFINE_TILE (3)
DEFINE_TILE (4)
DEFINE_TILE (5)
DEFINE_TILE (6)
DEFINE_TILE (7)
DEFINE_TILE (8)
DEFINE_TILE (9)
DEFINE_TILE (10)
DEFINE_TILE (11)
DEFINE_TILE (12)
DEFINE_TILE (13)
DEFINE_TILE (14)

static void (*const multiply_tiles[]) (const Tile *tile) = {
  NULL, multiply_tile_1, multiply_tile_2, multiply_tile_3, multiply_tile_4, multiply_tile_5, multiply_tile_6, multiply_tile_7,
  multiply_tile_8, multiply_tile_9, multiply_tile_10, multiply_tile_11, multiply_tile_12, multiply_tile_13, multiply_tile_14
};

#ifdef __SANITIZE_ADDRESS__
static void
check_floats (const float *first, size_t n)
{
  const volatile char *bad = __asan_region_is_poisoned ((void *) first, n * sizeof *first);

  if (bad != NULL)
    (void) *bad; /* is told as any other wrong read */
}
#endif

/* A sanitizer would look at each access of the tiles, which are most of the time of all tests. It looks at what they amount to. */
static void
check_tile (const Tile *tile, size_t n_rows)
{
#ifdef __SANITIZE_ADDRESS__
  const size_t n_columns = (size_t) __builtin_popcount (tile->left) + (size_t) __builtin_popcount (tile->right);

  check_floats (tile->columns, tile->depth * TILE_COLUMNS);
  for (size_t i = 0; i < n_rows; i++)
    {
      check_floats (tile->rows + i * MAX_DEPTH, tile->depth);
      check_floats (tile->start + i * tile->start_stride, n_columns);
      check_floats (tile->out + i * tile->out_stride, n_columns);
    }
#endif
}

/* Which of the sixteen columns from @first on are below @n. */
static __mmask16
mask_columns (size_t n, size_t first)
{
  if (n >= first + 16)
    return 0xffff;
  return n > first ? (__mmask16) ((1u << (n - first)) - 1) : 0;
}

static size_t
smaller (size_t a, size_t b)
{
  return a < b ? a : b;
}

/* So many equal stretches of the depth, but for the last, as there must be. */
static size_t
get_depth (size_t k)
{
  const size_t n_stretches = (k + MAX_DEPTH - 1) / MAX_DEPTH;

  return (k + n_stretches - 1) / n_stretches;
}

/* Where the packed weights of a stretch that begins at @at, for a tile that begins at @column, are. */
static float *
find_packed (const SondeMathLinear *map, size_t at, size_t depth, size_t column)
{
  const size_t n_tiles = (map->n + TILE_COLUMNS - 1) / TILE_COLUMNS;

  return map->packed + at * n_tiles * TILE_COLUMNS + column * depth;
}

/* One row of the weights, a piece for each tile, with zeros where there is no column. */
static KERNEL void
pack_row (const SondeMathLinear *map, size_t row)
{
  const float *weight = map->weight + row * map->weight_stride;
  const size_t depth = get_depth (map->k), at = row / depth * depth, this_depth = smaller (map->k - at, depth);

  for (size_t column = 0; column < map->n; column += TILE_COLUMNS)
    {
      float *place = find_packed (map, at, this_depth, column) + (row - at) * TILE_COLUMNS;

      _mm512_store_ps (place, _mm512_maskz_loadu_ps (mask_columns (map->n, column), weight + column));
      _mm512_store_ps (place + 16, _mm512_maskz_loadu_ps (mask_columns (map->n, column + 16), weight + column + 16));
    }
}

/* A rectangle of the result. */
typedef struct
{
  const SondeMathLinear *map;
  const SondeMathPart *part;
  const float *x;
  float *out;
  size_t x_stride, out_stride;
  float *rows; /* [TILE_ROWS, MAX_DEPTH] */
} Rectangle;

static void
pack_rows (const Rectangle *self, size_t row, size_t n_rows, size_t at, size_t depth)
{
  for (size_t i = 0; i < n_rows; i++)
    memcpy (self->rows + i * MAX_DEPTH, self->x + (row + i) * self->x_stride + at, depth * sizeof *self->rows);
}

/* One more stretch of the depth, for some columns. */
static void
multiply_stretch (const Rectangle *self, size_t first, size_t end, size_t at, size_t depth)
{
  for (size_t row = self->part->row; row < self->part->row_end; row += TILE_ROWS)
    {
      const size_t n_rows = smaller (self->part->row_end - row, TILE_ROWS);

      pack_rows (self, row, n_rows, at, depth);
      for (size_t column = first; column < end; column += TILE_COLUMNS)
        {
          float *out = self->out + row * self->out_stride + column;
          const Tile tile = { .depth = depth,
                              .rows = self->rows,
                              .columns = find_packed (self->map, at, depth, column),
                              .start = at == 0 ? self->map->bias + column : out,
                              .start_stride = at == 0 ? 0 : self->out_stride,
                              .out = out,
                              .out_stride = self->out_stride,
                              .left = mask_columns (end, column),
                              .right = mask_columns (end, column + 16) };

          check_tile (&tile, n_rows);
          multiply_tiles[n_rows](&tile);
        }
    }
}

static void
multiply_rectangle (const Rectangle *self)
{
  const size_t k = self->map->k, depth = get_depth (k);

  for (size_t first = self->part->column, end; first < self->part->column_end; first = end)
    {
      end = smaller (self->part->column_end, first + SONDE_MATH_LINEAR_WIDTH);
      for (size_t at = 0; at < k; at += depth)
        multiply_stretch (self, first, end, at, smaller (k - at, depth));
    }
}

/* Where the library has such kernels, too, so that OPENBLAS_CORETYPE decides about both. */
static bool
has_kernel (void)
{
  static const char *const cores[] = { "SkylakeX", "Cooperlake", "Sapphirerapids" };
  const char *core = _sonde_math_blas ()->get_corename ();

  for (size_t i = 0; i < sizeof cores / sizeof *cores; i++)
    if (strcmp (core, cores[i]) == 0)
      return __builtin_cpu_supports ("avx512f");
  return false;
}

#endif

/**
 * sonde_math_linear_get_kernel:
 *
 * Returns: (nullable): what multiplies packed weights on this processor, "AVX-512"; %NULL where the library multiplies
 */
const char *
sonde_math_linear_get_kernel (void)
{
#ifdef HAVE_KERNEL
  if (has_kernel ())
    return "AVX-512";
#endif
  return NULL;
}

/**
 * sonde_math_linear_get_packed:
 *
 * Returns: the floats that the packed weights of a map of @k features to @n take, to be aligned to SONDE_MATH_LINE bytes; 0 where
 *   there is no kernel for this processor, and weights need not be packed
 */
size_t
sonde_math_linear_get_packed (size_t k, size_t n)
{
  return sonde_math_linear_get_kernel () ? k * ((n + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS) : 0;
}

/**
 * sonde_math_linear_pack:
 *
 * Copies rows @row to below @row_end of the weights into @map->packed. Different rows may be packed at the same time.
 */
void
sonde_math_linear_pack (const SondeMathLinear *map, size_t row, size_t row_end)
{
#ifdef HAVE_KERNEL
  if (map->packed)
    for (; row < row_end; row++)
      pack_row (map, row);
#endif
}

/**
 * sonde_math_linear_apply:
 * @map: with its weights packed, where they are to be
 * @part: the rows and columns that are wanted; columns begin at a multiple of SONDE_MATH_LINEAR_COLUMNS
 * @x: [m, k], rows @x_stride apart
 * @out: (inout): [m, n], rows @out_stride apart: what is in @part is written
 * @workspace: SONDE_MATH_LINEAR_WORKSPACE floats, aligned to SONDE_MATH_LINE bytes
 *
 * A part of out = x weight + bias, in the thread that asks for it. Packed, each sum is made of fused multiplications in stretches
 * of at most SONDE_MATH_LINEAR_DEPTH, and the bias and the sums of the stretches are added one after the other. Where weights are not packed the
 * library multiplies, and may give other bytes for other parts.
 */
void
sonde_math_linear_apply (const SondeMathLinear *map, const SondeMathPart *part, const float *x, size_t x_stride, float *out, size_t out_stride, float *workspace)
{
  const size_t m = part->row_end - part->row, n = part->column_end - part->column;
  float *corner = out + part->row * out_stride + part->column;

  if (m == 0 || n == 0)
    return;
#ifdef HAVE_KERNEL
  if (map->packed && map->k > 0)
    {
      multiply_rectangle (&(Rectangle){ map, part, x, out, x_stride, out_stride, workspace });
      return;
    }
#endif
  for (size_t i = 0; i < m; i++)
    memcpy (corner + i * out_stride, map->bias + part->column, n * sizeof *out);
  if (map->k > 0)
    sonde_math_multiply (m, n, map->k, 1, x + part->row * x_stride, x_stride, map->weight + part->column, map->weight_stride, false, 1, corner, out_stride);
}
