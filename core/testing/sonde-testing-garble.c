#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "sonde-testing-rows-private.h"
#include "sonde-testing-scratch-private.h"

/* Damaged copies of a provider's example: each is opened and runs, or ends in a sentence. */

#define MOST_BYTES (1 << 20) /* files that are larger stay whole */
#define N_COPIES 300
#define MOST_SECONDS 12

typedef struct
{
  GPtrArray *paths; /* of the files that may be damaged, and each one's bytes */
  GPtrArray *contents;
  guint64 state;
} Garbler;

static guint
draw (Garbler *self,
      gsize n)
{
  self->state = self->state * G_GUINT64_CONSTANT (6364136223846793005) + G_GUINT64_CONSTANT (1442695040888963407);
  return (guint) ((self->state >> 33) % MAX (n, 1));
}

static int
compare_paths (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names, so that every machine damages the same. */
static void
collect (Garbler *self,
         const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) children = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *contents = NULL;
  gsize size;

  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    g_ptr_array_add (children, g_build_filename (path, name, NULL));
  g_ptr_array_sort (children, compare_paths);
  for (guint i = 0; i < children->len; i++)
    collect (self, children->pdata[i]);
  if (dir != NULL || g_file_test (path, G_FILE_TEST_IS_SYMLINK) || !g_file_get_contents (path, &contents, &size, NULL) || size == 0)
    return;
  g_ptr_array_add (self->paths, g_strdup (path));
  g_ptr_array_add (self->contents, g_bytes_new_take (g_steal_pointer (&contents), size));
}

/* Cut off, with some bytes changed, a part zeroed, or a part twice. Heads of files are where lengths are told. */
static GByteArray *
garble (Garbler *self,
        GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gsize place = draw (self, draw (self, 2) == 0 ? MIN (size, 200) : size);
  gsize wanted = 1 + draw (self, 64), length = MIN (size - place, wanted);
  GByteArray *garbled = g_byte_array_append (g_byte_array_new (), data, (guint) size);

  switch (draw (self, 5))
    {
    case 0:
      g_byte_array_set_size (garbled, (guint) place);
      break;
    case 1:
      for (guint i = 0; i < 4; i++)
        garbled->data[(place + draw (self, 16)) % size] = (guint8) draw (self, 256);
      break;
    case 2:
      memset (garbled->data + place, 0, length);
      break;
    case 3:
      garbled->data[place] = (guint8) (garbled->data[place] ^ (1 << draw (self, 8)));
      break;
    default:
      g_byte_array_append (garbled, data + place, (guint) length);
      break;
    }
  return garbled;
}

/* A new file each time: what is mapped stays as it was. */
static gboolean
write_file (const char *path,
            gconstpointer data,
            gsize size,
            GError **error)
{
  g_unlink (path);
  return g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, error);
}

static gboolean
check_copy (SondeTestingSubject *subject,
            const char *path,
            const char *what,
            GError **error)
{
  g_autoptr (GObject) provider = _sonde_testing_create (subject, error);
  g_autoptr (SondeTestingWatch) watch = _sonde_testing_watch_new (10);
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (SondeSelection) selection = NULL;
  g_autoptr (SondeBatch) batch = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *reason = NULL;
  g_autoptr (GError) refusal = NULL;

  if (provider == NULL)
    return FALSE;
  if (sonde_model_provider_probe (SONDE_MODEL_PROVIDER (provider), path, &reason) == 0 && !_sonde_testing_check_words (reason, error, "the reason why probe () gives 0 for %s", what))
    return FALSE;
  model = sonde_model_provider_open (SONDE_MODEL_PROVIDER (provider), path, _sonde_testing_watch_get_cancellable (watch), &refusal);
  if (model == NULL)
    return g_error_matches (refusal, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? _sonde_testing_fail (error, "%s takes more than 10 seconds to be opened", what) : _sonde_testing_check_refusal (refusal, what, error);
  selection = _sonde_testing_select_all (model);
  batch = _sonde_testing_new_batch (model);
  if (sonde_batch_get_n_rows (batch) == 0 || sonde_batch_get_n_rows (batch) > 100000)
    return TRUE;
  rows = _sonde_testing_run_model (model, batch, selection, &refusal);
  return rows != NULL || _sonde_testing_check_refusal (refusal, what, error);
}

static gboolean
check_garbled (SondeTestingSubject *subject,
               gconstpointer data,
               GError **error)
{
  g_autoptr (SondeTestingScratch) scratch = _sonde_testing_scratch_new (error);
  g_autofree char *copy = scratch != NULL && subject->source != NULL ? _sonde_testing_scratch_copy (scratch, subject->source, MOST_BYTES, error) : NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  Garbler garbler = { paths, contents, 1 };
  gint64 end = g_get_monotonic_time () + MOST_SECONDS * G_TIME_SPAN_SECOND;

  if (copy == NULL)
    return subject->source != NULL ? FALSE : _sonde_testing_fail (error, "no example of what it opens is named");
  collect (&garbler, copy);
  if (paths->len == 0)
    return _sonde_testing_skip (subject, "its example has no file of at most a MiB");
  for (guint i = 0; i < N_COPIES && g_get_monotonic_time () < end; i++)
    {
      guint which = draw (&garbler, paths->len);
      const char *path = paths->pdata[which];
      g_autoptr (GByteArray) garbled = garble (&garbler, contents->pdata[which]);
      g_autofree char *base = g_path_get_basename (path);
      g_autofree char *what = g_strdup_printf ("damaged copy %u of its example, with another %s,", i, base);
      gsize size;
      const char *whole = g_bytes_get_data (contents->pdata[which], &size);

      if (!write_file (path, garbled->data, garbled->len, error) || !check_copy (subject, copy, what, error) || !write_file (path, whole, size, error))
        return FALSE;
    }
  return TRUE;
}

void
_sonde_testing_add_garble_checks (GArray *checks)
{
  static const SondeTestingCheck garbled = { "damaged-copies", check_garbled, NULL };

  g_array_append_val (checks, garbled);
}
