#define G_LOG_DOMAIN "sonde"

#include "sonde-isolation-private.h"

#include <glib/gi18n-lib.h>

#include "figure/sonde-figure-variant.h"
#include "sonde-error.h"
#include "sonde-result-check-private.h"
#include "sonde-result-private.h"

#define MOST_POINTS 11700

/* Elements of 8, 4, 2 and 1 bytes, so that they stay where their kind may stand. */
static const char *const element_types[] = { [8] = "at", [4] = "au", [2] = "aq", [1] = "ay" };

/* ---- to data ---- */

static GVariant *
tensor_to_variant (const char *name,
                   SondeTensor *tensor)
{
  const gsize size = sonde_dtype_get_size (sonde_tensor_get_dtype (tensor));
  guint n_dims;
  const gsize *shape = sonde_tensor_get_shape (tensor, &n_dims);
  guint64 lengths[SONDE_TENSOR_MAX_DIMS];
  GVariant *elements = g_variant_new_from_bytes (G_VARIANT_TYPE (element_types[size]), sonde_tensor_get_bytes (tensor), TRUE);

  for (guint i = 0; i < n_dims; i++)
    lengths[i] = shape[i];
  return g_variant_new ("(^ayu@atv)", name, (guint32) sonde_tensor_get_dtype (tensor),
                        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, lengths, n_dims, sizeof *lengths), elements);
}

static GVariant *
tensors_to_variant (SondeResult *result)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ayuatv)"));
  for (guint i = 0; i < sonde_result_get_n_tensors (result); i++)
    {
      const char *name;
      SondeTensor *tensor = sonde_result_get_tensor (result, i, &name);

      g_variant_builder_add_value (&builder, tensor_to_variant (name, tensor));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
tables_to_variant (SondeResult *result)
{
  GPtrArray *tables = sonde_result_get_tables (result);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a" SONDE_TABLE_TYPE));
  for (guint i = 0; i < tables->len; i++)
    g_variant_builder_add_value (&builder, _sonde_table_to_variant (g_ptr_array_index (tables, i)));
  return g_variant_builder_end (&builder);
}

static GVariant *
figures_to_variant (SondeResult *result)
{
  GPtrArray *figures = sonde_result_get_figures (result);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < figures->len; i++)
    {
      g_autoptr (GVariant) figure = sonde_figure_to_variant (g_ptr_array_index (figures, i));

      g_variant_builder_add_value (&builder, figure);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
words_to_variant (SondeWords *words)
{
  return g_variant_new ("(^ay^ay)", sonde_words_get_english (words), sonde_words_get_translated (words));
}

static GVariant *
key_numbers_to_variant (SondeResult *result)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a((ayay)(ayay))"));
  for (guint i = 0; i < sonde_result_get_n_key_numbers (result); i++)
    {
      SondeWords *label;
      SondeWords *text = _sonde_result_get_key_words (result, i, &label);

      g_variant_builder_add (&builder, "(@(ayay)@(ayay))", words_to_variant (label), words_to_variant (text));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
warnings_to_variant (SondeResult *result)
{
  const SondeSentences *warnings = _sonde_result_get_sentences (result);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ayay)"));
  for (guint i = 0; i < warnings->words->len; i++)
    g_variant_builder_add_value (&builder, words_to_variant (g_ptr_array_index (warnings->words, i)));
  return g_variant_builder_end (&builder);
}

GVariant *
_sonde_result_to_variant (SondeResult *self)
{
  return g_variant_new ("(@a" SONDE_TABLE_TYPE "@aa{sv}@a(ayuatv)@a((ayay)(ayay))@a(ayay))", tables_to_variant (self), figures_to_variant (self), tensors_to_variant (self),
                        key_numbers_to_variant (self), warnings_to_variant (self));
}

/* ---- from data ---- */

static gboolean
add_tables (SondeResult *result,
            GVariantIter *tables,
            GError **error)
{
  GVariant *variant;

  while ((variant = g_variant_iter_next_value (tables)) != NULL)
    {
      g_autoptr (GVariant) owned = variant;
      g_autoptr (SondeTable) table = _sonde_table_new_from_variant (owned, error);

      if (table == NULL || !_sonde_check_result_name (sonde_table_get_name (table), error))
        return FALSE;
      sonde_result_add_table (result, table);
    }
  return TRUE;
}

/* The largest that a picture of 200 dots an inch takes: a file that cannot be written ends the run, for all. */
static gboolean
check_size (SondeFigure *figure,
            GError **error)
{
  const double width = sonde_figure_get_width (figure), height = sonde_figure_get_height (figure);

  if (width <= MOST_POINTS && height <= MOST_POINTS)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("its figure “%s” has %.0f x %.0f points, where at most %d along each side are expected"), sonde_figure_get_name (figure), width, height, MOST_POINTS);
  return FALSE;
}

static gboolean
add_figures (SondeResult *result,
             GVariantIter *figures,
             GError **error)
{
  GVariant *variant;

  while ((variant = g_variant_iter_next_value (figures)) != NULL)
    {
      g_autoptr (GVariant) owned = variant;
      g_autoptr (SondeFigure) figure = sonde_figure_new_from_variant (owned, error);

      if (figure == NULL || !_sonde_check_result_name (sonde_figure_get_name (figure), error) || !check_size (figure, error))
        return FALSE;
      sonde_result_add_figure (result, figure);
    }
  return TRUE;
}

static gboolean
add_tensor (SondeResult *result,
            GVariant *variant,
            GError **error)
{
  const char *name;
  guint32 dtype;
  g_autoptr (GVariant) lengths = NULL;
  g_autoptr (GVariant) elements = NULL;
  g_autoptr (SondeTensor) tensor = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
  gsize n_dims;
  const guint64 *sizes;

  g_variant_get (variant, "(^&ayu@atv)", &name, &dtype, &lengths, &elements);
  sizes = g_variant_get_fixed_array (lengths, &n_dims, sizeof *sizes);
  if (dtype > SONDE_DTYPE_F8_E5M2 || n_dims > SONDE_TENSOR_MAX_DIMS || !g_variant_is_of_type (elements, G_VARIANT_TYPE (element_types[sonde_dtype_get_size (dtype)])))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("its tensor “%s” has no known element type or more than the 8 dimensions that are possible"), name);
      return FALSE;
    }
  for (gsize i = 0; i < n_dims; i++)
    shape[i] = sizes[i];
  bytes = g_variant_get_data_as_bytes (elements);
  tensor = sonde_tensor_new (dtype, shape, (guint) n_dims, bytes, error);
  if (tensor == NULL)
    return FALSE;
  sonde_result_add_tensor (result, name, tensor);
  return TRUE;
}

