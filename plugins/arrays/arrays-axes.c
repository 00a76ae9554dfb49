#define G_LOG_DOMAIN "arrays"

#include "arrays-axes.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "arrays-names.h"

/* In the order of the words; rows run by sequence, then by position, wherever these stand in the array. */
typedef enum
{
  AXIS_LAYER,
  AXIS_SEQUENCE,
  AXIS_POSITION,
  AXIS_ROW,
  AXIS_FEATURE,
  N_AXES,
} Axis;

static const char *const words[N_AXES] = { "layer", "sequence", "position", "row", "feature" };

typedef struct
{
  guint n;
  Axis axes[SONDE_TENSOR_MAX_DIMS];
} List;

struct _ArraysAxes
{
  gboolean automatic;
  List list;
};

void
arrays_axes_free (ArraysAxes *axes)
{
  g_free (axes);
}

gboolean
arrays_axes_is_automatic (const ArraysAxes *axes)
{
  return axes->automatic;
}

static gboolean
find_word (const char *word,
           Axis *axis)
{
  for (guint i = 0; i < N_AXES; i++)
    if (g_str_equal (words[i], word))
      {
        *axis = i;
        return TRUE;
      }
  return FALSE;
}

static guint
count (const List *list,
       Axis axis)
{
  guint n = 0;

  for (guint i = 0; i < list->n; i++)
    n += list->axes[i] == axis;
  return n;
}

static gboolean
check_list (const List *list,
            const char *text,
            GError **error)
{
  const char *problem = NULL;

  for (guint i = 0; i < AXIS_FEATURE; i++)
    if (count (list, i) > 1)
      problem = _ ("only feature may stand there more than once");
  if (count (list, AXIS_FEATURE) == 0)
    problem = _ ("there is no feature");
  if (count (list, AXIS_ROW) > 0 && count (list, AXIS_SEQUENCE) + count (list, AXIS_POSITION) > 0)
    problem = _ ("rows are either row, or sequence and position");
  if (count (list, AXIS_ROW) + count (list, AXIS_SEQUENCE) + count (list, AXIS_POSITION) == 0)
    problem = _ ("there is none of row, sequence and position");
  if (problem == NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("the axes “%s” make no rows x features: %s: correct --set arrays.axes=…"), text, problem);
  return FALSE;
}

ArraysAxes *
arrays_axes_new (const char *text,
                 GError **error)
{
  g_autoptr (ArraysAxes) axes = g_new0 (ArraysAxes, 1);
  g_auto (GStrv) parts = g_strsplit (text, ",", SONDE_TENSOR_MAX_DIMS + 1);

  axes->automatic = g_str_equal (text, "auto");
  for (guint i = 0; !axes->automatic && parts[i] != NULL; i++)
    if (i == SONDE_TENSOR_MAX_DIMS || !find_word (g_strstrip (parts[i]), &axes->list.axes[axes->list.n++]))
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("the axes “%s” are neither auto nor a list of at most %d of the words layer, sequence, position, row and feature, in the array's own order"), text, SONDE_TENSOR_MAX_DIMS);
        return NULL;
      }
  return axes->automatic || check_list (&axes->list, text, error) ? g_steal_pointer (&axes) : NULL;
}

