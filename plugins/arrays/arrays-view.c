#define G_LOG_DOMAIN "arrays"

#include "arrays-view.h"

#include <string.h>

/* Elements of a side of what is copied at a time: a tile of four bytes an element fits a first-level cache. Of rows whose elements
 * lie together, a tile is a part of one row. */
#define TILE 64
#define TILE_ELEMENTS (TILE * TILE)
#define ABREAST 4 /* columns that are read at a time, so that what is written is no single element */

gboolean
arrays_view_init (ArraysView *view,
                  SondeDtype dtype,
                  gboolean swapped,
                  gboolean fortran,
                  const gsize *shape,
                  guint n_dims,
                  gsize *n_bytes)
{
  gsize stride = sonde_dtype_get_size (dtype);
  gboolean empty = FALSE;

  *view = (ArraysView){ .dtype = dtype, .swapped = swapped && stride > 1, .n_dims = n_dims };
  for (guint i = 0; i < n_dims; i++)
    {
      const guint dim = fortran ? i : n_dims - 1 - i; /* the fastest first */

      view->shape[dim] = shape[dim];
      view->strides[dim] = stride;
      empty |= shape[dim] == 0;
      if (shape[dim] > 0 && !g_size_checked_mul (&stride, stride, shape[dim]))
        return FALSE;
    }
  *n_bytes = empty ? 0 : stride;
  return stride <= G_MAXSSIZE;
}

/* ---- one plane ---- */

typedef struct
{
  SondeDtype dtype;
  gboolean swapped;
  gsize size; /* of an element */
  gsize n_rows;
  gsize n_columns;
  gsize row_stride; /* in bytes */
  gsize column_stride;
  gsize pitch; /* numbers of the target from row to row */
} Plane;

/* The stage has the tile's rows one after another. The source is read along whichever stride is smaller: a line of memory that
 * was fetched is used whole. */
#define DEFINE_STAGE_TILE(bits)                                                                                                     \
  static void stage_columns_##bits (const Plane *plane, const guchar *source, gsize rows, gsize columns, guint##bits *stage)        \
  {                                                                                                                                 \
    gsize column = 0;                                                                                                               \
                                                                                                                                    \
    for (; column + ABREAST <= columns; column += ABREAST)                                                                          \
      for (gsize row = 0; row < rows; row++)                                                                                        \
        {                                                                                                                           \
          guint##bits elements[ABREAST];                                                                                            \
                                                                                                                                    \
          for (gsize i = 0; i < ABREAST; i++)                                                                                       \
            memcpy (&elements[i], source + row * plane->row_stride + (column + i) * plane->column_stride, sizeof *stage);           \
          memcpy (&stage[row * columns + column], elements, sizeof elements);                                                       \
        }                                                                                                                           \
    for (; column < columns; column++)                                                                                              \
      for (gsize row = 0; row < rows; row++)                                                                                        \
        memcpy (&stage[row * columns + column], source + row * plane->row_stride + column * plane->column_stride, sizeof *stage);   \
  }                                                                                                                                 \
                                                                                                                                    \
  static void stage_tile_##bits (const Plane *plane, const guchar *source, gsize rows, gsize columns, gpointer target)              \
  {                                                                                                                                 \
    guint##bits *stage = target;                                                                                                    \
                                                                                                                                    \
    if (plane->column_stride > plane->row_stride)                                                                                   \
      stage_columns_##bits (plane, source, rows, columns, stage);                                                                   \
    else                                                                                                                            \
      for (gsize row = 0; row < rows; row++)                                                                                        \
        for (gsize column = 0; column < columns; column++)                                                                          \
          memcpy (&stage[row * columns + column], source + row * plane->row_stride + column * plane->column_stride, sizeof *stage); \
  }

DEFINE_STAGE_TILE (8)
DEFINE_STAGE_TILE (16)
DEFINE_STAGE_TILE (32)
DEFINE_STAGE_TILE (64)

static void
swap (gpointer elements,
      gsize size,
      gsize n)
{
  for (gsize i = 0; size == 2 && i < n; i++)
    ((guint16 *) elements)[i] = GUINT16_SWAP_LE_BE (((guint16 *) elements)[i]);
  for (gsize i = 0; size == 4 && i < n; i++)
    ((guint32 *) elements)[i] = GUINT32_SWAP_LE_BE (((guint32 *) elements)[i]);
  for (gsize i = 0; size == 8 && i < n; i++)
    ((guint64 *) elements)[i] = GUINT64_SWAP_LE_BE (((guint64 *) elements)[i]);
}

static void
gather_tile (const Plane *plane,
             const guchar *source,
             gsize rows,
             gsize columns,
             float *target)
{
  guint64 stage[TILE_ELEMENTS]; /* aligned for every type */

  if (plane->column_stride == plane->size)
    memcpy (stage, source, columns * plane->size);
  else if (plane->size == 8)
    stage_tile_64 (plane, source, rows, columns, stage);
  else if (plane->size == 4)
    stage_tile_32 (plane, source, rows, columns, stage);
  else if (plane->size == 2)
    stage_tile_16 (plane, source, rows, columns, stage);
  else
    stage_tile_8 (plane, source, rows, columns, stage);
  if (plane->swapped)
    swap (stage, plane->size, rows * columns);
  for (gsize row = 0; row < rows; row++)
    sonde_dtype_to_f32 (plane->dtype, (const guchar *) stage + row * columns * plane->size, columns, target + row * plane->pitch);
}

