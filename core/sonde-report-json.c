#define G_LOG_DOMAIN "sonde"

#include "sonde-report-private.h"

#include <string.h>

#include "sonde-json-private.h"

/* results.json, which programs read: in English whatever language the pages are in. */

#define TABLES "\n  \"tables\" : "

static JsonObject *
describe_phases (GArray *phases)
{
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < phases->len; i++)
    {
      const SondePhase *phase = &g_array_index (phases, SondePhase, i);
      JsonObject *entry = json_object_new ();

      json_object_set_double_member (entry, "seconds", phase->seconds);
      json_object_set_int_member (entry, "peak-bytes", phase->peak_bytes);
      json_object_set_object_member (object, phase->name, entry);
    }
  return object;
}

static JsonArray *
list_arguments (char **arguments)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i++)
    {
      g_autofree char *valid = g_utf8_make_valid (arguments[i], -1);

      json_array_add_string_element (array, valid);
    }
  return array;
}

/* What --force may take away again. */
static JsonArray *
list_files (GPtrArray *names)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < names->len; i++)
    json_array_add_string_element (array, g_ptr_array_index (names, i));
  json_array_add_string_element (array, "results.json");
  return array;
}

static JsonArray *
list_sentences (const SondeSentences *sentences)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < sentences->words->len; i++)
    json_array_add_string_element (array, sonde_words_get_english (g_ptr_array_index (sentences->words, i)));
  return array;
}

static JsonObject *
describe_key_numbers (const SondeReportContents *contents)
{
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < contents->key_labels->len; i++)
    json_object_set_string_member (object, sonde_words_get_english (g_ptr_array_index (contents->key_labels, i)), sonde_words_get_english (g_ptr_array_index (contents->key_texts, i)));
  return object;
}

/* @root as text, with the tables in place of its member of that name. Within strings there are no line ends, so that this
 * one is no part of any. */
static char *
fill_in_tables (JsonObject *root,
                GBytes *tables)
{
  g_autofree char *text = _sonde_json_to_text (root, TRUE);
  const char *place = strstr (text, TABLES "null");
  GString *filled = g_string_new (NULL);

  g_return_val_if_fail (place != NULL, g_string_free (filled, FALSE));
  g_string_append_len (filled, text, place + strlen (TABLES) - text);
  g_string_append_len (filled, g_bytes_get_data (tables, NULL), (gssize) g_bytes_get_size (tables));
  g_string_append (filled, place + strlen (TABLES "null"));
  return g_string_free (filled, FALSE);
}

char *
_sonde_report_build_json (const SondeReportContents *contents,
                          GBytes *tables)
{
  g_autoptr (JsonObject) root = json_object_new ();
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *finished = g_date_time_format_iso8601 (now);
  g_autofree char *text = NULL;

  json_object_set_object_member (root, "key-numbers", describe_key_numbers (contents));
  json_object_set_array_member (root, "warnings", list_sentences (contents->warnings));
  if (json_array_get_length (contents->failures) > 0)
    json_object_set_array_member (root, "failures", json_array_ref (contents->failures));
  json_object_set_null_member (root, "tables");
  json_object_set_object_member (root, "provenance", json_object_ref (contents->provenance));
  json_object_set_array_member (root, "files", list_files (contents->files));
  /* what differs from run to run stands here only, beside the provenance that every other file holds too */
  json_object_set_array_member (root, "arguments", list_arguments (contents->arguments));
  json_object_set_object_member (root, "phases", describe_phases (contents->phases));
  json_object_set_string_member (root, "finished", finished);
  text = fill_in_tables (root, tables);
  /* a plugin's words may be anything, and a file that no program reads is no data */
  return g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : g_utf8_make_valid (text, -1);
}
