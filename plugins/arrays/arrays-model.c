#define G_LOG_DOMAIN "arrays"

#include "arrays-model.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "arrays-layout.h"

struct _ArraysModel
{
  GObject parent_instance;

  ArraysFile *file;
  ArraysLayout *layout;
  GPtrArray *sites; /* of SondeSite, one a stage */
};

/* ---- what it has ---- */

static const char *
arrays_model_get_name (SondeModel *model)
{
  return ARRAYS_MODEL (model)->layout->title;
}

static guint
arrays_model_get_n_layers (SondeModel *model)
{
  return ARRAYS_MODEL (model)->layout->n_layers;
}

static GPtrArray *
arrays_model_dup_sites (SondeModel *model)
{
  return g_ptr_array_ref (ARRAYS_MODEL (model)->sites);
}

static GPtrArray *
arrays_model_dup_warnings (SondeModel *model)
{
  return arrays_say (ARRAYS_MODEL (model)->layout->warnings);
}

static GPtrArray *
arrays_model_dup_conditions (SondeModel *model)
{
  return g_ptr_array_ref (ARRAYS_MODEL (model)->layout->conditions);
}

static GPtrArray *
arrays_model_dup_stages (SondeModel *model)
{
  return g_ptr_array_ref (ARRAYS_MODEL (model)->layout->stages);
}

static GArray *
arrays_model_dup_layers (SondeModel *model)
{
  return g_array_ref (ARRAYS_MODEL (model)->layout->layers);
}

static void
arrays_model_foreach_file (SondeModel *model,
                           SondeModelFileFunc func,
                           gpointer user_data)
{
  ArraysModel *self = ARRAYS_MODEL (model);

  for (guint i = 0; i < self->file->containers->len; i++)
    func ("capture", ((ArraysContainer *) g_ptr_array_index (self->file->containers, i))->path, user_data);
  if (self->layout->rows_path != NULL)
    func ("rows", self->layout->rows_path, user_data);
}

/* ---- giving rows ---- */

/* An array that several layers of a run are cut from is read once. */
typedef struct
{
  guint n_left; /* places that still want it */
  GBytes *bytes;
} Use;

typedef struct
{
  ArraysModel *model;
  GHashTable *uses; /* ArraysEntry → Use */
  SondeSiteFunc func;
  gpointer user_data;
  GCancellable *cancellable;
} Delivery;

static void
use_free (Use *use)
{
  g_clear_pointer (&use->bytes, g_bytes_unref);
  g_free (use);
}

static void
count_uses (ArraysModel *self,
            SondeSelection *selection,
            GHashTable *uses)
{
  ArraysLayout *layout = self->layout;

  for (guint i = 0; i < layout->grid->len; i++)
    {
      const ArraysPlace *place = g_ptr_array_index (layout->grid, i);
      const guint stage = i / layout->n_sources % layout->stages->len;
      Use *use;

      if (!sonde_selection_has (selection, place->layer, arrays_layout_get_stage (layout, stage)->site))
        continue;
      use = g_hash_table_lookup (uses, place->entry);
      if (use == NULL)
        {
          use = g_new0 (Use, 1);
          g_hash_table_insert (uses, (gpointer) place->entry, use);
        }
      use->n_left++;
    }
}

/* The array's elements; kept where another layer needs them. */
static GBytes *
take_bytes (Delivery *delivery,
            const ArraysEntry *entry,
            GError **error)
{
  Use *use = g_hash_table_lookup (delivery->uses, entry);
  GBytes *bytes = use->bytes != NULL ? g_bytes_ref (use->bytes) : arrays_file_read (entry, error);

  use->n_left--;
  g_clear_pointer (&use->bytes, g_bytes_unref);
  if (bytes != NULL && use->n_left > 0)
    use->bytes = g_bytes_ref (bytes);
  return bytes;
}