static void
gather_plane (const Plane *plane,
              const guchar *source,
              float *target)
{
  const gboolean together = plane->column_stride == plane->size;
  const gsize tile_rows = together ? 1 : TILE;
  const gsize tile_columns = !together ? TILE : plane->swapped ? TILE_ELEMENTS
                                                               : plane->n_columns;

  for (gsize column = 0; column < plane->n_columns; column += tile_columns)
    for (gsize row = 0; row < plane->n_rows; row += tile_rows)
      {
        const guchar *from = source + row * plane->row_stride + column * plane->column_stride;
        float *to = target + row * plane->pitch + column;

        if (together && !plane->swapped)
          sonde_dtype_to_f32 (plane->dtype, from, plane->n_columns, to);
        else
          gather_tile (plane, from, MIN (tile_rows, plane->n_rows - row), MIN (tile_columns, plane->n_columns - column), to);
      }
}

/* ---- any number of axes ---- */

/* An axis that is not in the plane: how far it moves in the source and in the target. */
typedef struct
{
  gsize length;
  gsize stride; /* in bytes */
  gsize step;   /* in numbers */
} Axis;

/* Appends the axes @first to @end, with the numbers that each moves in a target whose last one moves @step; those that continue
 * one another become one, those of length 1 none. */
static guint
collect_axes (const ArraysView *view,
              guint first,
              guint end,
              gsize step,
              Axis *axes)
{
  Axis reversed[SONDE_TENSOR_MAX_DIMS];
  guint n = 0;

  for (guint i = end; i-- > first;)
    {
      const Axis axis = { view->shape[i], view->strides[i], step };

      step *= axis.length;
      if (axis.length == 1)
        continue;
      if (n > 0 && axis.stride == reversed[n - 1].stride * reversed[n - 1].length)
        reversed[n - 1].length *= axis.length;
      else
        reversed[n++] = axis;
    }
  for (guint i = 0; i < n; i++)
    axes[i] = reversed[n - 1 - i];
  return n;
}

/* The axis of the rows that lies closest together: going along it wastes nothing of what is read. */
static guint
find_closest (const Axis *axes,
              guint n)
{
  guint closest = n - 1;

  for (guint i = 0; i < n; i++)
    if (axes[i].stride < axes[closest].stride)
      closest = i;
  return closest;
}

static Axis
take_axis (Axis *axes,
           guint *n,
           guint which)
{
  const Axis taken = axes[which];

  for (guint i = which + 1; i < *n; i++)
    axes[i - 1] = axes[i];
  (*n)--;
  return taken;
}

static void
gather_planes (const Plane *plane,
               const Axis *outer,
               guint n_outer,
               const guchar *source,
               float *target)
{
  if (n_outer == 0)
    {
      gather_plane (plane, source, target);
      return;
    }
  for (gsize i = 0; i < outer->length; i++)
    gather_planes (plane, outer + 1, n_outer - 1, source + i * outer->stride, target + i * outer->step);
}

/* @rows and @features with as many axes as are left of each; none is a single row or feature. */
static void
split (const ArraysMatrix *matrix,
       Axis *rows,
       guint *n_rows,
       Axis *features,
       guint *n_features)
{
  const ArraysView *view = &matrix->view;

  *n_rows = collect_axes (view, 0, matrix->n_row_dims, matrix->n_features, rows);
  *n_features = collect_axes (view, matrix->n_row_dims, view->n_dims, 1, features);
}

gboolean
arrays_matrix_is_plain (const ArraysMatrix *matrix)
{
  Axis rows[SONDE_TENSOR_MAX_DIMS], features[SONDE_TENSOR_MAX_DIMS];
  guint n_rows, n_features;

  split (matrix, rows, &n_rows, features, &n_features);
  return matrix->view.dtype == SONDE_DTYPE_F32 && !matrix->view.swapped && n_rows <= 1 && n_features <= 1 && (n_features == 0 || features[0].stride == sizeof (float)) && (n_rows == 0 || rows[0].stride == matrix->n_features * sizeof (float));
}

void
arrays_matrix_gather (const ArraysMatrix *matrix,
                      const guchar *data,
                      float *target)
{
  const gsize size = sonde_dtype_get_size (matrix->view.dtype);
  Axis outer[2 * SONDE_TENSOR_MAX_DIMS], features[SONDE_TENSOR_MAX_DIMS];
  Axis row = { 1, size * matrix->n_features, matrix->n_features };
  Axis column = { 1, size, 1 };
  guint n_outer, n_features;
  Plane plane;

  split (matrix, outer, &n_outer, features, &n_features);
  if (n_outer > 0)
    row = take_axis (outer, &n_outer, find_closest (outer, n_outer));
  if (n_features > 0)
    column = take_axis (features, &n_features, n_features - 1);
  for (guint i = 0; i < n_features; i++)
    outer[n_outer++] = features[i];
  plane = (Plane){ matrix->view.dtype, matrix->view.swapped, size, row.length, column.length, row.stride, column.stride, row.step };
  gather_planes (&plane, outer, n_outer, data, target);
}
