/* Does what an analyzer must not do: `deed` says what, `method` in which of its methods, `frame` at which frame. While it is made it
 * knows no property yet; there CRASH_IN_INIT says what. It attaches `rubble`, which crash-reader reads. */
#define G_LOG_DOMAIN "crash"

#include <sonde-plugin.h>

#include "crash-peer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CRASH_TYPE_ANALYZER (crash_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (CrashAnalyzer, crash_analyzer, CRASH, ANALYZER, GObject)

struct _CrashAnalyzer
{
  GObject parent_instance;

  char *deed;
  char *method;
  guint frame;
  guint n_frames;
};

/* ---- deeds: FALSE, perhaps with an error, fails the method that did it ---- */

static gboolean
do_segfault (GError **error)
{
  raise (SIGSEGV);
  return TRUE;
}

/* A sanitizer would have a line of its own to say. */
__attribute__ ((no_sanitize ("undefined"))) static gboolean
do_null (GError **error)
{
  *(volatile int *) NULL = 1;
  return TRUE;
}

static gboolean
do_abort (GError **error)
{
  abort ();
}

static gboolean
do_message (GError **error)
{
  g_error ("the sky\nis falling");
  return TRUE;
}

static int
dig (volatile char *above)
{
  volatile char room[4096];

  room[0] = *above;
  return *above == 2 ? 0 : dig (room) + room[0];
}

static gboolean
do_recurse (GError **error)
{
  char top = 0;

  return dig (&top) != 1;
}

static gboolean
do_exit (GError **error)
{
  exit (0);
}

static gboolean
do_kill (GError **error)
{
  raise (SIGKILL);
  return TRUE;
}

static gboolean
do_stop (GError **error)
{
  raise (SIGSTOP);
  return TRUE;
}

static gboolean
do_hang (GError **error)
{
  for (guint i = 0; i < G_MAXUINT; i++)
    g_usleep (G_USEC_PER_SEC);
  return TRUE;
}

/* No crime yet. */
static gboolean
do_nap (GError **error)
{
  for (guint i = 0; i < 20; i++) /* so that time in which it is stopped does not count */
    g_usleep (G_USEC_PER_SEC / 10);
  return TRUE;
}

static gboolean
do_spin (GError **error)
{
  for (volatile guint64 i = 0; i < G_MAXUINT64; i++)
    ;
  return TRUE;
}

/* As much as there is, piece by piece, and touched: what a leak does. */
static gboolean
do_leak (GError **error)
{
  for (guint i = 0; i < G_MAXUINT; i++)
    memset (g_malloc (1 << 20), 1, 1 << 20);
  return TRUE;
}

static gboolean
do_crumbs (GError **error)
{
  for (guint i = 0; i < G_MAXUINT; i++)
    memset (g_malloc (200), 1, 200);
  return TRUE;
}

static gboolean
do_hoard (GError **error)
{
  g_malloc ((gsize) 1 << 45);
  return TRUE;
}

static gboolean
do_print (GError **error)
{
  printf ("a plugin prints\n");
  fflush (stdout);
  fprintf (stderr, "a plugin complains\n");
  return TRUE;
}

static gboolean
do_close (GError **error)
{
  for (int i = 0; i < 100; i++)
    close (i);
  return TRUE;
}

static gboolean
do_close_and_hang (GError **error)
{
  do_close (error);
  return do_hang (error);
}

/* Something on every socket that is open. */
static gboolean
do_babble (GError **error)
{
  for (int i = 3; i < 100; i++)
    if (send (i, "babble", 6, MSG_NOSIGNAL) == 6)
      return TRUE;
  return TRUE;
}

static gboolean
do_error (GError **error)
{
  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_VALUE, "the numbers are not to its taste");
  return FALSE;
}

static gboolean
do_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "nobody cancelled it");
  return FALSE;
}

static gboolean
do_silence (GError **error)
{
  return FALSE;
}

static gpointer
crash_in_thread (gpointer data)
{
  do_null (NULL);
  return NULL;
}

static gboolean
do_thread (GError **error)
{
  g_thread_join (g_thread_new ("crash", crash_in_thread, NULL));
  return TRUE;
}

static const struct
{
  const char *name;
  gboolean (*act) (GError **error);
} deeds[] = {
  { "segfault", do_segfault },
  { "null", do_null },
  { "abort", do_abort },
  { "message", do_message },
  { "recurse", do_recurse },
  { "exit", do_exit },
  { "kill", do_kill },
  { "stop", do_stop },
  { "hang", do_hang },
  { "nap", do_nap },
  { "spin", do_spin },
  { "leak", do_leak },
  { "crumbs", do_crumbs },
  { "hoard", do_hoard },
  { "print", do_print },
  { "close", do_close },
  { "close-and-hang", do_close_and_hang },
  { "babble", do_babble },
  { "error", do_error },
  { "cancelled", do_cancelled },
  { "silence", do_silence },
  { "thread", do_thread },
  { "fork", peer_fork },
  { "many-files", peer_many_files },
  { "folder", peer_folder },
  { "flood", peer_flood },
  { "scribble", peer_scribble },
  { "colours", peer_colours },
  { "speech", peer_speech },
};

