#define G_LOG_DOMAIN "sonde"

#include "contract-checks.h"

#include <math.h>

#include <figure/sonde-figure-writer.h>

void
contract_assert_words (const char *words)
{
  g_assert_nonnull (words);
  g_assert_cmpstr (words, !=, "");
  g_assert_true (g_utf8_validate (words, -1, NULL));
}

void
contract_assert_columns (SondeTable *table)
{
  contract_assert_words (sonde_table_get_name (table));
  contract_assert_words (sonde_table_get_blurb (table));
  g_assert_cmpuint (sonde_table_get_n_columns (table), >, 0);
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    {
      contract_assert_words (sonde_table_get_column_name (table, i));
      contract_assert_words (sonde_table_get_column_blurb (table, i));
      if (sonde_table_get_column_kind (table, i) == SONDE_COLUMN_NUMBER)
        contract_assert_words (sonde_table_get_column_unit (table, i));
    }
}

static void
assert_same_columns (SondeTable *table,
                     SondeTable *described)
{
  g_assert_cmpstr (sonde_table_get_name (table), ==, sonde_table_get_name (described));
  g_assert_cmpuint (sonde_table_get_n_columns (table), ==, sonde_table_get_n_columns (described));
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    {
      g_assert_cmpstr (sonde_table_get_column_name (table, i), ==, sonde_table_get_column_name (described, i));
      g_assert_cmpint (sonde_table_get_column_kind (table, i), ==, sonde_table_get_column_kind (described, i));
    }
}

/* Infinity is never a result; NaN only where the column says what it means, and somebody is told. */
static void
assert_numbers (SondeTable *table,
                SondeResult *result)
{
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    for (guint j = 0; j < sonde_table_get_n_rows (table); j++)
      {
        double number;

        if (sonde_table_get_column_kind (table, i) != SONDE_COLUMN_NUMBER)
          continue;
        number = sonde_table_get_number (table, j, i);
        g_assert_false (isinf (number));
        if (isnan (number))
          {
            g_assert_nonnull (strstr (sonde_table_get_column_blurb (table, i), "undefined"));
            g_assert_cmpuint (sonde_result_get_warnings (result)->len, >, 0);
          }
      }
}

void
contract_assert_tables (SondeResult *result,
                        SondeDescription *description)
{
  GPtrArray *tables = sonde_result_get_tables (result);
  GPtrArray *described = sonde_description_get_tables (description);

  g_assert_cmpuint (tables->len, ==, described->len);
  for (guint i = 0; i < tables->len; i++)
    {
      contract_assert_columns (g_ptr_array_index (tables, i));
      assert_same_columns (g_ptr_array_index (tables, i), g_ptr_array_index (described, i));
      assert_numbers (g_ptr_array_index (tables, i), result);
    }
}

static gboolean
describes_figure (SondeDescription *description,
                  const char *name)
{
  GPtrArray *infos = sonde_description_get_figures (description);

  for (guint i = 0; i < infos->len; i++)
    if (g_str_equal (((SondeAttachmentInfo *) g_ptr_array_index (infos, i))->name, name))
      return TRUE;
  return FALSE;
}

void
contract_assert_figures (SondeResult *result,
                         SondeDescription *description)
{
  GPtrArray *figures = sonde_result_get_figures (result);

  for (guint i = 0; i < figures->len; i++)
    {
      SondeFigure *figure = g_ptr_array_index (figures, i);
      g_autoptr (GBytes) svg = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (describes_figure (description, sonde_figure_get_name (figure)));
      contract_assert_words (sonde_figure_get_caption (figure));
      g_assert_cmpuint (sonde_figure_get_n_panels (figure), >, 0);
      svg = sonde_figure_to_svg (figure, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_bytes_get_size (svg), >, 500);
    }
}

void
contract_assert_warnings (SondeResult *result)
{
  GPtrArray *warnings = sonde_result_get_warnings (result);

  for (guint i = 0; i < warnings->len; i++)
    {
      contract_assert_words (g_ptr_array_index (warnings, i));
      g_assert_true (g_str_has_suffix (g_ptr_array_index (warnings, i), "."));
    }
}

void
contract_assert_sentence (GError *error)
{
  g_assert_nonnull (error);
  g_assert_true (error->domain == SONDE_ERROR);
  g_assert_cmpuint (strlen (error->message), >, 20);
  g_assert_null (strchr (error->message, '\n'));
}

void
contract_assert_close (SondeTable *a,
                       SondeTable *b)
{
  g_assert_cmpuint (sonde_table_get_n_rows (a), ==, sonde_table_get_n_rows (b));
  for (guint i = 0; i < sonde_table_get_n_rows (a); i++)
    for (guint j = 0; j < sonde_table_get_n_columns (a); j++)
      if (sonde_table_get_column_kind (a, j) == SONDE_COLUMN_NUMBER)
        {
          double x = sonde_table_get_number (a, i, j);
          double y = sonde_table_get_number (b, i, j);

          g_assert_true (isnan (x) == isnan (y));
          if (!isnan (x))
            g_assert_cmpfloat_with_epsilon (x, y, 1e-9 * fmax (1, fabs (x)));
        }
      else if (sonde_table_get_column_kind (a, j) == SONDE_COLUMN_INTEGER)
        g_assert_cmpint (sonde_table_get_integer (a, i, j), ==, sonde_table_get_integer (b, i, j));
}
