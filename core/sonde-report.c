#define G_LOG_DOMAIN "sonde"

#include "sonde-report.h"

#include <string.h>
#include <sys/resource.h>

#include <glib/gi18n-lib.h>

#include "figure/sonde-figure-writer-private.h"
#include "sonde-condition-private.h"
#include "sonde-error.h"
#include "sonde-chain-private.h"
#include "sonde-json-private.h"
#include "sonde-mapped-file-private.h"
#include "sonde-model-private.h"
#include "sonde-npz-private.h"
#include "output/sonde-output-private.h"
#include "sonde-provenance-private.h"
#include "sonde-report-private.h"
#include "sonde-result-private.h"
#include "sonde-run-private.h"
#include "sonde-safetensors.h"
#include "sonde-threads-private.h"

#define MAX_HIGHLIGHTS 3

/**
 * SondeReport:
 *
 * Figures, tables, tensors, results.json and report.pdf of a run, in one folder that appears whole or not at all.
 */
struct _SondeReport
{
  GObject parent_instance;

  SondeOutput *output;
  SondeProvenanceFiles *files; /* NULL before they are read */
  SondeFormats formats;
  SondeTheme theme;
  char *recipe;
  char *title;
  char *command;
  char **arguments;
  guint64 seed;
  gboolean sha256;
  GArray *phases; /* of SondePhase */
  SondeSentences *warnings;
  GPtrArray *key_labels; /* of SondeWords */
  GPtrArray *key_texts;  /* of SondeWords: one for each label */
  GPtrArray *highlights;
  JsonArray *failures; /* of analyzers */
  char *json;
};

G_DEFINE_FINAL_TYPE (SondeReport, sonde_report, G_TYPE_OBJECT)

static void
phase_clear (SondePhase *phase)
{
  g_free (phase->name);
}

static void
sonde_report_finalize (GObject *object)
{
  SondeReport *self = SONDE_REPORT (object);

  if (self->files != NULL)
    _sonde_threads_clear_idle_work ();
  g_clear_pointer (&self->files, _sonde_provenance_files_free);
  g_clear_object (&self->output);
  g_free (self->recipe);
  g_free (self->title);
  g_free (self->command);
  g_strfreev (self->arguments);
  g_array_unref (self->phases);
  _sonde_sentences_free (self->warnings);
  g_ptr_array_unref (self->key_labels);
  g_ptr_array_unref (self->key_texts);
  g_ptr_array_unref (self->highlights);
  json_array_unref (self->failures);
  g_free (self->json);
  G_OBJECT_CLASS (sonde_report_parent_class)->finalize (object);
}

static void
sonde_report_class_init (SondeReportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_report_finalize;
}

static void
sonde_report_init (SondeReport *self)
{
  self->formats = SONDE_FORMAT_SVG | SONDE_FORMAT_PDF;
  self->phases = g_array_new (FALSE, FALSE, sizeof (SondePhase));
  g_array_set_clear_func (self->phases, (GDestroyNotify) phase_clear);
  self->warnings = _sonde_sentences_new ();
  self->key_labels = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
  self->key_texts = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
  self->highlights = g_ptr_array_new_with_free_func (g_free);
  self->failures = json_array_new ();
}

/**
 * sonde_report_new:
 * @directory: where the report is to be
 * @force: whether files in a folder that is not empty may be replaced
 *
 * Refuses an output directory that cannot be used, before anything runs.
 *
 * Returns: (transfer full): a report to be written; or %NULL with %SONDE_ERROR_OUTPUT where @directory cannot be used
 */
