#include "program.h"

#include <stdio.h>

#include <glib/gi18n-lib.h>

#include "sonde.h"

/* What JSON demands inside quotation marks; @text is valid UTF-8. */
static void
print_escaped (const char *text)
{
  g_autoptr (GString) escaped = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    if (*p == '"' || *p == '\\')
      g_string_append_printf (escaped, "\\%c", *p);
    else if ((guchar) *p < 0x20)
      g_string_append_printf (escaped, "\\u%04x", (guchar) *p);
    else
      g_string_append_c (escaped, *p);
  print_json_text (escaped->str);
}

/* One object a line: a text of a million tokens needs no tree of a million nodes. */
static void
print_json (GArray *tokens,
            const char *text)
{
  for (guint i = 0; i < tokens->len; i++)
    {
      SondeToken *token = &g_array_index (tokens, SondeToken, i);
      g_autofree char *piece = sonde_token_text (text + token->start, token->end - token->start);

      printf ("%s{\"id\":%d,\"text\":\"", i == 0 ? "[" : ",\n ", token->id);
      print_escaped (piece);
      printf ("\",\"start\":%" G_GSIZE_FORMAT ",\"end\":%" G_GSIZE_FORMAT "}", token->start, token->end);
    }
  printf ("%s]\n", tokens->len == 0 ? "[" : "");
}

static void
print_ids (GArray *tokens)
{
  for (guint i = 0; i < tokens->len; i++)
    printf ("%d\n", g_array_index (tokens, SondeToken, i).id);
}

static SondeTokenizer *
open_tokenizer (const char *given,
                SondeModel **model,
                GError **error)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autofree char *path = given != NULL ? g_strdup (given) : sonde_paths_find_data ("demo-model");
  SondeTokenizer *tokenizer;

  if (path == NULL)
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("name a model with --model"));
      return NULL;
    }
  *model = sonde_registry_open_model (registry, path, NULL, error);
  if (*model == NULL)
    return NULL;
  tokenizer = sonde_model_get_tokenizer (*model);
  if (tokenizer == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("the model “%s” has no tokenizer: name another with --model"), path);
  return tokenizer;
}

static int
tokenize (const char *path,
          gboolean json)
{
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GArray) tokens = NULL;
  SondeTokenizer *tokenizer;
  GError *error = NULL;

  tokenizer = open_tokenizer (path, &model, &error);
  if (tokenizer != NULL)
    text = read_text ("-", NULL, &error);
  if (text != NULL)
    tokens = sonde_tokenizer_encode (tokenizer, g_bytes_get_data (text, NULL), g_bytes_get_size (text), &error);
  if (tokens == NULL || !sonde_mapped_file_check (&error))
    return fail_with (error);
  if (json)
    print_json (tokens, g_bytes_get_data (text, NULL));
  else
    print_ids (tokens);
  return finish_output (EXIT_DONE);
}

int
command_tokenize (int argc,
                  char **argv)
{
  g_autofree char *model = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &model, N_ ("Model directory or file (default: the demo model)"), N_ ("PATH") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print a JSON array of {id, text, start, end}; start and end count bytes"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int status = parse_options (&argc, &argv, entries, _ ("[OPTION…] < TEXT"),
                              _ ("Reads a text on stdin and prints its token ids, one a line."), NULL);

  if (status >= 0)
    return status;
  if (argc > 1)
    return fail_usage (_ ("the text comes on stdin, but “%s” was given: leave it out"), argv[1]);
  return tokenize (model, json);
}