static float *
allocate (gsize n_rows,
          gsize n_columns,
          const char *stage,
          guint layer,
          GError **error)
{
  gsize n_bytes;
  float *values = NULL;

  if (g_size_checked_mul (&n_bytes, n_rows, n_columns) && g_size_checked_mul (&n_bytes, n_bytes, sizeof (float)))
    values = g_try_malloc (n_bytes);
  if (values == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there is no memory for the %zu x %zu values of layer %u, %s: free some memory, or choose fewer rows or --layers"), n_rows, n_columns, layer, stage);
  return values;
}

/* The place's part of the mapped file itself, where that is what a tensor has. */
static SondeTensor *
share (const ArraysPlace *place,
       GBytes *bytes)
{
  const gsize shape[] = { place->matrix->n_rows, place->matrix->n_features };
  const gsize n_bytes = shape[0] * shape[1] * sizeof (float);
  g_autoptr (SondeTensor) tensor = NULL;
  g_autoptr (GBytes) part = NULL;

  if (!arrays_matrix_is_plain (place->matrix))
    return NULL;
  part = g_bytes_new_from_bytes (bytes, place->offset, n_bytes);
  tensor = sonde_tensor_new (SONDE_DTYPE_F32, shape, 2, part, NULL);
  return tensor != NULL && sonde_tensor_peek_f32 (tensor) != NULL ? g_steal_pointer (&tensor) : NULL;
}

/* The rows of all sources, one after another. */
static SondeTensor *
join_sources (Delivery *delivery,
              guint layer_place,
              guint stage,
              GError **error)
{
  ArraysLayout *layout = delivery->model->layout;
  const gsize n_columns = g_array_index (layout->widths, guint, stage);
  g_autofree float *values = NULL;
  gsize n_rows = 0, first = 0;

  for (guint c = 0; c < layout->n_sources; c++)
    n_rows += arrays_layout_get (layout, layer_place, stage, c)->matrix->n_rows;
  for (guint c = 0; c < layout->n_sources; c++)
    {
      const ArraysPlace *place = arrays_layout_get (layout, layer_place, stage, c);
      g_autoptr (GBytes) bytes = take_bytes (delivery, place->entry, error);
      SondeTensor *shared = bytes != NULL && layout->n_sources == 1 ? share (place, bytes) : NULL;

      if (bytes == NULL || shared != NULL)
        return shared;
      if (values == NULL)
        values = allocate (n_rows, n_columns, place->stage, place->layer, error);
      if (values == NULL)
        return NULL;
      arrays_matrix_gather (place->matrix, (const guchar *) g_bytes_get_data (bytes, NULL) + place->offset, values + first * n_columns);
      first += place->matrix->n_rows;
    }
  return sonde_tensor_new_take_f32 (g_steal_pointer (&values), n_rows, n_columns);
}

/* The rows of all conditions, where a table says which these are. */
static SondeTensor *
pick_rows (ArraysLayout *layout,
           SondeTensor *all,
           guint stage,
           guint layer,
           GError **error)
{
  const gsize n_columns = sonde_tensor_get_n_columns (all);
  const float *source = sonde_tensor_peek_f32 (all);
  float *values = allocate (layout->row_map->len, n_columns, arrays_layout_get_stage (layout, stage)->id, layer, error);

  if (values == NULL)
    return NULL;
  for (guint row = 0; row < layout->row_map->len; row++)
    memcpy (values + row * n_columns, source + g_array_index (layout->row_map, guint, row) * n_columns, n_columns * sizeof (float));
  return sonde_tensor_new_take_f32 (values, layout->row_map->len, n_columns);
}

static gboolean
deliver (Delivery *delivery,
         guint layer_place,
         guint stage,
         GError **error)
{
  ArraysLayout *layout = delivery->model->layout;
  const guint layer = g_array_index (layout->layers, guint, layer_place);
  g_autoptr (SondeTensor) tensor = NULL;

  if (g_cancellable_set_error_if_cancelled (delivery->cancellable, error))
    return FALSE;
  tensor = join_sources (delivery, layer_place, stage, error);
  if (tensor != NULL && layout->row_map != NULL)
    {
      SondeTensor *picked = pick_rows (layout, tensor, stage, layer, error);

      sonde_tensor_unref (tensor);
      tensor = picked;
    }
  return tensor != NULL && delivery->func (layer, arrays_layout_get_stage (layout, stage)->site, tensor, delivery->user_data, error);
}

static gboolean
arrays_model_run (SondeModel *model,
                  SondeBatch *batch,
                  SondeSelection *selection,
                  SondeSiteFunc func,
                  gpointer user_data,
                  GCancellable *cancellable,
                  GError **error)
{
  ArraysModel *self = ARRAYS_MODEL (model);
  ArraysLayout *layout = self->layout;
  g_autoptr (GHashTable) uses = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) use_free);
  Delivery delivery = { self, uses, func, user_data, cancellable };

  count_uses (self, selection, uses);
  for (guint l = 0; l < layout->layers->len; l++)
    for (guint s = 0; s < layout->stages->len; s++)
      if (sonde_selection_has (selection, g_array_index (layout->layers, guint, l), arrays_layout_get_stage (layout, s)->site) && !deliver (&delivery, l, s, error))
        return FALSE;
  return TRUE;
}

