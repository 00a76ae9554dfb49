#include <locale.h>
#include <math.h>

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

/* Stages whose labels are their names, as those of arrays are, or label and short label of their own after a colon each. */
static GPtrArray *
new_stages (const char *const *specs)
{
  GPtrArray *stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  for (guint i = 0; specs[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (specs[i], ":", 3);
      g_autofree char *beginning = g_utf8_substring (parts[0], 0, MIN (4, g_utf8_strlen (parts[0], -1)));
      const gboolean named = parts[1] != NULL;

      g_ptr_array_add (stages, sonde_stage_new (parts[0], named ? parts[2] : beginning, named ? parts[1] : parts[0], named ? "axis" : parts[0], "site", "x"));
    }
  return stages;
}

static void
assert_named (const char *const *specs,
              const char *expected)
{
  g_autoptr (GPtrArray) stages = new_stages (specs);
  g_autoptr (GPtrArray) named = sonde_label_dup_stages (stages);
  g_autoptr (GString) labels = g_string_new (NULL);

  g_assert_cmpuint (named->len, ==, stages->len);
  for (guint i = 0; i < named->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (named, i);

      g_assert_cmpstr (stage->id, ==, ((SondeStage *) g_ptr_array_index (stages, i))->id);
      g_string_append_printf (labels, "%s%s", i > 0 ? " | " : "", stage->short_label);
    }
  g_assert_cmpstr (labels->str, ==, expected);
}

static void
test_stages (void)
{
  /* chosen labels stay, even where they say little */
  assert_named ((const char *const[]){ "input:Input:Inpu", "gelu:GELU:GELU", NULL }, "Inpu | GELU");
  /* names that are short stay whole, whatever they share */
  assert_named ((const char *const[]){ "area1", "area2", "v1", NULL }, "area1 | area2 | v1");
  /* the words that all begin with are left out, and letters of the others */
  assert_named ((const char *const[]){ "transformer.h.attn.c_attn.query_projection", "transformer.h.attn.c_attn.key_projection", "transformer.h.ln_2", NULL },
                "at.c_at.qu_pr | at.c_at.ke_pr | ln_2");
  assert_named ((const char *const[]){ "model.layers.self_attention", "model.layers.feed_forward", NULL }, "self_attention | feed_forward");
  /* a single one is known by its end */
  assert_named ((const char *const[]){ "transformer.h.attn.c_attn.query_projection", NULL }, "projection");
  /* equally many letters of every word */
  assert_named ((const char *const[]){ "presynaptic_potential", "premotor_potentials", "pretectal_potential", "x", NULL },
                "presyn_potent | premot_potent | pretec_potent | x");
  /* what would be the same is told apart by numbers, and so are those who then are */
  assert_named ((const char *const[]){ "aaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaa2", "b", NULL }, "1 aaaaaaaaaaa… | 2 aaaaaaaaaaa… | b");
  assert_named ((const char *const[]){ "a:A:Same", "b:B:Same", "c:C:1 Same", NULL }, "1 1 Same | 2 2 Same | 3 1 Same");
  /* nothing is left without a name */
  assert_named ((const char *const[]){ "a_name_that_is_long.", "a_name_that_is_long.x", NULL }, "long. | long.x");
  /* letters of any script */
  assert_named ((const char *const[]){ "表現表現表現表現表現表現表現表現", NULL }, "表現表現表現表現表現表現表現");
}

/* 64 stages with names of sixty letters are all called differently, and their pairs too. */
static void
test_many_stages (void)
{
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) named = NULL;
  g_autoptr (SondeInvestigation) investigation = NULL;
  g_auto (GStrv) pairs = NULL;
  const guint layers[] = { 0 };
  guint widths[64];

  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *id = g_strdup_printf ("model.layers.attention_with_a_long_name.projection_of_head.%02u", i);

      widths[i] = 1;
      g_ptr_array_add (stages, sonde_stage_new (id, "mode", id, id, id, id));
    }
  g_ptr_array_add (conditions, sonde_condition_new_plain ("first", 3));
  named = sonde_label_dup_stages (stages);
  investigation = sonde_investigation_new (1, layers, 1, conditions, named, widths);
  for (guint i = 0; i < 64; i++)
    {
      const char *label = sonde_investigation_get_stage (investigation, i)->short_label;

      g_assert_true (g_hash_table_add (seen, (gpointer) label));
      g_assert_cmpint (g_utf8_strlen (label, -1), <=, 14);
    }
  g_hash_table_remove_all (seen);
  pairs = sonde_label_dup_stage_pairs (investigation);
  g_assert_cmpuint (g_strv_length (pairs), ==, 64 * 63 / 2);
  for (guint i = 0; pairs[i] != NULL; i++)
    g_assert_true (g_hash_table_add (seen, pairs[i]));
}

