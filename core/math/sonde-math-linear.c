#include "sonde-math-blas.h"
#include "sonde-math-private.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_KERNEL
#endif

/* The linear maps are nearly all of a model's work, and the library's product does not know what is so of them: that a bias is
 * added, and that the rows are many and their number nothing in particular. OpenBLAS's kernels for AVX-512 leave a seventh of what
 * the processor can do; this one half of that. It goes the way of Goto and van de Geijn (ACM TOMS 34, 2008): for some columns, and
 * as much of the depth as the caches hold, the weights are copied in the order in which they are read; a few rows at a time are
 * copied beside them; and a tile of sums stays in registers while both stream by. */

#define MAX_DEPTH ((size_t) 192)  /* 14 rows of it are a third of a first-level cache */
#define MAX_WIDTH ((size_t) 1024) /* weights of that width and depth are most of a second-level cache */
#define TILE_ROWS ((size_t) 14)
#define TILE_COLUMNS ((size_t) 32)
#define LINE ((size_t) 64)

static void
fill_rows (const float *bias, size_t m, size_t n, float *out, size_t stride)
{
  for (size_t i = 0; i < m; i++)
    memcpy (out + i * stride, bias, n * sizeof *out);
}

#ifdef HAVE_KERNEL

#define KERNEL __attribute__ ((target ("avx512f")))

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
static inline __attribute__ ((always_inline)) KERNEL void
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
  static KERNEL void                       \
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

/* weight [depth, width] tile by tile, each [depth, TILE_COLUMNS], with zeros where there is no column. */
static KERNEL void
pack_columns (const float *weight, size_t stride, size_t depth, size_t width, float *packed)
{
  for (size_t k = 0; k < depth; k++, weight += stride)
    for (size_t column = 0; column < width; column += TILE_COLUMNS)
      {
        float *place = packed + column * depth + k * TILE_COLUMNS;

        _mm512_store_ps (place, _mm512_maskz_loadu_ps (mask_columns (width - column, 0), weight + column));
        _mm512_store_ps (place + 16, _mm512_maskz_loadu_ps (mask_columns (width - column, 16), weight + column + 16));
      }
}

static void
pack_rows (const float *x, size_t stride, size_t depth, size_t n_rows, float *packed)
{
  for (size_t i = 0; i < n_rows; i++)
    memcpy (packed + i * MAX_DEPTH, x + i * stride, depth * sizeof *packed);
}

typedef struct
{
  const float *weight, *bias, *x;
  float *out;
  size_t weight_stride, x_stride, out_stride;
  float *rows, *columns; /* packed: room for a tile's rows, and for a block of columns */
  SondeMathPart after;
  void *data;
} Map;

/* One more stretch of the depth of columns @first to below @end, for all rows; it may be the @last. */
static void
multiply_block (const Map *map, size_t m, size_t first, size_t end, size_t at, size_t depth, bool last)
{
  pack_columns (map->weight + at * map->weight_stride + first, map->weight_stride, depth, end - first, map->columns);
  for (size_t row = 0; row < m; row += TILE_ROWS)
    {
      const size_t n_rows = smaller (m - row, TILE_ROWS);

      pack_rows (map->x + row * map->x_stride + at, map->x_stride, depth, n_rows, map->rows);
      for (size_t column = first; column < end; column += TILE_COLUMNS)
        {
          float *out = map->out + row * map->out_stride + column;
          const Tile tile = { .depth = depth,
                              .rows = map->rows,
                              .columns = map->columns + (column - first) * depth,
                              .start = at == 0 ? map->bias + column : out,
                              .start_stride = at == 0 ? 0 : map->out_stride,
                              .out = out,
                              .out_stride = map->out_stride,
                              .left = mask_columns (end - column, 0),
                              .right = mask_columns (end - column, 16) };

          multiply_tiles[n_rows](&tile);
        }
      if (last && map->after)
        map->after (row, row + n_rows, first, end, map->data);
    }
}

/* The fewest parts of at most @max, as equal as multiples of @step can be. */
static size_t
get_part (size_t length, size_t max, size_t step)
{
  const size_t n_parts = (length + max - 1) / max, part = (length + n_parts - 1) / n_parts;

  return (part + step - 1) / step * step;
}

/* Every sum is made in the same order, wherever a tile's edge falls: how the work is divided changes no byte. */
static void
multiply_all (const Map *map, size_t m, size_t n, size_t k)
{
  const size_t width = get_part (n, MAX_WIDTH, TILE_COLUMNS), depth = get_part (k, MAX_DEPTH, 1);

  for (size_t first = 0; first < n; first += width)
    for (size_t at = 0; at < k; at += depth)
      multiply_block (map, m, first, smaller (n, first + width), at, smaller (k - at, depth), at + depth >= k);
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

size_t
sonde_math_linear_workspace (void)
{
  return MAX_DEPTH * (MAX_WIDTH + TILE_ROWS) + LINE / sizeof (float);
}

/**
 * sonde_math_linear:
 * @x: [m, k], rows @x_stride apart
 * @weight: [k, n], rows @weight_stride apart
 * @bias: [n]
 * @out: (out): [m, n], rows @out_stride apart
 * @workspace: sonde_math_linear_workspace() floats
 * @after: (nullable): called with @data for each part of @out as soon as it is there and while it is in a cache
 *
 * out = x weight + bias, in the thread that asks for it. Where the processor and the library's kernels are of AVX-512, each sum is
 * made of fused multiplications in at most 192 steps, the sums of such stretches and the bias added one after the other; any part
 * of out is then the same bytes when it is computed by itself. Elsewhere the library multiplies, and promises no such thing.
 */
void
sonde_math_linear (size_t m,
                   size_t n,
                   size_t k,
                   const float *x,
                   size_t x_stride,
                   const float *weight,
                   size_t weight_stride,
                   const float *bias,
                   float *out,
                   size_t out_stride,
                   float *workspace,
                   SondeMathPart after,
                   void *data)
{
#ifdef HAVE_KERNEL
  if (m > 0 && n > 0 && k > 0 && has_kernel ())
    {
      float *rows = (float *) (((uintptr_t) workspace + LINE - 1) / LINE * LINE);
      const Map map = { weight, bias, x, out, weight_stride, x_stride, out_stride, rows, rows + TILE_ROWS * MAX_DEPTH, after, data };

      multiply_all (&map, m, n, k);
      return;
    }
#endif
  fill_rows (bias, m, n, out, out_stride);
  if (m > 0 && n > 0 && k > 0)
    sonde_math_multiply (m, n, k, 1, x, x_stride, weight, weight_stride, false, 1, out, out_stride);
  if (m > 0 && n > 0 && after)
    after (0, m, 0, n, data);
}
