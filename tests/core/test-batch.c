#include "sonde.h"

static void
test_sequences (void)
{
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  gint32 ids[] = { 5, 6, 7 };
  guint kept[] = { 0, 2 };
  guint n;

  g_assert_cmpuint (sonde_batch_get_n_sequences (batch), ==, 0);
  sonde_batch_add (batch, ids, 3, kept, 2);
  ids[0] = 9; /* the batch has its own copy */
  kept[1] = 1;
  sonde_batch_add (batch, ids, 2, NULL, 0);
  g_assert_cmpuint (sonde_batch_get_n_sequences (batch), ==, 2);
  g_assert_cmpuint (sonde_batch_get_n_tokens (batch), ==, 5);
  g_assert_cmpuint (sonde_batch_get_n_rows (batch), ==, 2);
  g_assert_cmpint (sonde_batch_get_ids (batch, 0, &n)[0], ==, 5);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpuint (sonde_batch_get_kept (batch, 0, &n)[1], ==, 2);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpint (sonde_batch_get_ids (batch, 1, &n)[0], ==, 9);
  g_assert_cmpuint (n, ==, 2);
  sonde_batch_get_kept (batch, 1, &n);
  g_assert_cmpuint (n, ==, 0);
}

static void
refuse_positions (const guint *kept,
                  guint n_kept)
{
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  const gint32 ids[] = { 1, 2, 3 };

  g_test_expect_message ("sonde", G_LOG_LEVEL_CRITICAL, "*ascends_below*");
  sonde_batch_add (batch, ids, 3, kept, n_kept);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (sonde_batch_get_n_sequences (batch), ==, 0);
}

static void
test_positions (void)
{
  refuse_positions ((guint[]){ 3 }, 1);
  refuse_positions ((guint[]){ 1, 1 }, 2);
  refuse_positions ((guint[]){ 2, 0 }, 2);
}

static void
test_references (void)
{
  SondeBatch *batch = sonde_batch_new ();
  SondeBatch *second = sonde_batch_ref (batch);

  sonde_batch_unref (batch);
  sonde_batch_add (second, (gint32[]){ 1 }, 1, (guint[]){ 0 }, 1);
  g_assert_cmpuint (sonde_batch_get_n_rows (second), ==, 1);
  sonde_batch_unref (second);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/batch/sequences", test_sequences);
  g_test_add_func ("/batch/positions", test_positions);
  g_test_add_func ("/batch/references", test_references);
  return g_test_run ();
}