SondeReport *
sonde_report_new (const char *directory,
                  gboolean force,
                  GError **error)
{
  g_autoptr (SondeReport) self = g_object_new (SONDE_TYPE_REPORT, NULL);

  g_return_val_if_fail (directory != NULL, NULL);

  self->output = _sonde_output_open (directory, force, error);
  return self->output != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * sonde_report_set_formats:
 * @formats: the formats
 *
 * Chooses what is written beside report.pdf and the CSV files.
 */
void
sonde_report_set_formats (SondeReport *self,
                          SondeFormats formats)
{
  g_return_if_fail (SONDE_IS_REPORT (self));
  self->formats = formats;
}

/**
 * sonde_report_set_theme:
 * @theme: a theme
 *
 * Chooses the colours of figures and pages; a new report is light.
 */
void
sonde_report_set_theme (SondeReport *self,
                        SondeTheme theme)
{
  g_return_if_fail (SONDE_IS_REPORT (self));
  self->theme = theme;
}

/**
 * sonde_report_set_recipe:
 * @name: its name
 * @title: its title, that of the report
 *
 * Tells which recipe ran.
 */
void
sonde_report_set_recipe (SondeReport *self,
                         const char *name,
                         const char *title)
{
  g_return_if_fail (SONDE_IS_REPORT (self));
  self->recipe = g_strdup (name);
  self->title = g_strdup (title);
}

/**
 * sonde_report_set_command:
 * @command: the command, without paths and whatever changes no number
 * @arguments: (array zero-terminated=1) (nullable): the words as they were typed, for results.json only
 *
 * Tells what ran.
 */
void
sonde_report_set_command (SondeReport *self,
                          const char *command,
                          const char *const *arguments)
{
  g_return_if_fail (SONDE_IS_REPORT (self));
  self->command = g_strdup (command);
  self->arguments = g_strdupv ((char **) arguments);
}

/**
 * sonde_report_set_seed:
 * @seed: the seed
 *
 * Tells the seed of whatever was random.
 */
void
sonde_report_set_seed (SondeReport *self,
                       guint64 seed)
{
  g_return_if_fail (SONDE_IS_REPORT (self));
  self->seed = seed;
}

/**
 * sonde_report_set_checksum_weights:
 * @sha256: whether they are wanted
 *
 * Asks for SHA-256 checksums of weights besides the quick ones.
 */
void
sonde_report_set_checksum_weights (SondeReport *self,
                                   gboolean sha256)
{
  g_return_if_fail (SONDE_IS_REPORT (self));
  self->sha256 = sha256;
}

/**
 * sonde_report_add_phase:
 * @name: what took time, in one word
 * @seconds: how long
 *
 * Notes how long something took. Only results.json has it: other files are the same for the same inputs.
 */
void
sonde_report_add_phase (SondeReport *self,
                        const char *name,
                        double seconds)
{
  SondePhase phase = { g_strdup (name), seconds, 0 };
  struct rusage usage;

  g_return_if_fail (SONDE_IS_REPORT (self));
  if (getrusage (RUSAGE_SELF, &usage) == 0)
    phase.peak_bytes = (gint64) usage.ru_maxrss * 1024;
  g_array_append_val (self->phases, phase);
}

/**
 * sonde_report_add_warning:
 * @sentence: a whole sentence
 *
 * Adds a sentence to those that the report shows.
 */
void
sonde_report_add_warning (SondeReport *self,
                          const char *sentence)
{
  g_return_if_fail (SONDE_IS_REPORT (self));
  _sonde_sentences_take (self->warnings, sonde_words_new_plain (sentence));
}

/**
 * sonde_report_attach_capture:
 * @run: a run that has not been executed
 *
 * Lets @run write capture.safetensors into the report's folder.
 *
 * Returns: %FALSE with @error set where no capture can be written
 */
gboolean
sonde_report_attach_capture (SondeReport *self,
                             SondeRun *run,
                             GError **error)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (SONDE_IS_REPORT (self) && SONDE_IS_RUN (run), FALSE);

  path = _sonde_output_dup_path (self->output, "capture.safetensors", error);
  if (path == NULL)
    return FALSE;
  sonde_run_set_capture (run, path);
  return TRUE;
}

/* ---- files ---- */

static gboolean
write_text (SondeReport *self,
            const char *name,
            char *text,
            GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  return _sonde_output_write (self->output, name, bytes, error);
}

static gboolean
declare_tensors (SondeSafetensorsWriter *writer,
                 GPtrArray *results,
                 GError **error)
{
  for (guint i = 0; i < results->len; i++)
    for (guint j = 0; j < sonde_result_get_n_tensors (g_ptr_array_index (results, i)); j++)
      {
        const char *name;
        SondeTensor *tensor = sonde_result_get_tensor (g_ptr_array_index (results, i), j, &name);
        guint n_dims;
        const gsize *shape = sonde_tensor_get_shape (tensor, &n_dims);

        if (!sonde_safetensors_writer_declare (writer, name, sonde_tensor_get_dtype (tensor), shape, n_dims, error))
          return FALSE;
      }
  return TRUE;
}