static gboolean
is_deflated (const ArraysPlace *place)
{
  return place->entry->member != NULL && place->entry->member->deflated;
}

/* Of a single condition arrays go from the mapped file into the frames as they are; what is packed needs room to be unpacked, until
 * the last of its layers was cut from it. */
static void
arrays_model_estimate (SondeModel *model,
                       SondeBatch *batch,
                       SondeSelection *selection,
                       SondeEstimate *estimate)
{
  ArraysLayout *layout = ARRAYS_MODEL (model)->layout;
  gboolean shared = layout->n_sources == 1 && layout->row_map == NULL;
  guint64 unpacked = 0, all = 0;

  for (guint i = 0; i < layout->grid->len; i++)
    {
      const ArraysPlace *place = g_ptr_array_index (layout->grid, i);
      const gsize start = place->entry->bytes != NULL ? (gsize) g_bytes_get_data (place->entry->bytes, NULL) : place->entry->start + (place->entry->member != NULL ? place->entry->member->start : 0);

      shared &= arrays_matrix_is_plain (place->matrix) && !is_deflated (place) && start % sizeof (float) == 0;
      unpacked = MAX (unpacked, is_deflated (place) ? place->entry->n_bytes : 0);
      all += is_deflated (place) && place->matrix->has_layers && place->layer == 0 ? place->entry->n_bytes : 0;
    }
  if (shared)
    estimate->working = 0;
  else if (layout->row_map != NULL)
    estimate->working *= 2;
  estimate->working += MAX (unpacked, all);
}

/* ---- the type ---- */

static void
arrays_model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = arrays_model_get_name;
  iface->get_n_layers = arrays_model_get_n_layers;
  iface->dup_sites = arrays_model_dup_sites;
  iface->dup_conditions = arrays_model_dup_conditions;
  iface->dup_stages = arrays_model_dup_stages;
  iface->dup_layers = arrays_model_dup_layers;
  iface->foreach_file = arrays_model_foreach_file;
  iface->dup_warnings = arrays_model_dup_warnings;
  iface->run = arrays_model_run;
  iface->estimate = arrays_model_estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ArraysModel, arrays_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, arrays_model_iface_init))

static void
arrays_model_finalize (GObject *object)
{
  ArraysModel *self = ARRAYS_MODEL (object);

  g_clear_pointer (&self->sites, g_ptr_array_unref);
  g_clear_pointer (&self->layout, arrays_layout_free);
  g_clear_pointer (&self->file, arrays_file_free);
  G_OBJECT_CLASS (arrays_model_parent_class)->finalize (object);
}

static void
arrays_model_class_init (ArraysModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = arrays_model_finalize;
}

static void
arrays_model_init (ArraysModel *self)
{
}

static GPtrArray *
make_sites (ArraysLayout *layout)
{
  GPtrArray *sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);

  for (guint i = 0; i < layout->stages->len; i++)
    {
      const SondeStage *stage = arrays_layout_get_stage (layout, i);
      SondeSite *site = sonde_site_new (stage->site, stage->formula, g_array_index (layout->widths, guint, i), TRUE);

      for (guint j = 0; j < stage->aliases->len; j++)
        {
          const SondeSiteAlias *alias = g_ptr_array_index (stage->aliases, j);

          sonde_site_add_alias (site, alias->library, alias->name);
        }
      g_ptr_array_add (sites, site);
    }
  return sites;
}

ArraysModel *
arrays_model_open (const char *path,
                   const ArraysOptions *options,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (ArraysModel) self = g_object_new (ARRAYS_TYPE_MODEL, NULL);

  self->file = arrays_file_open (path, cancellable, error);
  self->layout = self->file != NULL ? arrays_layout_new (self->file, options, cancellable, error) : NULL;
  if (self->layout == NULL)
    return NULL;
  self->sites = make_sites (self->layout);
  return g_steal_pointer (&self);
}
