#define G_LOG_DOMAIN "arrays"

#include "test-arrays-common.h"

/* Tables of rows beside arrays. */

/* Six rows, two layers; row r of layer l begins with 100 l + 2 r. */
static char *
write_arrays (const char *first_condition, const char *second_condition)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  Member members[4];

  for (guint c = 0; c < 2; c++)
    for (guint l = 0; l < 2 && (c == 0 || second_condition != NULL); l++)
      {
        char *name = g_strdup_printf ("%sL%u/s.npy", c == 0 ? first_condition : second_condition, l);

        members[names->len] = (Member){ name, test_npy_counting (6, 2, (float) (100 * l + 1000 * c)) };
        g_ptr_array_add (names, name);
      }
  return test_write_zip ("rows.npz", FALSE, members, names->len);
}

static void
write_table (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autofree char *path = test_write_bytes ("rows.rows.csv", bytes);
}

/* "sequence/position/id/text" of each row, and its first value in layer 1 */
static char *
describe (SondeModel *model)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GHashTable) keep = NULL;
  SondeTensor *tensor = test_run_one (model, 1, "s", &keep);
  guint all = 0;

  for (guint i = 0; i < conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (conditions, i);

      g_string_append_printf (text, "%s%s:", i > 0 ? "; " : "", sonde_condition_get_id (condition));
      for (guint row = 0; row < sonde_condition_get_n_rows (condition); row++)
        {
          guint sequence, position;
          gint32 id;
          g_autofree char *token = NULL;

          g_string_append_printf (text, " %g", sonde_tensor_peek_f32 (tensor)[2 * all++]);
          if (sonde_condition_get_row_origin (condition, row, &sequence, &position, &id, &token))
            g_string_append_printf (text, "=%u/%u/%d/%s", sequence, position, id, token);
        }
    }
  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, all);
  return g_string_free (text, FALSE);
}

static const struct
{
  const char *table;
  const char *first;
  const char *second; /* (nullable): conditions in the names of arrays */
  const char *setting;
  const char *expected;
} cases[] = {
  { "label\na\nb\nc\nd\ne\nf\n", "", NULL, NULL, "all: 100=0/0/-1/a 102=1/0/-1/b 104=2/0/-1/c 106=3/0/-1/d 108=4/0/-1/e 110=5/0/-1/f" },
  /* quotes, commas, line breaks and the other end of lines; columns that nobody knows */
  { "\xef\xbb\xbfmood,\"text\",token_id\r\n1,\"a,\"\"b\"\"\nc\",5\r\n,,\r\n,,6\r\n,,7\r\n,,8\r\n,x,9", "", NULL, NULL, "all: 100=0/0/5/a,\"b\"\nc 102=1/0/-1/ 104=2/0/6/ 106=3/0/7/ 108=4/0/8/ 110=5/0/9/x" },
  /* a table divides the rows, wherever they lie */
  { "condition\nb\na\nb\na\na\nb\n", "", NULL, NULL, "b: 100=0/0/-1/ 104=1/0/-1/ 110=2/0/-1/; a: 102=0/0/-1/ 106=1/0/-1/ 108=2/0/-1/" },
  { "condition\nb\na\nb\na\na\nb\n", "", NULL, "conditions=a", "a: 102=0/0/-1/ 106=1/0/-1/ 108=2/0/-1/" },
  { "condition\nb\na\nb\na\na\nb\n", "", NULL, "conditions=a, b", "a: 102=0/0/-1/ 106=1/0/-1/ 108=2/0/-1/; b: 100=0/0/-1/ 104=1/0/-1/ 110=2/0/-1/" },
  { "condition\nd\nd\nd\nd\nd\nd\n", "", NULL, NULL, "d: 100=0/0/-1/ 102=1/0/-1/ 104=2/0/-1/ 106=3/0/-1/ 108=4/0/-1/ 110=5/0/-1/" },
  /* tokens that ran and are no rows */
  { "sequence,position,kept\n0,0,0\n0,1,1\n0,2,1\n1,0,1\n1,1,1\n1,2,0\n1,3,1\n4,4,1\n", "", NULL, NULL, "all: 100=0/1/-1/ 102=0/2/-1/ 104=1/0/-1/ 106=1/1/-1/ 108=1/3/-1/ 110=4/4/-1/" },
  /* one of both follows from the lines before */
  { "position\n1\n2\n2\n3\n0\n9\n", "", NULL, NULL, "all: 100=0/1/-1/ 102=0/2/-1/ 104=1/2/-1/ 106=1/3/-1/ 108=2/0/-1/ 110=2/9/-1/" },
  { "sequence\n0\n0\n3\n3\n3\n4\n", "", NULL, NULL, "all: 100=0/0/-1/ 102=0/1/-1/ 104=3/0/-1/ 106=3/1/-1/ 108=3/2/-1/ 110=4/0/-1/" },
  /* rows by number: in another order, and not all of them */
  { "row,label\n5,f\n0,a\n1,b\n2,c\n3,d\n4,e\n", "", NULL, NULL, "all: 110=0/0/-1/f 100=1/0/-1/a 102=2/0/-1/b 104=3/0/-1/c 106=4/0/-1/d 108=5/0/-1/e" },
  { "row,condition\n5,b\n0,a\n2,a\n", "", NULL, NULL, "b: 110=0/0/-1/; a: 100=0/0/-1/ 104=1/0/-1/" },
  /* conditions that arrays have themselves, in another order than the table's; one of which the table says nothing */
  { "condition,label\ny,1\ny,2\ny,3\ny,4\ny,5\ny,6\n", "x/", "y/", NULL, "x: 100 102 104 106 108 110; y: 1100=0/0/-1/1 1102=1/0/-1/2 1104=2/0/-1/3 1106=3/0/-1/4 1108=4/0/-1/5 1110=5/0/-1/6" },
  { "condition,row\ny,5\nx,1\nx,0\n", "x/", "y/", NULL, "x: 102=0/0/-1/ 100=1/0/-1/; y: 1110=0/0/-1/" },
  { "condition,row\ny,5\nx,1\nx,0\n", "x/", "y/", "conditions=y", "y: 1110=0/0/-1/" },
  { "label\n1\n2\n3\n4\n5\n6\n", "x/", NULL, NULL, "x: 100=0/0/-1/1 102=1/0/-1/2 104=2/0/-1/3 106=3/0/-1/4 108=4/0/-1/5 110=5/0/-1/6" },
};