static gboolean
act (const char *deed,
     GError **error)
{
  for (guint i = 0; deed != NULL && i < G_N_ELEMENTS (deeds); i++)
    if (strcmp (deed, deeds[i].name) == 0)
      return deeds[i].act (error);
  return TRUE;
}

static gboolean
act_in (CrashAnalyzer *self,
        const char *method,
        GError **error)
{
  return g_strcmp0 (self->method, method) != 0 || act (self->deed, error);
}

/* ---- the analyzer ---- */

static SondeTable *
new_table (CrashAnalyzer *self)
{
  SondeTable *table = sonde_table_new (g_strcmp0 (self->method, "name") == 0 ? "../../escaped" : "crash", "What is left");

  sonde_table_add_column (table, "frames", SONDE_COLUMN_INTEGER, NULL, "Frames that came");
  return table;
}

static SondeDescription *
describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();
  g_autoptr (SondeTable) table = new_table (CRASH_ANALYZER (analyzer));

  act_in (CRASH_ANALYZER (analyzer), "describe", NULL);
  sonde_description_add_table (description, table);
  if (peer_has_figure (CRASH_ANALYZER (analyzer)->method))
    sonde_description_add_figure (description, "crash", "A figure");
  sonde_description_add_attaches (description, "rubble", "1 x 1, float64", "1", "What is left");
  return description;
}

static gboolean
prepare (SondeAnalyzer *analyzer,
         SondeInvestigation *investigation,
         GError **error)
{
  return act_in (CRASH_ANALYZER (analyzer), "prepare", error);
}

static gboolean
process (SondeAnalyzer *analyzer,
         SondeFrame *frame,
         GCancellable *cancellable,
         GError **error)
{
  CrashAnalyzer *self = CRASH_ANALYZER (analyzer);
  g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f64 (g_new0 (double, 1), 1, 1);

  sonde_frame_attach (frame, "rubble", 0, tensor);
  if (g_strcmp0 (self->method, "write") == 0) /* into what is not its own */
    ((float *) sonde_tensor_peek_f32 (sonde_frame_get_tensor (frame, 0)))[0] = 1;
  return self->n_frames++ != self->frame || act_in (self, "process", error);
}

static SondeResult *
finish (SondeAnalyzer *analyzer,
        GCancellable *cancellable,
        GError **error)
{
  CrashAnalyzer *self = CRASH_ANALYZER (analyzer);
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (SondeTable) table = new_table (self);

  if (!act_in (self, "finish", error))
    return NULL;
  sonde_table_add_row (table, (gint64) self->n_frames);
  sonde_result_add_table (result, table);
  peer_add_odd (result, self->method);
  return g_steal_pointer (&result);
}

static void
estimate (SondeAnalyzer *analyzer,
          SondeEstimate *sum)
{
  act_in (CRASH_ANALYZER (analyzer), "estimate", NULL);
}

static void
iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = describe;
  iface->prepare = prepare;
  iface->process = process;
  iface->finish = finish;
  iface->estimate = estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (CrashAnalyzer, crash_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, iface_init))

static void
get_property (GObject *object,
              guint id,
              GValue *value,
              GParamSpec *pspec)
{
  CrashAnalyzer *self = CRASH_ANALYZER (object);

  if (id == 3)
    g_value_set_uint (value, self->frame);
  else
    g_value_set_string (value, id == 1 ? self->deed : self->method);
}

static void
set_property (GObject *object,
              guint id,
              const GValue *value,
              GParamSpec *pspec)
{
  CrashAnalyzer *self = CRASH_ANALYZER (object);

  if (id == 3)
    self->frame = g_value_get_uint (value);
  else
    {
      g_free (id == 1 ? self->deed : self->method);
      *(id == 1 ? &self->deed : &self->method) = g_value_dup_string (value);
    }
  if (id == 2)
    act_in (self, "set", NULL);
}

static void
finalize (GObject *object)
{
  g_free (CRASH_ANALYZER (object)->deed);
  g_free (CRASH_ANALYZER (object)->method);
  G_OBJECT_CLASS (crash_analyzer_parent_class)->finalize (object);
}

static void
crash_analyzer_class_init (CrashAnalyzerClass *class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->finalize = finalize;
  g_object_class_install_property (object_class, 1, g_param_spec_string ("deed", NULL, "What it does", NULL, flags));
  g_object_class_install_property (object_class, 2, g_param_spec_string ("method", NULL, "Where it does it", NULL, flags));
  g_object_class_install_property (object_class, 3, g_param_spec_uint ("frame", NULL, "At which frame, from 0", 0, G_MAXUINT, 0, flags));
}

static void
crash_analyzer_init (CrashAnalyzer *self)
{
  act (g_getenv ("CRASH_IN_INIT"), NULL);
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, CRASH_TYPE_ANALYZER)
