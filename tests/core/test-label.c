#include <locale.h>

#include "sonde.h"

/* An investigation of two plain conditions whose stages have these short labels. */
static SondeInvestigation *
new_investigation (const char *const *short_labels)
{
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  const guint layers[] = { 0 };
  const guint widths[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };

  g_ptr_array_add (conditions, sonde_condition_new_plain ("first", 92));
  g_ptr_array_add (conditions, sonde_condition_new_plain ("second", 7));
  for (guint i = 0; short_labels[i] != NULL; i++)
    g_ptr_array_add (stages, sonde_stage_new ("id", short_labels[i], "Label", "label", "site", "x"));
  return sonde_investigation_new (1, layers, 1, conditions, stages, widths);
}

static void
assert_pairs (const char *const *short_labels,
              const char *expected)
{
  g_autoptr (SondeInvestigation) investigation = new_investigation (short_labels);
  g_auto (GStrv) pairs = sonde_label_dup_stage_pairs (investigation);
  g_autofree char *joined = g_strjoinv (" ", pairs);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_pairs (void)
{
  assert_pairs ((const char *const[]){ "Inpu", "Expa", "GELU", "Proj", NULL }, "I.v.E I.v.G I.v.P E.v.G E.v.P G.v.P");
  assert_pairs ((const char *const[]){ "Quer", "Quan", "Keys", NULL }, "Que.v.Qua Que.v.Key Qua.v.Key");
  assert_pairs ((const char *const[]){ "S0", "S1", "S", NULL }, "S0.v.S1 S0.v.S S1.v.S");
  assert_pairs ((const char *const[]){ "Attn0", "Attn1", NULL }, "Attn0.v.Attn1");
  assert_pairs ((const char *const[]){ "Same", "Same", NULL }, "Same.v.Same");
  assert_pairs ((const char *const[]){ "Äpfe", "Österr", NULL }, "Ä.v.Ö");
  assert_pairs ((const char *const[]){ "Only", NULL }, "");
}

static void
test_panels (void)
{
  const struct
  {
    guint panel;
    const char *expected;
  } cases[] = { { 0, "A) x" }, { 25, "Z) x" }, { 26, "AA) x" }, { 51, "AZ) x" }, { 52, "BA) x" }, { 701, "ZZ) x" }, { 702, "AAA) x" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *title = sonde_label_dup_panel (cases[i].panel, "x");

      g_assert_cmpstr (title, ==, cases[i].expected);
    }
}

static void
test_words (void)
{
  g_autoptr (SondeInvestigation) investigation = new_investigation ((const char *const[]){ "Inpu", NULL });
  g_autofree char *stage = sonde_label_dup_layer_stage (6, sonde_investigation_get_stage (investigation, 0));
  g_autofree char *rows = sonde_label_dup_rows (investigation);

  g_assert_cmpstr (stage, ==, "L6 Inpu");
  g_assert_cmpstr (rows, ==, "first: 92, second: 7");
}

/* A '.' even where the locale has a ','; without such a locale on this machine the test still holds in "C". */
static void
test_numbers (void)
{
  g_autofree char *old = g_strdup (setlocale (LC_NUMERIC, NULL));
  g_autofree char *number = NULL;

  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL)
    g_test_message ("this machine has no locale with a decimal comma");
  number = sonde_label_dup_number ("%.2f", -1234.565);
  setlocale (LC_NUMERIC, old);
  g_assert_true (g_str_equal (number, "-1234.57") || g_str_equal (number, "-1234.56"));
}

int
main (int argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/label/pairs", test_pairs);
  g_test_add_func ("/label/panels", test_panels);
  g_test_add_func ("/label/words", test_words);
  g_test_add_func ("/label/numbers", test_numbers);
  return g_test_run ();
}
