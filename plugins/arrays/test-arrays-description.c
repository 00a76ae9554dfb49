#define G_LOG_DOMAIN "arrays"

#include <string.h>

#include "test-arrays-common.h"

/* What captures say of themselves. */

#define STAGE(id) "{\"id\":\"" id "\",\"short-label\":\"Sh\",\"label\":\"La\",\"axis-label\":\"Ax\",\"site\":\"x.y\",\"formula\":\"f\"}"
#define DESCRIPTION(layers, stages, conditions) "{\"format\":2,\"model\":\"M\",\"layers\":" layers ",\"stages\":[" stages "],\"conditions\":[" conditions "]}"
#define TOKENS(kept) "\"tokens\":{\"sequence\":[0,1,2,2],\"position\":[7,8,9,11],\"id\":[70,80,90,-1],\"text\":[\"a\",\"b\",\" c\",\"d\"],\"kept\":[" kept "]}"

static char *
write_described (const char *description)
{
  const Member members[] = {
    { "c/L0/s.npy", test_npy_counting (3, 2, 0) },
    { "c/L0/t.npy", test_npy_counting (3, 2, 50) },
    { "sonde.json", g_bytes_new_static (description, strlen (description)) },
  };

  return test_write_zip ("described.npz", FALSE, members, G_N_ELEMENTS (members));
}

static void
test_description (void)
{
  g_autofree char *path = write_described (DESCRIPTION ("9", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"title\":\"Title\",\"short-title\":\"Ti\",\"rows\":3," TOKENS ("1,1,1,0") "}"));
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
  g_autoptr (GHashTable) keep = NULL;
  g_autofree char *text = NULL;
  SondeStage *first = g_ptr_array_index (stages, 0);
  guint sequence;
  guint position;
  gint32 id;

  g_assert_cmpuint (sonde_model_get_n_layers (model), ==, 9);
  g_assert_cmpstr (sonde_model_get_name (model), ==, "M (described.npz)");
  g_assert_cmpstr (first->id, ==, "t");
  g_assert_cmpstr (first->short_label, ==, "Sh");
  g_assert_cmpstr (first->site, ==, "t"); /* both say x.y, which one name cannot mean */
  g_assert_cmpstr (sonde_condition_get_label (g_ptr_array_index (conditions, 0), SONDE_LABEL_TITLE), ==, "Title");
  g_assert_cmpstr (sonde_condition_get_label (g_ptr_array_index (conditions, 0), SONDE_LABEL_SHORT), ==, "Ti");
  g_assert_true (sonde_condition_get_row_origin (g_ptr_array_index (conditions, 0), 2, &sequence, &position, &id, &text));
  g_assert_cmpuint (sequence, ==, 2);
  g_assert_cmpuint (position, ==, 9);
  g_assert_cmpint (id, ==, 90);
  g_assert_cmpstr (text, ==, " c");
  g_assert_cmpfloat (sonde_tensor_peek_f32 (test_run_one (model, 0, "t", &keep))[0], ==, 50);
}

static void
test_description_hostile (void)
{
  static const struct
  {
    const char *text;
    const char *part;
  } cases[] = {
    { "", "the description in described.npz" },
    { "[]", "the description in described.npz" },
    { "{}", "“format”" },
    { "{\"format\":1}", "format 1" },
    { "{\"format\":0}", "“format”" },
    { DESCRIPTION ("0", STAGE ("t"), "{}"), "“layers”" },
    { DESCRIPTION ("99999999999999", STAGE ("t"), "{}"), "“layers”" },
    { DESCRIPTION ("1", "", "{}"), "“stages”" },
    { DESCRIPTION ("1", "{}", "{}"), "“id”" },
    { DESCRIPTION ("1", STAGE ("t"), ""), "“conditions”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\"}"), "“rows”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":-1}"), "“rows”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":4," TOKENS ("1,1,1,0") "}"), "“tokens”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":2," TOKENS ("1,1,1,0") "}"), "“tokens”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3,\"tokens\":[]}"), "“tokens”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3,\"tokens\":{\"sequence\":[1,0],\"position\":[0,0],\"id\":[5,5],\"text\":[\"\",\"\"],\"kept\":[0,0]}}"), "“tokens”" },
    { DESCRIPTION ("1", "{\"id\":\"s\",\"short-label\":\"\",\"label\":\"\",\"axis-label\":\"\",\"site\":\"\",\"formula\":\"\",\"aliases\":[3]}", "{}"), "“aliases”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("t"), "{\"id\":\"c\",\"rows\":3}"), "a stage twice" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"rows\":3},{\"id\":\"c\",\"rows\":3}"), "a condition twice" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3}"), "does not know these arrays: “c/L0/s”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s") "," STAGE ("u"), "{\"id\":\"c\",\"rows\":3}"), "“c/L0/u”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"rows\":4}"), "[3, 2] ≠ [4, 2]" },
    { DESCRIPTION ("1", STAGE (""), "{}"), "“id”: a word of at most 100 bytes" },
    { DESCRIPTION ("1", STAGE ("t\\\""), "{}"), "“id”: a word" },
    { DESCRIPTION ("1", STAGE ("t\\u001b[2J"), "{}"), "“id”: a word" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"../c\",\"rows\":3}"), "“id”: a word" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3,\"title\":5}"), "“title”: a text of at most 1000 bytes" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_described (cases[i].text);

      test_assert_refused (path, cases[i].part);
    }
}

/* Labels of a megabyte would be drawn, and thousands of stages compared with each other. */
static void
test_description_large (void)
{
  g_autofree char *text = g_strnfill (1001, 'm');
  g_auto (GStrv) gaps = g_strsplit (text, "m", -1);
  g_autofree char *list = g_strjoinv ("{},", gaps);
  g_autofree char *many = g_strdup_printf (DESCRIPTION ("1", "%s{}", "{}"), list);
  g_autofree char *named = g_strdup_printf ("{\"format\":2,\"layers\":1,\"model\":\"%s\"}", text);
  const char *const cases[][2] = { { many, "“stages”: an array of 1 to 1000 objects" }, { named, "“model”: a text of at most 1000 bytes" } };

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = write_described (cases[i][0]);

      test_assert_refused (path, cases[i][1]);
    }
}

/* ---- safetensors ---- */

static void
test_safetensors (void)
{
  static const char *const names[] = { "d/L0/s", "c/L0/s", NULL };
  g_autofree char *path = test_write_safetensors ("x.safetensors", names, DESCRIPTION ("1", STAGE ("s"), "{\"id\":\"d\",\"rows\":3},{\"id\":\"c\",\"rows\":3}"));
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (GHashTable) keep = NULL;
  SondeTensor *tensor = test_run_one (model, 0, "x.y", &keep);

  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, 6);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[0], ==, 0);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[6], ==, 10);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  test_make_folder ();
  g_test_add_func ("/arrays/description/good", test_description);
  g_test_add_func ("/arrays/description/hostile", test_description_hostile);
  g_test_add_func ("/arrays/description/large", test_description_large);
  g_test_add_func ("/arrays/safetensors", test_safetensors);
  status = g_test_run ();
  test_remove_folder ();
  return status;
}
