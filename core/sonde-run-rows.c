#define G_LOG_DOMAIN "sonde"

#include "sonde-run-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-condition-private.h"
#include "sonde-error.h"
#include "sonde-investigation-private.h"

gboolean
_sonde_rows_check_layers (SondeModel *model,
                          GArray *layers,
                          GError **error)
{
  g_autoptr (GArray) held = sonde_model_list_layers (model);

  for (guint i = 0; i < layers->len; i++)
    {
      guint layer = g_array_index (layers, guint, i);
      guint place = 0;

      while (place < held->len && g_array_index (held, guint, place) != layer)
        place++;
      if (place < held->len)
        continue;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE,
                   _ ("layer %u is wanted, but %s holds %u of %u layers, the first of them %u and the last %u: choose others with --layers and the analyzers' property “layer”"),
                   layer, sonde_model_get_name (model), held->len, sonde_model_get_n_layers (model), g_array_index (held, guint, 0), g_array_index (held, guint, held->len - 1));
      return FALSE;
    }
  return TRUE;
}

GArray *
_sonde_rows_cover_layers (SondeModel *model,
                          const char *text,
                          GError **error)
{
  g_autoptr (GArray) layers = NULL;
  g_autoptr (GArray) held = sonde_model_list_layers (model);

  if (g_str_equal (text, "all"))
    {
      layers = g_array_new (FALSE, FALSE, sizeof (guint));
      g_array_append_vals (layers, held->data, held->len);
    }
  else
    {
      layers = _sonde_layers_parse (text, sonde_model_get_n_layers (model), error);
      if (layers == NULL || !_sonde_rows_check_layers (model, layers, error))
        return NULL;
    }
  return g_steal_pointer (&layers);
}

gboolean
_sonde_rows_check_conditions (GPtrArray *conditions,
                              SondeSentences *warnings,
                              GError **error)
{
  gboolean any = FALSE;
  gboolean all = TRUE;

  for (guint i = 0; i < conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (conditions, i);

      if (!_sonde_condition_check_rows (condition, warnings, error))
        return FALSE;
      any |= condition->known->len > 0;
      all &= sonde_condition_knows_sequences (condition);
    }
  if (!all)
    _sonde_sentences_take (warnings, SONDE_WORDS (g_strdup (any ? _ ("tokens.csv lists what is known of the rows: not every token that ran, or no token numbers.")
                                                                : _ ("tokens.csv is empty: the capture does not say from which tokens its rows come."))));
  return TRUE;
}
