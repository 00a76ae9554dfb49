#include "job.h"

#include <sys/stat.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* What is read may be the only copy that there is, and nothing may replace it. */

typedef struct
{
  const char *output;
  gboolean report; /* @output is a folder, and only what reports call their own is replaced in it */
  char *found;     /* a file that is read and would go */
} Search;

static gboolean
is_same (const GStatBuf *a,
         const GStatBuf *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The file itself, or the name by which it was read; a link to it from elsewhere may be replaced. */
static gboolean
is_file (const char *path,
         const char *output)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *other = g_path_get_dirname (output);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *other_name = g_path_get_basename (output);
  GStatBuf read, there;

  if (g_lstat (output, &there) == 0 && g_stat (path, &read) == 0 && is_same (&read, &there))
    return TRUE;
  return g_str_equal (name, other_name) && g_stat (folder, &read) == 0 && g_stat (other, &there) == 0 && is_same (&read, &there);
}

/* The numbers that a report holds: what else lies in its folder stays there. */
static gboolean
is_in_report (const char *path,
              const char *output)
{
  static const char *const own[] = { "capture.safetensors", "tensors.safetensors" };
  g_autofree char *tables = g_build_filename (output, "tables", NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  GStatBuf read, there;

  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    {
      g_autofree char *file = g_build_filename (output, own[i], NULL);

      if (is_file (path, file))
        return TRUE;
    }
  return g_str_has_suffix (path, ".npz") && g_stat (folder, &read) == 0 && g_stat (tables, &there) == 0 && is_same (&read, &there);
}

static void
look_at_file (const char *role,
              const char *path,
              gpointer user_data)
{
  Search *search = user_data;

  (void) role;
  if (search->found == NULL && (search->report ? is_in_report : is_file) (path, search->output))
    search->found = g_strdup (path);
}

gboolean
job_check_output (Job *job,
                  const char *output,
                  gboolean report,
                  GError **error)
{
  Search search = { .output = output, .report = report };
  g_autofree char *found = NULL;

  sonde_model_foreach_file (job->model, look_at_file, &search);
  found = search.found;
  if (found == NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT,
               report ? _ ("“%s” is read, and lies in the report that --force would replace: move it, or choose another folder with --output")
                      : _ ("“%s” is read, and would be replaced: choose another file with -o"),
               found);
  return FALSE;
}