static void
assert_caption (const char *const *specs,
                const char *expected)
{
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) stages = new_stages (specs);
  g_autoptr (GPtrArray) named = sonde_label_dup_stages (stages);
  g_autoptr (SondeFigure) figure = sonde_figure_new ("figure", 1, 1, 100, 100);
  g_autoptr (SondeInvestigation) investigation = NULL;
  const guint layers[] = { 0 };
  const guint widths[9] = { 0 };

  investigation = sonde_investigation_new (1, layers, 1, conditions, named, widths);
  sonde_label_set_caption (figure, investigation, "What it shows.");
  g_assert_cmpstr (sonde_figure_get_caption (figure), ==, expected);
}

/* The names that labels are parts of are said; more than eight would fill the page. */
static void
test_captions (void)
{
  const char *const chosen[] = { "input:Input:Inpu", "gelu:GELU:GELU", NULL };
  const char *const two[] = { "model.layers.self_attention", "model.layers.feed_forward", NULL };
  const char *const nine[] = { "long_long_name_1", "long_long_name_2", "long_long_name_3", "long_long_name_4", "long_long_name_5", "long_long_name_6", "long_long_name_7", "long_long_name_8", "long_long_name_9", NULL };

  assert_caption (chosen, "What it shows.");
  assert_caption (two, "What it shows. Names of stages are shortened: self_attention = model.layers.self_attention, feed_forward = model.layers.feed_forward.");
  assert_caption (nine, "What it shows. Names of stages are shortened; where results are listed by stage, they are whole and in the same order.");
}

static void
test_values (void)
{
  g_autoptr (SondeInvestigation) few = new_investigation ((const char *const[]){ "A", "B", "C", NULL });
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) stages = new_stages ((const char *const[]){ "a", "b", "c", "d", "e", "f", "g", "h", "i", NULL });
  g_autoptr (SondeInvestigation) many = NULL;
  const double values[] = { NAN, 2.25, 1.5, 7, 3, 3, 3, 3, 3 };
  const double undefined[] = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
  const guint layers[] = { 0 };
  const guint widths[9] = { 0 };
  g_autofree char *list = sonde_label_dup_stage_values (few, values, "%.1f");
  g_autofree char *range = NULL;
  g_autofree char *none = NULL;

  many = sonde_investigation_new (1, layers, 1, conditions, stages, widths);
  range = sonde_label_dup_stage_values (many, values, "%.1f");
  none = sonde_label_dup_stage_values (many, undefined, "%.1f");
  g_assert_cmpstr (list, ==, "id undefined, id 2.2, id 1.5");
  g_assert_cmpstr (range, ==, "from 1.5 (c) to 7.0 (d)");
  g_assert_cmpstr (none, ==, "undefined");
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
  g_test_add_func ("/label/stages", test_stages);
  g_test_add_func ("/label/many-stages", test_many_stages);
  g_test_add_func ("/label/captions", test_captions);
  g_test_add_func ("/label/values", test_values);
  g_test_add_func ("/label/panels", test_panels);
  g_test_add_func ("/label/words", test_words);
  g_test_add_func ("/label/numbers", test_numbers);
  return g_test_run ();
}
