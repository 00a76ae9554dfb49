#define G_LOG_DOMAIN "sonde"

#include "sonde-report-private.h"

#include <string.h>

#include "figure/sonde-figure-writer-private.h"
#include "sonde-figure-file-private.h"
#include "sonde-threads.h"

typedef struct
{
  const SondeReportContents *contents;
  GPtrArray *tables;
  const char *metadata;
  GCancellable *cancellable;
  GPtrArray *tasks;
} Shared;

typedef struct _Task Task;

struct _Task
{
  SondeDrawing drawing;
  GBytes *(*render) (Task *task, const Shared *shared);
  SondeFigure *figure; /* of figures */
  SondeTable *table;   /* of tables */
};

static void
task_free (Task *task)
{
  g_free (task->drawing.name);
  g_clear_pointer (&task->drawing.bytes, g_bytes_unref);
  g_clear_error (&task->drawing.error);
  g_free (task);
}

static GBytes *
render_document (Task *task,
                 const Shared *shared)
{
  g_autoptr (SondeDocument) document = _sonde_report_build_document (shared->contents);

  return sonde_document_to_pdf (document, shared->metadata, _sonde_document_date (), &task->drawing.error);
}

static GBytes *
render_svg (Task *task,
            const Shared *shared)
{
  return sonde_figure_to_svg (task->figure, shared->metadata, &task->drawing.error);
}

static GBytes *
render_pdf (Task *task,
            const Shared *shared)
{
  return sonde_figure_to_pdf (task->figure, shared->metadata, _sonde_document_date (), &task->drawing.error);
}

static GBytes *
render_png (Task *task,
            const Shared *shared)
{
  return sonde_figure_to_png (task->figure, shared->metadata, _SONDE_PNG_DOTS_PER_INCH, &task->drawing.error);
}

static GBytes *
render_csv (Task *task,
            const Shared *shared)
{
  char *text = sonde_table_to_csv (task->table);

  return g_bytes_new_take (text, strlen (text));
}

static GBytes *
render_tables (Task *task,
               const Shared *shared)
{
  GString *text = g_string_new (NULL);

  _sonde_tables_append_json (text, shared->tables, 1);
  return g_string_free_to_bytes (text);
}

static void
run_task (guint index,
          guint worker,
          gpointer user_data)
{
  Shared *shared = user_data;
  Task *task = g_ptr_array_index (shared->tasks, index);

  if (!g_cancellable_is_cancelled (shared->cancellable))
    task->drawing.bytes = task->render (task, shared);
}

/* ---- before anything is drawn ---- */

typedef struct
{
  GPtrArray *figures;
  SondeProvenanceFiles *files;
  GCancellable *cancellable;
} Preparation;

static void
prepare (guint index,
         guint worker,
         gpointer user_data)
{
  Preparation *self = user_data;

  if (index == 0)
    _sonde_provenance_files_read (self->files, self->cancellable);
  else if (!g_cancellable_is_cancelled (self->cancellable))
    _sonde_figure_prepare (g_ptr_array_index (self->figures, self->figures->len - index)); /* what sums up the others is large, and last */
}

static void
let_go (SondeFigure *figure)
{
  _sonde_figure_release (figure);
  g_object_unref (figure);
}

GPtrArray *
_sonde_report_prepare (SondeRun *run,
                       SondeTheme theme,
                       SondeProvenanceFiles *files,
                       GCancellable *cancellable)
{
  GPtrArray *held = g_ptr_array_new_with_free_func ((GDestroyNotify) let_go);
  GPtrArray *results = sonde_run_get_results (run);
  Preparation preparation = { held, files, cancellable };

  for (guint i = 0; i < results->len; i++)
    {
      GPtrArray *figures = sonde_result_get_figures (g_ptr_array_index (results, i));

      for (guint j = 0; j < figures->len; j++)
        {
          sonde_figure_set_theme (g_ptr_array_index (figures, j), theme);
          _sonde_figure_hold (g_ptr_array_index (figures, j));
          g_ptr_array_add (held, g_object_ref (g_ptr_array_index (figures, j)));
        }
    }
  sonde_threads_run (1 + held->len, prepare, &preparation);
  return held;
}

/* ---- drawing ---- */

static void
add_task (GPtrArray *tasks,
          char *name,
          Task task)
{
  Task *copy = g_memdup2 (&task, sizeof task);

  copy->drawing.name = name;
  g_ptr_array_add (tasks, copy);
}

static void
add_figure (GPtrArray *tasks,
            SondeFigure *figure,
            SondeFormats formats)
{
  static const struct
  {
    SondeFormats format;
    const char *ending;
    GBytes *(*render) (Task *task, const Shared *shared);
  } table[] = { { SONDE_FORMAT_SVG, "svg", render_svg }, { SONDE_FORMAT_PDF, "pdf", render_pdf }, { SONDE_FORMAT_PNG, "png", render_png } };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if ((formats & table[i].format) != 0)
      add_task (tasks, g_strdup_printf ("figures/%s.%s", sonde_figure_get_name (figure), table[i].ending), (Task){ .render = table[i].render, .figure = figure });
}

GPtrArray *
_sonde_report_render (const SondeReportContents *contents,
                      GPtrArray *tables,
                      SondeFormats formats,
                      const char *metadata,
                      GBytes **tables_text,
                      GCancellable *cancellable)
{
  GPtrArray *tasks = g_ptr_array_new_with_free_func ((GDestroyNotify) task_free);
  GPtrArray *results = sonde_run_get_results (contents->run);
  Shared shared = { contents, tables, metadata, cancellable, tasks };
  guint text;

  add_task (tasks, g_strdup ("report.pdf"), (Task){ .render = render_document }); /* the longest first */
  /* no file of its own */
  text = tasks->len;
  add_task (tasks, NULL, (Task){ .render = render_tables });
  for (guint i = 0; i < results->len; i++)
    {
      GPtrArray *figures = sonde_result_get_figures (g_ptr_array_index (results, i));

      for (guint j = 0; j < figures->len; j++)
        add_figure (tasks, g_ptr_array_index (figures, j), formats);
    }
  for (guint i = 0; i < tables->len; i++)
    add_task (tasks, g_strdup_printf ("tables/%s.csv", sonde_table_get_name (g_ptr_array_index (tables, i))), (Task){ .render = render_csv, .table = g_ptr_array_index (tables, i) });
  sonde_threads_run (tasks->len, run_task, &shared);
  *tables_text = g_steal_pointer (&((Task *) g_ptr_array_index (tasks, text))->drawing.bytes);
  g_ptr_array_remove_index (tasks, text);
  return tasks;
}
