#include "sonde.h"

static void
test_contents (void)
{
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (SondeTable) table = sonde_table_new ("t", "A table");
  g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f32 (g_new0 (float, 1), 1, 1);
  const char *text;

  sonde_result_add_table (result, table);
  sonde_result_add_tensor (result, "cosine/c/L6/input", tensor);
  sonde_result_add_key_number (result, "Rows", "92");
  sonde_result_add_warning (result, "Row 3 is zero.");
  sonde_result_add_warning (result, "Row 4 is zero.");
  sonde_result_add_warning (result, "Row 3 is zero.");

  g_assert_cmpuint (sonde_result_get_tables (result)->len, ==, 1);
  g_assert_true (g_ptr_array_index (sonde_result_get_tables (result), 0) == table);
  g_assert_cmpuint (sonde_result_get_figures (result)->len, ==, 0);
  g_assert_cmpuint (sonde_result_get_n_tensors (result), ==, 1);
  g_assert_true (sonde_result_get_tensor (result, 0, &text) == tensor);
  g_assert_cmpstr (text, ==, "cosine/c/L6/input");
  g_assert_cmpuint (sonde_result_get_n_key_numbers (result), ==, 1);
  g_assert_cmpstr (sonde_result_get_key_number (result, 0, &text), ==, "92");
  g_assert_cmpstr (text, ==, "Rows");
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (sonde_result_get_warnings (result), 1), ==, "Row 4 is zero.");
}

static void
test_ownership (void)
{
  SondeResult *result = sonde_result_new ();
  SondeTable *table = sonde_table_new ("t", "A table");

  sonde_result_add_table (result, table);
  g_object_add_weak_pointer (G_OBJECT (table), (gpointer *) &table);
  g_object_unref (table);
  g_assert_nonnull (table);
  g_object_unref (result);
  g_assert_null (table);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/result/contents", test_contents);
  g_test_add_func ("/result/ownership", test_ownership);
  return g_test_run ();
}
