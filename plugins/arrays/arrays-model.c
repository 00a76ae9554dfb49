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
arrays_model_list_sites (SondeModel *model)
{
  ArraysLayout *layout = ARRAYS_MODEL (model)->layout;
  GPtrArray *sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);

  for (guint i = 0; i < layout->stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (layout->stages, i);

      g_ptr_array_add (sites, sonde_site_new (stage->site, stage->formula, g_array_index (layout->widths, guint, i), TRUE));
    }
  return sites;
}

static GPtrArray *
arrays_model_list_conditions (SondeModel *model)
{
  return g_ptr_array_ref (ARRAYS_MODEL (model)->layout->conditions);
}

static GPtrArray *
arrays_model_list_stages (SondeModel *model)
{
  return g_ptr_array_ref (ARRAYS_MODEL (model)->layout->stages);
}

static const guint *
arrays_model_get_layers (SondeModel *model,
                         guint *n_layers)
{
  GArray *layers = ARRAYS_MODEL (model)->layout->layers;

  *n_layers = layers->len;
  return (const guint *) layers->data;
}

static void
arrays_model_foreach_file (SondeModel *model,
                           SondeModelFileFunc func,
                           gpointer user_data)
{
  func ("capture", ARRAYS_MODEL (model)->file->path, user_data);
}

/* ---- giving rows ---- */

/* The rows of all conditions of one (layer, stage), put together from one array each. */
typedef struct
{
  const char *site;
  guint layer;
  gsize columns;
  gsize n_rows;
  guint n_missing;
  float *values;
  SondeTensor *whole; /* of a single condition: its array, without a copy */
} Assembly;

/* Where an array belongs. */
typedef struct
{
  Assembly *assembly;
  gsize first_row;
} Part;

typedef struct
{
  GHashTable *parts; /* ArraysEntry → Part */
  guint n_conditions;
  SondeSiteFunc func;
  gpointer user_data;
} Delivery;

static void
assembly_free (Assembly *assembly)
{
  g_free (assembly->values);
  g_clear_pointer (&assembly->whole, sonde_tensor_unref);
  g_free (assembly);
}

static gboolean
deliver (Delivery *delivery,
         Assembly *assembly,
         GError **error)
{
  g_autoptr (SondeTensor) tensor = g_steal_pointer (&assembly->whole);

  if (tensor == NULL)
    tensor = sonde_tensor_new_take_f32 (g_steal_pointer (&assembly->values), assembly->n_rows, assembly->columns);
  return delivery->func (assembly->layer, assembly->site, tensor, delivery->user_data, error);
}

static gboolean
take_array (const ArraysEntry *entry,
            SondeTensor *tensor,
            gpointer user_data,
            GError **error)
{
  Delivery *delivery = user_data;
  Part *part = g_hash_table_lookup (delivery->parts, entry);
  Assembly *assembly = part->assembly;
  g_autoptr (SondeTensor) converted = sonde_tensor_to_f32 (tensor);
  gsize n_bytes;

  if (delivery->n_conditions == 1)
    assembly->whole = g_steal_pointer (&converted);
  else
    {
      if (assembly->values == NULL && g_size_checked_mul (&n_bytes, assembly->n_rows * sizeof (float), assembly->columns))
        assembly->values = g_try_malloc (n_bytes);
      if (assembly->values == NULL)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there is no memory for the %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " values of layer %u, %s"),
                       assembly->n_rows, assembly->columns, assembly->layer, assembly->site);
          return FALSE;
        }
      memcpy (assembly->values + part->first_row * assembly->columns, sonde_tensor_peek_f32 (converted), sonde_tensor_get_n_elements (converted) * sizeof (float));
    }
  assembly->n_missing--;
  return assembly->n_missing > 0 || deliver (delivery, assembly, error);
}

/* All (layer, stage) that @selection has, with the arrays that each is made of. */
static void
plan (ArraysModel *self,
      SondeSelection *selection,
      GPtrArray *assemblies,
      GPtrArray *wanted,
      GHashTable *parts)
{
  ArraysLayout *layout = self->layout;

  for (guint l = 0; l < layout->layers->len; l++)
    for (guint s = 0; s < layout->stages->len; s++)
      {
        guint layer = g_array_index (layout->layers, guint, l);
        SondeStage *stage = g_ptr_array_index (layout->stages, s);
        Assembly *assembly;

        if (!sonde_selection_has (selection, layer, stage->site))
          continue;
        assembly = g_new0 (Assembly, 1);
        *assembly = (Assembly){ .site = stage->site, .layer = layer, .columns = g_array_index (layout->widths, guint, s), .n_missing = layout->conditions->len };
        g_ptr_array_add (assemblies, assembly);
        for (guint c = 0; c < layout->conditions->len; c++)
          {
            const ArraysEntry *entry = arrays_layout_get (layout, l, s, c);
            Part *part = g_new (Part, 1);

            *part = (Part){ assembly, assembly->n_rows };
            assembly->n_rows += entry->shape[0];
            g_hash_table_insert (parts, (gpointer) entry, part);
            g_ptr_array_add (wanted, (gpointer) entry);
          }
      }
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
  g_autoptr (GPtrArray) assemblies = g_ptr_array_new_with_free_func ((GDestroyNotify) assembly_free);
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  g_autoptr (GHashTable) parts = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  Delivery delivery = { parts, self->layout->conditions->len, func, user_data };

  plan (self, selection, assemblies, wanted, parts);
  return arrays_file_read (self->file, wanted, take_array, &delivery, cancellable, error);
}

/* Of a single condition arrays go from the mapped file into the frames as they are. */
static void
arrays_model_estimate (SondeModel *model,
                       SondeBatch *batch,
                       SondeSelection *selection,
                       SondeEstimate *estimate)
{
  ArraysModel *self = ARRAYS_MODEL (model);

  if (self->layout->conditions->len > 1 || self->file->archive)
    return;
  for (guint i = 0; i < self->file->entries->len; i++)
    {
      const ArraysEntry *entry = g_ptr_array_index (self->file->entries, i);

      if (entry->tensor == NULL || sonde_tensor_peek_f32 (entry->tensor) == NULL)
        return;
    }
  estimate->working = 0;
}

/* ---- the type ---- */

static void
arrays_model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = arrays_model_get_name;
  iface->get_n_layers = arrays_model_get_n_layers;
  iface->list_sites = arrays_model_list_sites;
  iface->list_conditions = arrays_model_list_conditions;
  iface->list_stages = arrays_model_list_stages;
  iface->get_layers = arrays_model_get_layers;
  iface->foreach_file = arrays_model_foreach_file;
  iface->run = arrays_model_run;
  iface->estimate = arrays_model_estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ArraysModel, arrays_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, arrays_model_iface_init))

static void
arrays_model_finalize (GObject *object)
{
  ArraysModel *self = ARRAYS_MODEL (object);

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

ArraysModel *
arrays_model_open (const char *path,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (ArraysModel) self = g_object_new (ARRAYS_TYPE_MODEL, NULL);

  self->file = arrays_file_open (path, cancellable, error);
  if (self->file == NULL)
    return NULL;
  self->layout = arrays_layout_new (self->file, error);
  return self->layout != NULL ? g_steal_pointer (&self) : NULL;
}
