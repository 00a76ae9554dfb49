#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "sonde.h"

typedef struct
{
  char *directory;
  char *path;
  gsize page;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("sonde-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "a file", NULL);
  fixture->page = (gsize) sysconf (_SC_PAGESIZE);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  g_unlink (fixture->path);
  g_rmdir (fixture->directory);
  g_free (fixture->path);
  g_free (fixture->directory);
}

/* A file of @size bytes, none of them zero. */
static GBytes *
load (Fixture *fixture,
      gsize size)
{
  g_autofree char *text = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  memset (text, 'a', size);
  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) size, NULL));
  bytes = sonde_mapped_file_load (fixture->path, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, size);
  return bytes;
}

static void
assert_told (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (sonde_mapped_file_check (&error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, fixture->path));
}

static void
test_whole (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (GBytes) bytes = load (fixture, 3 * fixture->page + 1);
  g_autoptr (GBytes) empty = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (sonde_mapped_file_check (&error));
  g_assert_no_error (error);
  /* another file under the same name, or none, is nobody's loss */
  g_unlink (fixture->path);
  g_assert_true (sonde_mapped_file_check (NULL));
  empty = load (fixture, 0);
  g_assert_cmpuint (g_bytes_get_size (empty), ==, 0);
  g_assert_true (sonde_mapped_file_check (NULL));
  g_assert_false (sonde_mapped_file_repair (fixture));
}

static void
test_none (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_mapped_file_load (fixture->path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_assert_null (sonde_mapped_file_load (fixture->directory, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  g_clear_error (&error);
  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  g_assert_null (sonde_mapped_file_load (fixture->path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NODEV);
}

/* Within a page, nobody is sent a signal. */
static void
test_shorter_within_a_page (Fixture *fixture,
                            gconstpointer data)
{
  GBytes *bytes = load (fixture, fixture->page);

  g_assert_cmpint (truncate (fixture->path, 10), ==, 0);
  assert_told (fixture);
  assert_told (fixture); /* as long as it is mapped */
  g_bytes_unref (bytes);
  assert_told (fixture);
  g_assert_true (sonde_mapped_file_check (NULL));
}

static void
test_shorter_when_given_back (Fixture *fixture,
                              gconstpointer data)
{
  GBytes *bytes = load (fixture, fixture->page);

  g_assert_cmpint (truncate (fixture->path, 0), ==, 0);
  g_bytes_unref (bytes);
  assert_told (fixture);
  g_assert_true (sonde_mapped_file_check (NULL));
}

static guint n_repaired = 0;

static void
repair (int number,
        siginfo_t *info,
        void *context)
{
  if (!sonde_mapped_file_repair (info->si_addr))
    _exit (1);
  n_repaired++;
}

static void
test_repair (Fixture *fixture,
             gconstpointer data)
{
  GBytes *bytes = load (fixture, 4 * fixture->page);
  const volatile char *text = g_bytes_get_data (bytes, NULL);
  struct sigaction action = { .sa_sigaction = repair, .sa_flags = SA_SIGINFO };
  struct sigaction old;

  sigaction (SIGBUS, &action, &old);
  g_assert_cmpint (truncate (fixture->path, (off_t) fixture->page), ==, 0);
  g_assert_cmpint (text[2 * fixture->page], ==, 0);
  g_assert_cmpint (text[3 * fixture->page], ==, 0);
  g_assert_cmpuint (n_repaired, ==, 1);
  g_assert_cmpint (text[0], ==, 'a');
  g_assert_cmpint (text[fixture->page], ==, 0);
  g_assert_cmpuint (n_repaired, ==, 2);
  sigaction (SIGBUS, &old, NULL);
  assert_told (fixture);
  g_bytes_unref (bytes);
  assert_told (fixture);
  g_assert_true (sonde_mapped_file_check (NULL));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/mapped-file/whole", Fixture, NULL, set_up, test_whole, tear_down);
  g_test_add ("/mapped-file/none", Fixture, NULL, set_up, test_none, tear_down);
  g_test_add ("/mapped-file/shorter-within-a-page", Fixture, NULL, set_up, test_shorter_within_a_page, tear_down);
  g_test_add ("/mapped-file/shorter-when-given-back", Fixture, NULL, set_up, test_shorter_when_given_back, tear_down);
  g_test_add ("/mapped-file/repair", Fixture, NULL, set_up, test_repair, tear_down);
  return g_test_run ();
}