static void
add_words (SondeResult *result,
           GVariantIter *key_numbers,
           GVariantIter *warnings)
{
  char *label[2], *text[2];

  while (g_variant_iter_next (key_numbers, "((^ay^ay)(^ay^ay))", &label[0], &label[1], &text[0], &text[1]))
    sonde_result_take_key_number (result, sonde_words_new (label[0], label[1]), sonde_words_new (text[0], text[1]));
  while (g_variant_iter_next (warnings, "(^ay^ay)", &text[0], &text[1]))
    sonde_result_take_warning (result, sonde_words_new (text[0], text[1]));
}

SondeResult *
_sonde_result_new_from_variant (GVariant *variant,
                                GError **error)
{
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (GVariantIter) tables = NULL;
  g_autoptr (GVariantIter) figures = NULL;
  g_autoptr (GVariantIter) tensors = NULL;
  g_autoptr (GVariantIter) key_numbers = NULL;
  g_autoptr (GVariantIter) warnings = NULL;
  GVariant *tensor;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE (SONDE_RESULT_TYPE)))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("its result has the type %s, where %s is expected"), g_variant_get_type_string (variant), SONDE_RESULT_TYPE);
      return NULL;
    }
  g_variant_get (variant, SONDE_RESULT_TYPE, &tables, &figures, &tensors, &key_numbers, &warnings);
  if (!add_tables (result, tables, error) || !add_figures (result, figures, error))
    return NULL;
  while ((tensor = g_variant_iter_next_value (tensors)) != NULL)
    {
      g_autoptr (GVariant) owned = tensor;

      if (!add_tensor (result, owned, error))
        return NULL;
    }
  add_words (result, key_numbers, warnings);
  return g_steal_pointer (&result);
}