/* The usual meaning of so many axes. */
static gboolean
guess (guint n_dims,
       gboolean has_layer,
       List *list)
{
  static const struct
  {
    guint n_dims;
    gboolean has_layer;
    List list;
  } usual[] = {
    { 2, TRUE, { 2, { AXIS_ROW, AXIS_FEATURE } } },
    { 2, FALSE, { 2, { AXIS_ROW, AXIS_FEATURE } } },
    { 3, TRUE, { 3, { AXIS_SEQUENCE, AXIS_POSITION, AXIS_FEATURE } } },
    { 3, FALSE, { 3, { AXIS_LAYER, AXIS_ROW, AXIS_FEATURE } } },
    { 4, TRUE, { 4, { AXIS_SEQUENCE, AXIS_POSITION, AXIS_FEATURE, AXIS_FEATURE } } },
    { 4, FALSE, { 4, { AXIS_LAYER, AXIS_SEQUENCE, AXIS_POSITION, AXIS_FEATURE } } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (usual[i].n_dims == n_dims && usual[i].has_layer == has_layer)
      {
        *list = usual[i].list;
        return TRUE;
      }
  return FALSE;
}

/* Puts the axes of this kind next in the matrix; the product of their lengths, or 0 where it is more than rows or features can be. */
static gsize
take_axes (const List *list,
           const ArraysView *view,
           Axis axis,
           ArraysMatrix *matrix)
{
  gsize product = 1;

  for (guint i = 0; i < list->n; i++)
    if (list->axes[i] == axis)
      {
        matrix->view.shape[matrix->view.n_dims] = view->shape[i];
        matrix->view.strides[matrix->view.n_dims] = view->strides[i];
        matrix->view.n_dims++;
        if (!g_size_checked_mul (&product, product, view->shape[i]) || product > G_MAXINT)
          return 0;
      }
  return product;
}

static gboolean
build (const List *list,
       const ArraysView *view,
       ArraysMatrix *matrix)
{
  gsize n_rows = 1, n_sequences, n_positions, n_features;

  *matrix = (ArraysMatrix){ .view = { .dtype = view->dtype, .swapped = view->swapped }, .n_layers = 1 };
  for (guint i = 0; i < list->n; i++)
    if (list->axes[i] == AXIS_LAYER)
      {
        matrix->has_layers = TRUE;
        matrix->n_layers = (guint) MIN (view->shape[i], G_MAXUINT);
        matrix->layer_stride = view->strides[i];
      }
  n_sequences = take_axes (list, view, AXIS_SEQUENCE, matrix);
  n_positions = take_axes (list, view, AXIS_POSITION, matrix);
  n_rows = take_axes (list, view, AXIS_ROW, matrix);
  matrix->n_row_dims = matrix->view.n_dims;
  n_features = take_axes (list, view, AXIS_FEATURE, matrix);
  if (!g_size_checked_mul (&n_rows, n_rows, n_sequences) || !g_size_checked_mul (&n_rows, n_rows, n_positions) || n_rows > G_MAXINT)
    n_rows = 0;
  matrix->n_rows = (guint) n_rows;
  matrix->n_features = (guint) n_features;
  if (count (list, AXIS_ROW) == 0)
    {
      matrix->n_sequences = (guint) n_sequences;
      matrix->n_positions = (guint) n_positions;
    }
  return n_rows > 0 && n_features > 0 && matrix->n_layers > 0 && matrix->n_layers <= ARRAYS_MAX_LAYERS;
}

static char *
dup_shape (const ArraysView *view)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < view->n_dims; i++)
    g_string_append_printf (text, i == 0 ? "%" G_GSIZE_FORMAT : ", %" G_GSIZE_FORMAT, view->shape[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

gboolean
arrays_axes_apply (const ArraysAxes *axes,
                   const ArraysView *view,
                   gboolean has_layer,
                   ArraysMatrix *matrix,
                   SondeWords **reason)
{
  List list = axes->list;
  g_autofree char *shape = dup_shape (view);

  *reason = NULL;
  if (axes->automatic ? !guess (view->n_dims, has_layer, &list) : list.n != view->n_dims)
    *reason = SONDE_WORDS (g_strdup_printf (axes->automatic ? _ ("its shape is %s, and only of 2 to 4 axes it is plain what they mean: name them with the property axes") : _ ("its shape is %s, which has another number of axes than the property axes names"), shape));
  else if (has_layer && count (&list, AXIS_LAYER) > 0)
    *reason = SONDE_WORDS (g_strdup (_ ("its layer is in its name, and its axes have layers, too")));
  else if (!build (&list, view, matrix))
    *reason = SONDE_WORDS (g_strdup_printf (_ ("its shape is %s, and at least one row and feature and at most %d of each are expected, and as many as %d layers"), shape, G_MAXINT, ARRAYS_MAX_LAYERS));
  return *reason == NULL;
}
