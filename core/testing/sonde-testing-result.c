#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <math.h>
#include <string.h>

#include <figure/sonde-figure-writer.h>

/* What holds for every result, and whether two are the same. That its tables and figures are described, and its numbers not infinite, the
 * function in front of finish () sees to, for every run. */

gboolean
_sonde_testing_check_columns (SondeTable *table,
                              GError **error)
{
  const char *name = sonde_table_get_name (table);

  if (!_sonde_testing_check_words (name, error, "the name of a table") || !_sonde_testing_check_words (sonde_table_get_blurb (table), error, "the blurb of table %s", name))
    return FALSE;
  if (sonde_table_get_n_columns (table) == 0)
    return _sonde_testing_fail (error, "table %s has no columns", name);
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    if (!_sonde_testing_check_words (sonde_table_get_column_name (table, i), error, "the name of column %u of table %s", i, name) || !_sonde_testing_check_words (sonde_table_get_column_blurb (table, i), error, "the blurb of column %s of table %s", sonde_table_get_column_name (table, i), name))
      return FALSE;
    else if (sonde_table_get_column_kind (table, i) == SONDE_COLUMN_NUMBER && !_sonde_testing_check_words (sonde_table_get_column_unit (table, i), error, "the unit of column %s of table %s (“1” for a plain number)", sonde_table_get_column_name (table, i), name))
      return FALSE;
  return TRUE;
}

/* NaN only where the column says what it means, and somebody is told. */
static gboolean
check_number (SondeTable *table,
              guint row,
              guint column,
              SondeResult *result,
              GError **error)
{
  const char *name = sonde_table_get_name (table), *column_name = sonde_table_get_column_name (table, column);

  if (!isnan (sonde_table_get_number (table, row, column)))
    return TRUE;
  if (strstr (sonde_table_get_column_blurb (table, column), "undefined") == NULL)
    return _sonde_testing_fail (error, "table %s, row %u, column %s is NaN, but its blurb does not say when it is undefined", name, row, column_name);
  if (sonde_result_get_warnings (result)->len == 0)
    return _sonde_testing_fail (error, "table %s, row %u, column %s is NaN, and no warning of the result says so", name, row, column_name);
  return TRUE;
}

static gboolean
check_tables (SondeResult *result,
              SondeDescription *description,
              GError **error)
{
  GPtrArray *tables = sonde_result_get_tables (result);
  GPtrArray *described = sonde_description_get_tables (description);

  if (tables->len != described->len)
    return _sonde_testing_fail (error, "it gives %u tables, but describes %u", tables->len, described->len);
  for (guint t = 0; t < tables->len; t++)
    {
      SondeTable *table = g_ptr_array_index (tables, t);
      const char *name = sonde_table_get_name (table), *expected = sonde_table_get_name (g_ptr_array_index (described, t));

      if (!_sonde_testing_check_columns (table, error))
        return FALSE;
      if (g_strcmp0 (name, expected) != 0)
        return _sonde_testing_fail (error, "it gives table %s where it describes %s: the order is part of it", name, expected);
      for (guint column = 0; column < sonde_table_get_n_columns (table); column++)
        for (guint row = 0; row < sonde_table_get_n_rows (table) && sonde_table_get_column_kind (table, column) == SONDE_COLUMN_NUMBER; row++)
          if (!check_number (table, row, column, result, error))
            return FALSE;
    }
  return TRUE;
}

static gboolean
check_figure (SondeFigure *figure,
              GError **error)
{
  const char *name = sonde_figure_get_name (figure);
  g_autoptr (GBytes) svg = NULL;
  g_autoptr (GError) local = NULL;

  if (!_sonde_testing_check_words (sonde_figure_get_caption (figure), error, "the caption of figure %s", name))
    return FALSE;
  if (sonde_figure_get_n_panels (figure) == 0)
    return _sonde_testing_fail (error, "figure %s has no panel", name);
  svg = sonde_figure_to_svg (figure, NULL, &local);
  if (svg == NULL)
    return _sonde_testing_fail (error, "figure %s cannot be drawn: %s", name, local->message);
  return g_bytes_get_size (svg) > 500 || _sonde_testing_fail (error, "figure %s is empty when it is drawn", name);
}

static gboolean
check_warnings (SondeResult *result,
                GError **error)
{
  GPtrArray *warnings = sonde_result_get_warnings (result);

  for (guint i = 0; i < warnings->len; i++)
    if (!_sonde_testing_check_words (g_ptr_array_index (warnings, i), error, "warning %u of the result", i))
      return FALSE;
    else if (!g_str_has_suffix (g_ptr_array_index (warnings, i), "."))
      return _sonde_testing_fail (error, "the warning “%s” is no sentence that ends in a full stop", (char *) g_ptr_array_index (warnings, i));
  return TRUE;
}

gboolean
_sonde_testing_check_result (SondeResult *result,
                             SondeDescription *description,
                             GError **error)
{
  GPtrArray *figures = sonde_result_get_figures (result);

  if (!check_tables (result, description, error) || !check_warnings (result, error))
    return FALSE;
  for (guint i = 0; i < figures->len; i++)
    if (!check_figure (g_ptr_array_index (figures, i), error))
      return FALSE;
  return TRUE;
}

