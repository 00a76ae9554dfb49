#define _GNU_SOURCE /* memmem () */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "sonde.h"

#define MARK "=== "

static char *folder;

void
fuzz_fail (const char *expression,
           const char *file,
           int line)
{
  fprintf (stderr, "%s:%d: this does not hold: %s\n", file, line, expression);
  abort ();
}

/* ---- the folder ---- */

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      if (g_file_test (below, G_FILE_TEST_IS_DIR) && !g_file_test (below, G_FILE_TEST_IS_SYMLINK))
        remove_folder (below);
      else
        g_unlink (below);
    }
  g_rmdir (path);
}

static void
remove_everything (void)
{
  remove_folder (folder);
  g_clear_pointer (&folder, g_free);
}

/* ---- before the first input ---- */

/* Whatever the library complains of is a mistake of the library. What else is logged is nobody's business here. */
static GLogWriterOutput
take_log (GLogLevelFlags level,
          const GLogField *fields,
          gsize n_fields,
          gpointer user_data)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
    return G_LOG_WRITER_HANDLED;
  g_log_writer_standard_streams (level, fields, n_fields, user_data);
  abort ();
}

static void
ignore_log (const char *domain,
            GLogLevelFlags level,
            const char *message,
            gpointer user_data)
{
}

/* Caches that libraries of fonts keep until the end, behind pointers that nobody finds. */
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
  return "leak:libfontconfig\nleak:libpango\nleak:libcairo\nleak:libharfbuzz\n";
}

int
LLVMFuzzerInitialize (int *argc,
                      char ***argv)
{
  g_autofree char *in_memory = g_strdup ("/dev/shm/sonde-fuzz-XXXXXX");

  folder = g_mkdtemp (in_memory) != NULL ? g_steal_pointer (&in_memory) : g_dir_make_tmp ("sonde-fuzz-XXXXXX", NULL);
  fuzz_assert (folder != NULL);
  atexit (remove_everything);
  g_setenv ("XDG_CONFIG_HOME", folder, TRUE);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_setenv ("SONDE_PLUGIN_PATH", FUZZ_PLUGINS, FALSE);
  g_setenv ("SONDE_DATA_PATH", FUZZ_DATA, FALSE);
  g_log_set_writer_func (take_log, NULL, NULL);
  g_log_set_handler ("libpeas", G_LOG_LEVEL_WARNING, ignore_log, NULL); /* as the program does: it says of a manifest what the registry says better */
  sonde_threads_set_n (1);
  return 0;
}

const char *
fuzz_get_folder (void)
{
  return folder;
}

char *
fuzz_dup_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

void
fuzz_remove (const char *name)
{
  g_autofree char *path = fuzz_dup_path (name);

  g_unlink (path);
}

char *
fuzz_write (const char *name,
            gconstpointer data,
            gsize size)
{
  char *path = fuzz_dup_path (name);
  FILE *file;

  g_unlink (path);
  file = g_fopen (path, "wbe");
  fuzz_assert (file != NULL && fwrite (data, 1, size, file) == size && fclose (file) == 0);
  return path;
}

/* ---- several files in one ---- */

/* The next line that begins with the mark, in [at, end); NULL where there is none. */
static const guint8 *
find_mark (const guint8 *data,
           const guint8 *at,
           const guint8 *end)
{
  while ((at = memmem (at, (gsize) (end - at), MARK, strlen (MARK))) != NULL)
    {
      if (at == data || at[-1] == '\n')
        return at;
      at++;
    }
  return NULL;
}

static void
take_piece (FuzzPiece *pieces,
            guint n,
            const guint8 *name,
            gsize length,
            const guint8 *data,
            gsize size)
{
  for (guint i = 0; i < n; i++)
    if (!pieces[i].found && strlen (pieces[i].name) == length && memcmp (pieces[i].name, name, length) == 0)
      pieces[i] = (FuzzPiece){ pieces[i].name, data, size, TRUE };
}

void
fuzz_split (const guint8 *data,
            gsize size,
            FuzzPiece *pieces,
            guint n)
{
  const guint8 *end = data + size, *mark = size > 0 ? find_mark (data, data, end) : NULL;

  while (mark != NULL)
    {
      const guint8 *name = mark + strlen (MARK);
      const guint8 *line_end = memchr (name, '\n', (gsize) (end - name));
      const guint8 *next;

      if (line_end == NULL)
        return;
      next = find_mark (data, line_end + 1, end);
      take_piece (pieces, n, name, (gsize) (line_end - name), line_end + 1, next == NULL ? (gsize) (end - line_end - 1) : next == line_end + 1 ? 0
                                                                                                                                               : (gsize) (next - line_end - 2));
      mark = next;
    }
}

void
fuzz_write_pieces (const FuzzPiece *pieces,
                   guint n)
{
  for (guint i = 0; i < n; i++)
    if (pieces[i].found)
      g_free (fuzz_write (pieces[i].name, pieces[i].data, pieces[i].size));
    else
      fuzz_remove (pieces[i].name);
}

/* ---- what is asked of every reader ---- */

static gboolean
is_sentence (const char *message)
{
  if (message == NULL || *message == '\0' || !g_utf8_validate (message, -1, NULL))
    return FALSE;
  for (const char *p = message; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

void
fuzz_check_sentence (const char *text)
{
  if (!is_sentence (text))
    fprintf (stderr, "“%s”\n", text != NULL ? text : "");
  fuzz_assert (is_sentence (text));
}

void
fuzz_check_inner (gboolean done,
                  const GError *error)
{
  fuzz_assert (done == (error == NULL));
  if (error == NULL)
    return;
  if (g_getenv ("FUZZ_VERBOSE") != NULL)
    fprintf (stderr, "%s\n", error->message);
  if (error->domain != SONDE_ERROR && error->domain != G_FILE_ERROR && error->domain != G_IO_ERROR)
    fprintf (stderr, "%s: %s\n", g_quark_to_string (error->domain), error->message);
  fuzz_assert (error->domain == SONDE_ERROR || error->domain == G_FILE_ERROR || error->domain == G_IO_ERROR);
  fuzz_assert (error->message != NULL && g_utf8_validate (error->message, -1, NULL));
}

void
fuzz_check (gboolean done,
            const GError *error)
{
  fuzz_check_inner (done, error);
  if (error != NULL)
    fuzz_check_sentence (error->message);
}
