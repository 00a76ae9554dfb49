#define G_LOG_DOMAIN "sonde"

#include "sonde-report-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-condition-private.h"
#include "sonde-language.h"

/* The pages of the PDF: what ran and its key numbers; one figure a page; where everything came from. */

static void
add_text (SondeDocument *document,
          SondeCorpus *corpus)
{
  g_autofree char *text = g_filename_display_basename (sonde_corpus_get_name (corpus));
  g_autofree char *size = g_strdup_printf (_ ("%s, %u tokens"), text, sonde_corpus_get_n_tokens (corpus));
  g_autofree char *target = NULL;
  guint n;

  sonde_document_add_field (document, _ ("Text"), size);
  if (sonde_corpus_get_target (corpus) == NULL)
    return;
  sonde_corpus_get_target_positions (corpus, &n);
  target = g_strdup_printf (_ ("“%s” (token %d), %u times"), sonde_corpus_get_target (corpus), sonde_corpus_get_target_id (corpus), n);
  sonde_document_add_field (document, _ ("Target"), target);
}

static void
add_what_ran (SondeDocument *document,
              const SondeReportContents *contents)
{
  GPtrArray *conditions = sonde_run_get_conditions (contents->run);
  GPtrArray *stages = sonde_run_get_stages (contents->run);

  sonde_document_add_text (document, SONDE_TEXT_HEADING, contents->corpus != NULL ? _ ("What ran") : _ ("What was analysed"));
  sonde_document_add_field (document, contents->corpus != NULL ? _ ("Model") : _ ("Capture"), sonde_model_get_name (contents->model));
  if (contents->corpus != NULL)
    add_text (document, contents->corpus);
  for (guint i = 0; i < conditions->len; i++)
    {
      g_autofree char *summary = sonde_condition_dup_summary (g_ptr_array_index (conditions, i));

      sonde_document_add_field (document, sonde_condition_get_label (g_ptr_array_index (conditions, i), SONDE_LABEL_TITLE), summary);
    }
  for (guint i = 0; i < stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (stages, i);
      g_autofree char *name = g_strdup_printf (_ ("Stage %s"), stage->short_label);
      g_autofree char *formula = g_strdup_printf ("%s = %s", stage->site, sonde_language_translate_in ("formula", stage->formula));

      sonde_document_add_field (document, name, formula);
    }
}

static void
add_key_numbers (SondeDocument *document,
                 const SondeReportContents *contents)
{
  if (contents->key_labels->len == 0)
    return;
  sonde_document_add_text (document, SONDE_TEXT_HEADING, _ ("Key numbers"));
  for (guint i = 0; i < contents->key_labels->len; i++)
    sonde_document_add_field (document, sonde_words_get_translated (g_ptr_array_index (contents->key_labels, i)), sonde_words_get_translated (g_ptr_array_index (contents->key_texts, i)));
}

static void
add_warnings (SondeDocument *document,
              const SondeReportContents *contents)
{
  if (contents->warnings->translated->len == 0)
    return;
  sonde_document_add_text (document, SONDE_TEXT_HEADING, _ ("Warnings"));
  for (guint i = 0; i < contents->warnings->translated->len; i++)
    sonde_document_add_text (document, SONDE_TEXT_BODY, g_ptr_array_index (contents->warnings->translated, i));
}

static void
add_figures (SondeDocument *document,
             SondeRun *run)
{
  GPtrArray *results = sonde_run_get_results (run);

  for (guint i = 0; i < results->len; i++)
    {
      GPtrArray *figures = sonde_result_get_figures (g_ptr_array_index (results, i));

      for (guint j = 0; j < figures->len; j++)
        sonde_document_add_figure (document, g_ptr_array_index (figures, j));
    }
}

/* ---- provenance: the JSON as a list of fields, lists of numbers as running text ---- */

static void
append_leaf (GString *text,
             JsonNode *node)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          if (i > 0)
            g_string_append (text, JSON_NODE_HOLDS_ARRAY (json_array_get_element (array, i)) ? " | " : " ");
          append_leaf (text, json_array_get_element (array, i));
        }
    }
  else if (json_node_get_value_type (node) == G_TYPE_INT64)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (node));
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    g_string_append (text, json_node_get_string (node));
  else
    {
      g_autofree char *json = json_to_string (node, FALSE);

      g_string_append (text, json);
    }
}

static void add_fields (SondeDocument *document, const char *prefix, JsonNode *node);

static void
add_members (SondeDocument *document,
             const char *prefix,
             JsonObject *object)
{
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *l = members; l != NULL; l = l->next)
    {
      g_autofree char *name = *prefix == '\0' ? g_strdup (l->data) : g_strdup_printf ("%s.%s", prefix, (char *) l->data);

      add_fields (document, name, json_object_get_member (object, l->data));
    }
}

static gboolean
holds_objects (JsonArray *array)
{
  return json_array_get_length (array) > 0 && JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, 0));
}

static void
add_fields (SondeDocument *document,
            const char *prefix,
            JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    add_members (document, prefix, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node) && holds_objects (json_node_get_array (node)))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          g_autofree char *name = g_strdup_printf ("%s.%u", prefix, i);

          add_fields (document, name, json_array_get_element (array, i));
        }
    }
  else
    {
      g_autoptr (GString) text = g_string_new (NULL);

      append_leaf (text, node);
      sonde_document_add_field (document, prefix, text->str);
    }
}

static void
add_provenance (SondeDocument *document,
                JsonObject *provenance)
{
  sonde_document_add_page_break (document);
  sonde_document_add_text (document, SONDE_TEXT_HEADING, _ ("Provenance"));
  sonde_document_add_text (document, SONDE_TEXT_BODY,
                           _ ("Everything that could change a number in this report. The same inputs give the same bytes of every figure and table; how long it took is in results.json."));
  add_members (document, "", provenance);
}

SondeDocument *
_sonde_report_build_document (const SondeReportContents *contents)
{
  SondeDocument *document = sonde_document_new (contents->title);

  sonde_document_set_theme (document, contents->theme);
  sonde_document_add_text (document, SONDE_TEXT_TITLE, contents->title);
  add_what_ran (document, contents);
  add_key_numbers (document, contents);
  add_warnings (document, contents);
  add_figures (document, contents->run);
  add_provenance (document, contents->provenance);
  return document;
}