static gboolean
write_tensors (SondeReport *self,
               GPtrArray *results,
               const char *metadata,
               GError **error)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autofree char *path = _sonde_output_dup_path (self->output, "tensors.safetensors", error);

  sonde_safetensors_writer_set_metadata (writer, "provenance", metadata);
  if (path == NULL || !declare_tensors (writer, results, error) || !sonde_safetensors_writer_open (writer, path, error))
    return FALSE;
  for (guint i = 0; i < results->len; i++)
    for (guint j = 0; j < sonde_result_get_n_tensors (g_ptr_array_index (results, i)); j++)
      {
        const char *name;
        SondeTensor *tensor = sonde_result_get_tensor (g_ptr_array_index (results, i), j, &name);

        if (!sonde_safetensors_writer_write (writer, name, tensor, error))
          return FALSE;
      }
  return sonde_safetensors_writer_close (writer, error);
}

/* One after the other, each straight into its file: their arrays are as large as the tables themselves. */
static gboolean
write_arrays (SondeReport *self,
              GPtrArray *tables,
              GError **error)
{
  for (guint i = 0; i < tables->len; i++)
    {
      SondeTable *table = g_ptr_array_index (tables, i);
      g_autofree char *name = g_strdup_printf ("tables/%s.npz", sonde_table_get_name (table));
      g_autofree char *path = _sonde_output_dup_path (self->output, name, error);

      if (path == NULL || !_sonde_table_write_npz (table, path, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_json (SondeReport *self,
            const SondeReportContents *contents,
            GBytes *tables,
            GError **error)
{
  g_free (self->json);
  self->json = _sonde_report_build_json (contents, tables);
  return write_text (self, "results.json", g_strconcat (self->json, "\n", NULL), error);
}

/* ---- all together ---- */

static void
collect_key_numbers (SondeReport *self,
                     SondeResult *result)
{
  for (guint i = 0; i < sonde_result_get_n_key_numbers (result); i++)
    {
      SondeWords *label;
      SondeWords *text = _sonde_result_get_key_words (result, i, &label);

      g_ptr_array_add (self->key_labels, sonde_words_ref (label));
      g_ptr_array_add (self->key_texts, sonde_words_ref (text));
      if (i == 0)
        g_ptr_array_add (self->highlights, g_strdup_printf (_ ("%s: %s"), sonde_words_get_translated (label), sonde_words_get_translated (text)));
    }
}

/* Which analyzers failed, and how: what a program would have to read out of the warnings. */
static void
collect_failures (SondeReport *self,
                  SondeChain *chain)
{
  for (guint i = 0; chain != NULL && i < sonde_chain_get_n_analyzers (chain); i++)
    {
      const char *name;
      SondeWords *where, *reason;
      JsonObject *entry;

      if (_sonde_chain_get_failure (chain, i, &where, &reason) == NULL)
        continue;
      sonde_chain_get_analyzer (chain, i, &name);
      entry = json_object_new ();
      json_object_set_string_member (entry, "analyzer", name);
      json_object_set_string_member (entry, "where", sonde_words_get_english (where));
      json_object_set_string_member (entry, "reason", sonde_words_get_english (reason));
      json_array_add_object_element (self->failures, entry);
    }
}

static void
collect (SondeReport *self,
         SondeRun *run,
         GPtrArray *tables)
{
  GPtrArray *results = sonde_run_get_results (run);

  _sonde_sentences_append (self->warnings, _sonde_run_get_sentences (run));
  collect_failures (self, _sonde_run_get_chain (run));
  g_ptr_array_add (tables, _sonde_conditions_tokens_table (sonde_run_get_conditions (run)));
  for (guint i = 0; i < results->len; i++)
    {
      SondeResult *result = g_ptr_array_index (results, i);
      GPtrArray *more = sonde_result_get_tables (result);

      for (guint j = 0; j < more->len; j++)
        g_ptr_array_add (tables, g_object_ref (g_ptr_array_index (more, j)));
      collect_key_numbers (self, result);
    }
  /* what stands late in a chain sums up what came before it */
  if (self->highlights->len > MAX_HIGHLIGHTS)
    g_ptr_array_remove_range (self->highlights, 0, self->highlights->len - MAX_HIGHLIGHTS);
}

/* What was made in parallel is written in order. */
static gboolean
write_drawings (SondeReport *self,
                GPtrArray *drawings,
                GError **error)
{
  for (guint i = 0; i < drawings->len; i++)
    {
      SondeDrawing *drawing = g_ptr_array_index (drawings, i);

      if (drawing->bytes == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&drawing->error));
          return FALSE;
        }
      if (!_sonde_output_write (self->output, drawing->name, drawing->bytes, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_files (SondeReport *self,
             SondeRun *run,
             SondeModel *model,
             SondeCorpus *corpus,
             JsonObject *provenance,
             gint64 start,
             GCancellable *cancellable,
             GError **error)
{
  g_autofree char *metadata = _sonde_json_to_text (provenance, FALSE);
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) drawings = NULL;
  g_autoptr (GBytes) tables_text = NULL;
  GPtrArray *results = sonde_run_get_results (run);
  const SondeReportContents contents = {
    .title = self->title,
    .run = run,
    .model = model,
    .corpus = corpus,
    .warnings = self->warnings,
    .key_labels = self->key_labels,
    .key_texts = self->key_texts,
    .provenance = provenance,
    .theme = self->theme,
    .failures = self->failures,
    .files = _sonde_output_get_names (self->output),
    .arguments = self->arguments,
    .phases = self->phases,
  };

  collect (self, run, tables);
  drawings = _sonde_report_render (&contents, tables, self->formats, metadata, &tables_text, cancellable);
  g_debug ("drew %u files, %u tables are to be written", drawings->len, tables->len);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !write_drawings (self, drawings, error))
    return FALSE;
  if ((self->formats & SONDE_FORMAT_NPZ) != 0 && !write_arrays (self, tables, error))
    return FALSE;
  if (!write_tensors (self, results, metadata, error))
    return FALSE;
  sonde_report_add_phase (self, "report", (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  return write_json (self, &contents, tables_text, error) && !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static gboolean
read_piece (gpointer files)
{
  return _sonde_provenance_files_read_piece (files);
}

/**
 * sonde_report_begin:
 * @model: the model of the run that is going to be reported
 *
 * Lets threads that wait for others read the files behind @model, whose checksums the report tells. Of weights that takes as long as
 * drawing everything, and costs nothing while a model runs. sonde_report_write() does what is left of it.
 */
void
sonde_report_begin (SondeReport *self,
                    SondeModel *model)
{
  g_return_if_fail (SONDE_IS_REPORT (self) && SONDE_IS_MODEL (model));

  if (self->files != NULL)
    return;
  _sonde_figure_begin ();
  self->files = _sonde_provenance_files_new (model, self->sha256);
  _sonde_threads_set_idle_work (read_piece, self->files);
}

/**
 * sonde_report_write:
 * @run: a run that was executed
 * @model: its model
 * @corpus: (nullable): its text; %NULL where @model brought its own rows
 * @chain: its chain
 * @cancellable: (nullable): ends it with %G_IO_ERROR_CANCELLED
 *
 * Draws and writes everything, then lets the folder appear. To be called once.
 *
 * Returns: %FALSE with @error set; nothing is left behind then
 */
gboolean
sonde_report_write (SondeReport *self,
                    SondeRun *run,
                    SondeModel *model,
                    SondeCorpus *corpus,
                    SondeChain *chain,
                    GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GPtrArray) held = NULL;
  g_autoptr (JsonObject) provenance = NULL;
  SondeProvenanceSource source;
  const gint64 start = g_get_monotonic_time ();
  gboolean written;

  g_return_val_if_fail (SONDE_IS_REPORT (self) && SONDE_IS_RUN (run), FALSE);

  sonde_report_begin (self, model);
  _sonde_threads_clear_idle_work ();
  held = _sonde_report_prepare (run, self->theme, self->files, cancellable);
  source = (SondeProvenanceSource){ run, model, corpus, chain, self->recipe, self->command, self->seed, self->files };
  provenance = _sonde_provenance_build (&source, error);
  written = provenance != NULL && _sonde_model_check_faults (model, error) && write_files (self, run, model, corpus, provenance, start, cancellable, error);
  return _sonde_mapped_file_explain (written, error) && _sonde_output_publish (self->output, error);
}

/**
 * sonde_report_get_highlights:
 *
 * Lists the key numbers that are worth a line in a terminal.
 *
 * Returns: (transfer none) (element-type utf8): "label: text", the first key number of each of the last three analyzers
 */
GPtrArray *
sonde_report_get_highlights (SondeReport *self)
{
  g_return_val_if_fail (SONDE_IS_REPORT (self), NULL);
  return self->highlights;
}

/**
 * sonde_report_get_json:
 *
 * Gives what stands in results.json.
 *
 * Returns: (transfer none) (nullable): JSON; %NULL before sonde_report_write()
 */
const char *
sonde_report_get_json (SondeReport *self)
{
  g_return_val_if_fail (SONDE_IS_REPORT (self), NULL);
  return self->json;
}