static void
test_tables (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_arrays (cases[i].first, cases[i].second);
      g_autoptr (SondeModel) model = NULL;
      g_autofree char *found = NULL;

      write_table (cases[i].table);
      model = test_open_with (path, (const char *const[]){ cases[i].setting, NULL });
      found = describe (model);
      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

static void
test_wrong (void)
{
  static const struct
  {
    const char *table;
    const char *second;
    const char *part;
  } wrong[] = {
    { "", NULL, "names none of the columns" },
    { "mood\n1\n", NULL, "names none of the columns" },
    { "label\na\n", NULL, "rows.rows.csv has 1 rows of condition all, and the arrays have 6" },
    { "label\na\nb\nc\nd\ne\nf\ng\n", NULL, "has 7 rows" },
    { "condition\n", NULL, "has no lines but the first" },
    { "condition\na\nb\n", NULL, "has 2 rows, and the arrays have 6" },
    { "label,kept\na,1\nb,1\nc,1\nd,1\ne,1\nf,0\n", NULL, "has 5 rows" },
    { "label,row\na,0\nb\n", NULL, "line 3: it has another number of fields" },
    { "label\n\"a\n", NULL, "line 2: a quoted field does not end" },
    { "label\n\"a\"b\n", NULL, "line 2: a comma or the end" },
    { "label,row\n\"two\nlines\",0\nb,x\n", NULL, "line 4: “x” is found" },
    { "row\n6\n", NULL, "line 2: it names row 6, and there are 6" },
    { "row\n1\n1\n", NULL, "line 3: its row was named before" },
    { "row\n-2\n", NULL, "“-2” is found" },
    { "row\n\n", NULL, "line 2: there is no number of a row" },
    { "row\n99999999999999999999\n", NULL, "is found where a number" },
    { "sequence,position\n0,0\n0,1\n0,1\n1,0\n1,1\n1,2\n", NULL, "line 4: its sequence and position do not come after" },
    { "position\n\n1\n2\n3\n4\n5\n", NULL, "line 2: there is no number of a sequence" },
    { "label\na\nb\nc\nd\ne\nf\n", "y/", "has no column “condition”, and rows.npz has 2 conditions" },
    { "condition\nz\ny\n", "y/", "names conditions that rows.npz has not: “z”" },
    { "label\n\xff\n", NULL, "is not UTF-8: see its byte 6" },
    { "condition,row,kept\na,0,1\nb,,0\n", NULL, "has 0 rows of condition b" }, /* and not all rows are named */
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *path = write_arrays (wrong[i].second != NULL ? "x/" : "", wrong[i].second);

      write_table (wrong[i].table);
      g_test_message ("case %u", i);
      test_assert_refused (path, wrong[i].part);
    }
}

/* One more than there may be; nobody waits for the others. */
static void
test_many_conditions (void)
{
  g_autofree char *path = write_arrays ("", NULL);
  g_autoptr (GString) table = g_string_new ("condition\n");

  for (guint i = 0; i <= 1000; i++)
    g_string_append_printf (table, "c%u\n", i);
  write_table (table->str);
  test_assert_refused (path, "line 1002: there are more conditions than the 1000 that are possible");
}

/* What is named is read instead of what lies beside; what is not there is refused. */
static void
test_property (void)
{
  g_autofree char *path = write_arrays ("", NULL);
  g_autofree char *other = NULL;
  g_autofree char *setting = NULL;
  g_autofree char *found = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static ("label\nA\nB\nC\nD\nE\nF\n", 18);
  g_autoptr (SondeModel) model = NULL;

  write_table ("nothing\n");
  other = test_write_bytes ("other.csv", bytes);
  setting = g_strconcat ("rows=", other, NULL);
  model = test_open_with (path, (const char *const[]){ setting, NULL });
  found = describe (model);
  g_assert_cmpstr (found, ==, "all: 100=0/0/-1/A 102=1/0/-1/B 104=2/0/-1/C 106=3/0/-1/D 108=4/0/-1/E 110=5/0/-1/F");
  test_assert_refused_with (path, (const char *const[]){ "rows=/does/not/exist.csv", NULL }, "exist.csv");
  test_assert_refused_with (path, (const char *const[]){ "rows=/dev/null", NULL }, "no table of rows");
}

/* Axes of sequences and positions say where rows come from; a table of labels keeps that. */
static void
test_axes (void)
{
  static const float zeros[24];
  const Member members[] = {
    { "L0/s.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }", zeros, sizeof zeros) },
    { "L1/s.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }", zeros, sizeof zeros) },
  };
  g_autofree char *path = test_write_zip ("axes.npz", FALSE, members, G_N_ELEMENTS (members));
  g_autoptr (GBytes) table = g_bytes_new_static ("label\na\nb\nc\nd\ne\nf\n", 18);
  const char *const expected[] = { "", "abcdef" };

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SondeModel) model = NULL;
      g_autoptr (GPtrArray) conditions = NULL;
      g_autofree char *beside = i == 1 ? test_write_bytes ("axes.rows.csv", table) : NULL;

      model = test_open_model (path);
      conditions = sonde_model_list_conditions (model);
      g_assert_cmpuint (sonde_condition_get_n_rows (g_ptr_array_index (conditions, 0)), ==, 6);
      for (guint row = 0; row < 6; row++)
        {
          guint sequence, position;
          gint32 id;
          g_autofree char *text = NULL;
          const char letter[] = { expected[i][0] != '\0' ? expected[i][row] : '\0', '\0' };

          g_assert_true (sonde_condition_get_row_origin (g_ptr_array_index (conditions, 0), row, &sequence, &position, &id, &text));
          g_assert_cmpuint (sequence, ==, row / 3);
          g_assert_cmpuint (position, ==, row % 3);
          g_assert_cmpint (id, ==, -1);
          g_assert_cmpstr (text, ==, letter);
        }
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  test_make_folder ();
  g_test_add_func ("/arrays/rows/tables", test_tables);
  g_test_add_func ("/arrays/rows/wrong", test_wrong);
  g_test_add_func ("/arrays/rows/many-conditions", test_many_conditions);
  g_test_add_func ("/arrays/rows/property", test_property);
  g_test_add_func ("/arrays/rows/axes", test_axes);
  status = g_test_run ();
  test_remove_folder ();
  return status;
}
