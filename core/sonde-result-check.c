#define G_LOG_DOMAIN "sonde"

#include "sonde-result-check-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"

/* Who reads tables and figures goes by what is described, and nobody can go on with an infinite number. */

static gboolean
has_same_columns (SondeTable *table,
                  SondeTable *described)
{
  if (sonde_table_get_n_columns (table) != sonde_table_get_n_columns (described))
    return FALSE;
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    if (g_strcmp0 (sonde_table_get_column_name (table, i), sonde_table_get_column_name (described, i)) != 0 || sonde_table_get_column_kind (table, i) != sonde_table_get_column_kind (described, i))
      return FALSE;
  return TRUE;
}

static SondeTable *
find_described (SondeDescription *description,
                const char *name)
{
  GPtrArray *tables = sonde_description_get_tables (description);

  for (guint i = 0; i < tables->len; i++)
    if (g_strcmp0 (sonde_table_get_name (g_ptr_array_index (tables, i)), name) == 0)
      return g_ptr_array_index (tables, i);
  return NULL;
}

static gboolean
check_finite (const char *type,
              SondeTable *table,
              GError **error)
{
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    for (guint row = 0; row < sonde_table_get_n_rows (table) && sonde_table_get_column_kind (table, i) == SONDE_COLUMN_NUMBER; row++)
      if (isinf (sonde_table_get_number (table, row, i)))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave an infinite number in row %u of column %s of table %s: this is a defect of the plugin: tell its authors"),
                       type, row, sonde_table_get_column_name (table, i), sonde_table_get_name (table));
          return FALSE;
        }
  return TRUE;
}

static gboolean
check_name (const char *type,
            const char *name,
            GError **error)
{
  if (_sonde_check_result_name (name, error))
    return TRUE;
  g_prefix_error (error, "%s: ", type);
  return FALSE;
}

static gboolean
check_table (const char *type,
             SondeTable *table,
             SondeDescription *description,
             GError **error)
{
  SondeTable *described = find_described (description, sonde_table_get_name (table));

  if (described == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave a table %s that it does not describe: this is a defect of the plugin: tell its authors"), type, sonde_table_get_name (table));
  else if (!has_same_columns (table, described))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave a table %s with other columns than it describes: this is a defect of the plugin: tell its authors"), type, sonde_table_get_name (table));
  else
    return check_name (type, sonde_table_get_name (table), error) && check_finite (type, table, error);
  return FALSE;
}

static gboolean
check_figure (const char *type,
              const char *name,
              SondeDescription *description,
              GError **error)
{
  GPtrArray *infos = sonde_description_get_figures (description);

  for (guint i = 0; i < infos->len; i++)
    if (g_strcmp0 (((SondeAttachmentInfo *) g_ptr_array_index (infos, i))->name, name) == 0)
      return check_name (type, name, error);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave a figure %s that it does not describe: this is a defect of the plugin: tell its authors"), type, name);
  return FALSE;
}

gboolean
_sonde_check_result (SondeAnalyzer *analyzer,
                     SondeResult *result,
                     GError **error)
{
  const char *type = G_OBJECT_TYPE_NAME (analyzer);
  GPtrArray *tables = sonde_result_get_tables (result);
  GPtrArray *figures = sonde_result_get_figures (result);
  g_autoptr (SondeDescription) description = NULL;

  if (tables->len == 0 && figures->len == 0)
    return TRUE;
  description = sonde_analyzer_describe (analyzer);
  for (guint i = 0; i < tables->len; i++)
    if (!check_table (type, g_ptr_array_index (tables, i), description, error))
      return FALSE;
  for (guint i = 0; i < figures->len; i++)
    if (!check_figure (type, sonde_figure_get_name (g_ptr_array_index (figures, i)), description, error))
      return FALSE;
  return TRUE;
}
