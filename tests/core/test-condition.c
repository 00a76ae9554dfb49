#include "sonde.h"

/* What is known of the tokens of a condition that has no text behind it. */

static void
test_unknown (void)
{
  g_autoptr (SondeCondition) condition = sonde_condition_new_plain ("c", 3);
  g_autofree char *label = sonde_condition_dup_row_label (condition, 1);
  g_autofree char *text = NULL;
  guint sequence, position;
  gint32 id;

  g_assert_false (sonde_condition_knows_sequences (condition));
  g_assert_false (sonde_condition_get_row_origin (condition, 1, &sequence, &position, &id, &text));
  g_assert_cmpstr (label, ==, "row 1");
}

static void
test_known (void)
{
  g_autoptr (SondeCondition) condition = sonde_condition_new_plain ("c", 3);
  g_autofree char *text = NULL;
  guint sequence, position;
  gint32 id;

  g_assert_true (sonde_condition_add_token (condition, 0, 0, 70, "a", FALSE));
  g_assert_true (sonde_condition_add_token (condition, 0, 1, 80, "b", TRUE));
  g_assert_true (sonde_condition_add_token (condition, 1, 0, 70, "a", TRUE));
  g_assert_false (sonde_condition_knows_sequences (condition)); /* a row is missing */
  g_assert_true (sonde_condition_add_token (condition, 1, 1, 90, " c", TRUE));
  g_assert_true (sonde_condition_add_token (condition, 1, 2, 91, "d", FALSE));
  g_assert_true (sonde_condition_knows_sequences (condition));
  g_assert_true (sonde_condition_get_row_origin (condition, 2, &sequence, &position, &id, &text));
  g_assert_cmpuint (sequence, ==, 1);
  g_assert_cmpuint (position, ==, 1);
  g_assert_cmpint (id, ==, 90);
  g_assert_cmpstr (text, ==, " c");
}

/* Tokens that come out of order, again, or as rows that are not there leave everything as it was. */
static void
test_refused (void)
{
  g_autoptr (SondeCondition) condition = sonde_condition_new_plain ("c", 1);

  g_assert_true (sonde_condition_add_token (condition, 1, 4, 7, "a", TRUE));
  g_assert_false (sonde_condition_add_token (condition, 0, 9, 7, "a", FALSE));
  g_assert_false (sonde_condition_add_token (condition, 1, 4, 7, "a", FALSE));
  g_assert_false (sonde_condition_add_token (condition, 1, 3, 7, "a", FALSE));
  g_assert_false (sonde_condition_add_token (condition, 1, 5, 7, "a", TRUE));
  g_assert_true (sonde_condition_add_token (condition, 1, 5, 7, "a", FALSE));
}

/* A model can run whole sequences only, from their first token on, and by their ids. */
static void
test_not_whole (void)
{
  static const struct
  {
    guint sequence, position;
    gint32 id;
  } cases[][2] = {
    { { 0, 1, 5 }, { 0, 2, 5 } },
    { { 0, 0, 5 }, { 0, 2, 5 } },
    { { 0, 0, 5 }, { 1, 1, 5 } },
    { { 0, 0, 5 }, { 0, 1, -1 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SondeCondition) condition = sonde_condition_new_plain ("c", 1);

      for (guint j = 0; j < 2; j++)
        g_assert_true (sonde_condition_add_token (condition, cases[i][j].sequence, cases[i][j].position, cases[i][j].id, "", j == 1));
      g_assert_false (sonde_condition_knows_sequences (condition));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/condition/unknown", test_unknown);
  g_test_add_func ("/condition/known", test_known);
  g_test_add_func ("/condition/refused", test_refused);
  g_test_add_func ("/condition/not-whole", test_not_whole);
  return g_test_run ();
}
