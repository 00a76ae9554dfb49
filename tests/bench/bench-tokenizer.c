/* The tokenizer on long texts, beside a check that they are UTF-8. */

#include <string.h>

#include "bench-model.h"
#include "bench.h"

/* Bytes of the English text; odd ones are shorter. */
#define LONG_TEXT 10000000
#define SHORT_TEXT 1000000

typedef struct
{
  SondeTokenizer *tokenizer;
  GString *text;
} Encoding;

static void
run_encode (gpointer data)
{
  const Encoding *encoding = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) tokens = sonde_tokenizer_encode (encoding->tokenizer, encoding->text->str, encoding->text->len, &error);

  bench_check (error);
}

static void
run_validate (gpointer data)
{
  const Encoding *encoding = data;

  if (!g_utf8_validate (encoding->text->str, (gssize) encoding->text->len, NULL))
    bench_fail ("the text is not UTF-8");
}

static GString *
repeat (const char *text,
        gsize size)
{
  GString *repeated = g_string_sized_new (size + strlen (text));

  while (repeated->len < size)
    g_string_append (repeated, text);
  return repeated;
}

/* Characters of all scripts, none the same as the one before it. */
static GString *
make_mixed (void)
{
  GString *text = g_string_sized_new (SHORT_TEXT + 8);
  gunichar character = 0x20;

  while (text->len < SHORT_TEXT)
    {
      character = character * 5 + 0x6f3;
      character %= 0x1f700;
      if (character >= 0x20 && g_unichar_validate (character))
        g_string_append_unichar (text, character);
    }
  return text;
}

static void
bench_text (SondeTokenizer *tokenizer,
            const char *name,
            GString *text)
{
  Encoding encoding = { tokenizer, text };

  bench_run (&(BenchCase){ name, { run_encode, &encoding }, "g_utf8_validate", { run_validate, &encoding }, BENCH_CPU, 1e-6 * (double) text->len, "MB" });
  g_string_free (text, TRUE);
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *model_path = NULL;
  g_autofree char *text_path = NULL;
  g_autofree char *english = NULL;
  g_autoptr (SondeModel) model = NULL;
  SondeTokenizer *tokenizer;

  bench_begin ("tokenizer", argc, argv);
  model_path = sonde_paths_find_data ("demo-model");
  text_path = sonde_paths_find_data ("demo-text.txt");
  if (model_path == NULL || text_path == NULL)
    bench_fail ("the data folders have no demo model or no demo text");
  g_file_get_contents (text_path, &english, NULL, &error);
  bench_check (error);
  model = bench_model_open_path (model_path);
  tokenizer = sonde_model_get_tokenizer (model);
  bench_text (tokenizer, "english", repeat (english, LONG_TEXT));
  bench_text (tokenizer, "japanese", repeat ("珈琲の生産はベトナムの主要な産業である。", SHORT_TEXT));
  bench_text (tokenizer, "numbers-and-code", repeat ("if (x[12] != 0x7fff0c3a) { y += 3.14159e-7; }\n\t\t", SHORT_TEXT));
  bench_text (tokenizer, "all-scripts", make_mixed ());
  bench_text (tokenizer, "one-word", repeat ("a", SHORT_TEXT));
  bench_text (tokenizer, "spaces", repeat (" ", SHORT_TEXT));
  return bench_end ();
}