/* ---- two results ---- */

static gboolean
check_counts (SondeResult *a,
              SondeResult *b,
              const char *what,
              GError **error)
{
  if (sonde_result_get_tables (a)->len != sonde_result_get_tables (b)->len)
    return _sonde_testing_fail (error, "%s: the one result has %u tables, the other %u", what, sonde_result_get_tables (a)->len, sonde_result_get_tables (b)->len);
  if (sonde_result_get_figures (a)->len != sonde_result_get_figures (b)->len)
    return _sonde_testing_fail (error, "%s: the one result has %u figures, the other %u", what, sonde_result_get_figures (a)->len, sonde_result_get_figures (b)->len);
  if (sonde_result_get_n_tensors (a) != sonde_result_get_n_tensors (b))
    return _sonde_testing_fail (error, "%s: the one result has %u tensors, the other %u", what, sonde_result_get_n_tensors (a), sonde_result_get_n_tensors (b));
  return TRUE;
}

/* The first line in which two texts differ, from 1. */
static guint
find_line (const char *a,
           const char *b)
{
  guint line = 1;

  for (; *a != '\0' && *a == *b; a++, b++)
    line += *a == '\n';
  return line;
}

gboolean
_sonde_testing_check_same (SondeResult *a,
                           SondeResult *b,
                           const char *what,
                           GError **error)
{
  if (!check_counts (a, b, what, error))
    return FALSE;
  for (guint i = 0; i < sonde_result_get_tables (a)->len; i++)
    {
      SondeTable *table = g_ptr_array_index (sonde_result_get_tables (a), i);
      g_autofree char *first = sonde_table_to_csv (table);
      g_autofree char *second = sonde_table_to_csv (g_ptr_array_index (sonde_result_get_tables (b), i));

      if (!g_str_equal (first, second))
        return _sonde_testing_fail (error, "%s: table %s differs from line %u of its CSV on", what, sonde_table_get_name (table), find_line (first, second));
    }
  for (guint i = 0; i < sonde_result_get_figures (a)->len; i++)
    {
      SondeFigure *figure = g_ptr_array_index (sonde_result_get_figures (a), i);
      g_autoptr (GBytes) first = sonde_figure_to_svg (figure, NULL, NULL);
      g_autoptr (GBytes) second = sonde_figure_to_svg (g_ptr_array_index (sonde_result_get_figures (b), i), NULL, NULL);

      if (first == NULL || second == NULL || !g_bytes_equal (first, second))
        return _sonde_testing_fail (error, "%s: figure %s differs", what, sonde_figure_get_name (figure));
    }
  for (guint i = 0; i < sonde_result_get_n_tensors (a); i++)
    {
      const char *first_name, *second_name;
      SondeTensor *first = sonde_result_get_tensor (a, i, &first_name);
      SondeTensor *second = sonde_result_get_tensor (b, i, &second_name);

      if (g_strcmp0 (first_name, second_name) != 0 || !g_bytes_equal (sonde_tensor_get_bytes (first), sonde_tensor_get_bytes (second)))
        return _sonde_testing_fail (error, "%s: tensor %s differs", what, first_name);
    }
  return TRUE;
}

static gboolean
is_close (SondeTable *a,
          SondeTable *b,
          guint row,
          guint column)
{
  double x, y;

  if (sonde_table_get_column_kind (a, column) == SONDE_COLUMN_STRING)
    return g_strcmp0 (sonde_table_get_string (a, row, column), sonde_table_get_string (b, row, column)) == 0;
  if (sonde_table_get_column_kind (a, column) == SONDE_COLUMN_INTEGER)
    return sonde_table_get_integer (a, row, column) == sonde_table_get_integer (b, row, column);
  x = sonde_table_get_number (a, row, column);
  y = sonde_table_get_number (b, row, column);
  return (isnan (x) && isnan (y)) || fabs (x - y) <= 1e-9 * fmax (1, fabs (x));
}

gboolean
_sonde_testing_check_close (SondeResult *a,
                            SondeResult *b,
                            const char *what,
                            GError **error)
{
  if (!check_counts (a, b, what, error))
    return FALSE;
  for (guint t = 0; t < sonde_result_get_tables (a)->len; t++)
    {
      SondeTable *first = g_ptr_array_index (sonde_result_get_tables (a), t);
      SondeTable *second = g_ptr_array_index (sonde_result_get_tables (b), t);

      if (sonde_table_get_n_rows (first) != sonde_table_get_n_rows (second) || sonde_table_get_n_columns (first) != sonde_table_get_n_columns (second))
        return _sonde_testing_fail (error, "%s: table %s has %u rows, and %u the other time", what, sonde_table_get_name (first), sonde_table_get_n_rows (first), sonde_table_get_n_rows (second));
      for (guint row = 0; row < sonde_table_get_n_rows (first); row++)
        for (guint column = 0; column < sonde_table_get_n_columns (first); column++)
          if (!is_close (first, second, row, column))
            return _sonde_testing_fail (error, "%s: table %s, row %u, column %s differs by more than 1e-9", what, sonde_table_get_name (first), row, sonde_table_get_column_name (first, column));
    }
  return TRUE;
}
