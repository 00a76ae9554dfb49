#define G_LOG_DOMAIN "sonde"

#include "sonde-isolation.h"

#include <stdlib.h>
#include <unistd.h>

#include "sonde-blas.h"
#include "sonde-error.h"
#include "sonde-fault.h"
#include "sonde-investigation-private.h"
#include "sonde-isolation-guard-private.h"
#include "sonde-mapped-file-private.h"
#include "sonde-property.h"
#include "sonde-registry.h"
#include "sonde-saturate-private.h"
#include "sonde-threads.h"

/* The process that serves one analyzer: a loop of requests and answers. Of the program that started it everything is believed. */

typedef struct
{
  SondeIsolationPage *page;
  SondeRegistry *registry;
  char *name;           /* of the analyzer */
  GPtrArray *analyzers; /* of SondeAnalyzer: those upstream, then the analyzer itself */
  SondeAnalyzer *own;   /* in it */
  SondeInvestigation *investigation;
  gboolean failed; /* a frame could not be analysed: as without isolation, nothing is called any more */
} Server;

static gboolean served_here = FALSE; /* sonde_isolation_serve() was called */

static void
begin_call (Server *server,
            guint element,
            SondeIsolatedMethod method)
{
  server->page->element = element;
  server->page->method = method;
  __atomic_store_n (&server->page->started, g_get_monotonic_time (), __ATOMIC_SEQ_CST);
}

static void
end_call (Server *server)
{
  __atomic_store_n (&server->page->started, 0, __ATOMIC_SEQ_CST);
}

/* ---- before anything runs ---- */

static SondeAnalyzer *
create (Server *server,
        guint element,
        const char *name,
        GError **error)
{
  GObject *object;

  begin_call (server, element, SONDE_METHOD_LOAD);
  object = sonde_registry_create (server->registry, name, SONDE_PLUGIN_KIND_ANALYZER, error);
  end_call (server);
  return (SondeAnalyzer *) object;
}

static gboolean
set_property (Server *server,
              guint element,
              SondeAnalyzer *analyzer,
              const char *name,
              const char *property,
              const char *value,
              GError **error)
{
  gboolean set;

  begin_call (server, element, SONDE_METHOD_SET);
  set = sonde_property_set (G_OBJECT (analyzer), name, property, value, error);
  end_call (server);
  return set;
}

static GVariant *
serve_make (Server *server,
            GVariant *argument,
            GError **error)
{
  guint32 n_threads;
  guint64 bytes;

  g_variant_get (argument, "(sut)", &server->name, &n_threads, &bytes);
  _sonde_guard_limit_memory (bytes);
  sonde_threads_set_n (n_threads);
  if (!sonde_blas_open (error)) /* before anybody's module that is linked with it */
    return NULL;
  server->registry = sonde_registry_new ();
  server->own = create (server, 0, server->name, error);
  if (server->own == NULL)
    return NULL;
  g_ptr_array_add (server->analyzers, server->own);
  return g_variant_new ("()");
}

static GVariant *
serve_set (Server *server,
           GVariant *argument,
           GError **error)
{
  const char *property, *value;

  g_variant_get (argument, "(&s&s)", &property, &value);
  return set_property (server, 0, server->own, server->name, property, value, error) ? g_variant_new ("()") : NULL;
}

static GVariant *
list_properties (SondeAnalyzer *analyzer)
{
  guint n;
  g_autofree GParamSpec **options = sonde_properties_list (G_OBJECT_GET_CLASS (analyzer), &n);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *value = sonde_property_dup_text (G_OBJECT (analyzer), options[i]);

      g_variant_builder_add (&builder, "(ss)", options[i]->name, value);
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
serve_describe (Server *server,
                GVariant *argument,
                GError **error)
{
  g_autoptr (SondeDescription) description = NULL;
  GVariant *answer = NULL;

  begin_call (server, 0, SONDE_METHOD_DESCRIBE);
  description = sonde_analyzer_describe (server->own);
  if (sonde_fault_check (G_OBJECT (server->own), error))
    answer = g_variant_new ("(@" SONDE_DESCRIPTION_TYPE "@a(ss))", _sonde_description_to_variant (description), list_properties (server->own));
  end_call (server);
  return answer;
}

static GVariant *
serve_attachers (Server *server,
                 GVariant *argument,
                 GError **error)
{
  g_autofree char *names = sonde_registry_dup_attachers (server->registry, g_variant_get_string (argument, NULL));

  return g_variant_new_string (names != NULL ? names : "");
}

/* Instances of those upstream, made as the program made theirs. */
static gboolean
make_upstream (Server *server,
               GVariantIter *upstream,
               GError **error)
{
  const char *name;
  GVariantIter *properties;

  while (g_variant_iter_next (upstream, "(&sa(ss))", &name, &properties))
    {
      g_autoptr (GVariantIter) owned = properties;
      const guint element = server->analyzers->len - 1;
      SondeAnalyzer *analyzer = create (server, element, name, error);
      const char *property, *value;

      if (analyzer == NULL)
        return FALSE;
      g_ptr_array_insert (server->analyzers, (int) element, analyzer);
      while (g_variant_iter_next (owned, "(&s&s)", &property, &value))
        if (!set_property (server, element, analyzer, name, property, value, error))
          return FALSE;
    }
  return TRUE;
}

static GVariant *
list_frame_layers (SondeInvestigation *investigation)
{
  g_autoptr (GArray) layers = _sonde_investigation_dup_frame_layers (investigation);

  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, layers->data, layers->len, sizeof (guint32));
}

static GVariant *
serve_prepare (Server *server,
               GVariant *argument,
               GError **error)
{
  g_autoptr (GVariant) investigation = NULL;
  g_autoptr (GVariantIter) upstream = NULL;

  g_variant_get (argument, "(va(sa(ss)))", &investigation, &upstream);
  server->page->element = G_MAXUINT32; /* its own, whatever its place is going to be */
  if (!make_upstream (server, upstream, error))
    return NULL;
  server->investigation = _sonde_investigation_new_from_variant (investigation, error);
  for (guint i = 0; server->investigation != NULL && i < server->analyzers->len; i++)
    {
      gboolean prepared;

      begin_call (server, i, SONDE_METHOD_PREPARE);
      prepared = sonde_analyzer_prepare (g_ptr_array_index (server->analyzers, i), server->investigation, error);
      end_call (server);
      if (!prepared)
        return NULL;
    }
  return server->investigation != NULL ? list_frame_layers (server->investigation) : NULL;
}

static GVariant *
serve_estimate (Server *server,
                GVariant *argument,
                GError **error)
{
  SondeEstimate sum = { 0, 0, 0 };

  for (guint i = 0; i < server->analyzers->len; i++)
    {
      SondeEstimate one;

      begin_call (server, i, SONDE_METHOD_ESTIMATE);
      one = sonde_analyzer_estimate (g_ptr_array_index (server->analyzers, i));
      end_call (server);
      sum.working = MAX (sum.working, one.working);
      sum.kept = _sonde_saturated_sum (sum.kept, one.kept);
      sum.result = _sonde_saturated_sum (sum.result, g_ptr_array_index (server->analyzers, i) == server->own ? one.result : 0);
    }
  return g_variant_new ("(ttt)", sum.working, sum.kept, sum.result);
}

/* ---- frames ---- */

static gboolean
process (Server *server,
         SondeFrame *frame,
         GError **error)
{
  gboolean done;

  for (guint i = 0; i < server->analyzers->len; i++)
    {
      begin_call (server, i, SONDE_METHOD_PROCESS);
      done = sonde_analyzer_process (g_ptr_array_index (server->analyzers, i), frame, NULL, error);
      end_call (server);
      if (!done)
        return FALSE;
    }
  begin_call (server, server->analyzers->len - 1, SONDE_METHOD_PASS);
  done = sonde_frame_finish (frame, NULL, error);
  end_call (server);
  return done;
}

static GVariant *
serve_frame (Server *server,
             GVariant *argument,
             int file,
             GError **error)
{
  guint32 condition, layer;
  g_autoptr (SondeFrame) frame = NULL;

  g_variant_get (argument, "(uu)", &condition, &layer);
  frame = _sonde_frame_new_shared (server->investigation, condition, layer, file, error);
  server->failed = frame == NULL || !_sonde_mapped_file_explain (process (server, frame, error), error);
  return server->failed ? NULL : g_variant_new ("()");
}

static GVariant *
serve_finish (Server *server,
              GVariant *argument,
              GError **error)
{
  g_autoptr (SondeResult) result = NULL;
  GVariant *answer = NULL;

  begin_call (server, server->analyzers->len - 1, SONDE_METHOD_FINISH);
  result = sonde_analyzer_finish (server->own, NULL, error);
  if (_sonde_mapped_file_explain (result != NULL, error))
    answer = _sonde_result_to_variant (result);
  end_call (server);
  return answer;
}

/* ---- the loop ---- */

static const struct
{
  const char *name;
  GVariant *(*serve) (Server *server, GVariant *argument, GError **error);
} requests[] = {
  { "make", serve_make },
  { "set", serve_set },
  { "describe", serve_describe },
  { "attachers", serve_attachers },
  { "prepare", serve_prepare },
  { "estimate", serve_estimate },
  { "finish", serve_finish },
};

static GVariant *
answer_request (Server *server,
                GVariant *request,
                int file)
{
  const char *name;
  g_autoptr (GVariant) argument = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  GVariant *value = NULL;

  g_variant_get (request, "(&sv)", &name, &argument);
  if (g_str_equal (name, "frame"))
    value = serve_frame (server, argument, file, &error);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    if (g_str_equal (name, requests[i].name))
      value = requests[i].serve (server, argument, &error);
  if (value != NULL)
    return g_variant_new ("(bsisv)", TRUE, "", 0, "", value);
  if (error == NULL)
    g_set_error (&error, SONDE_ERROR, SONDE_ERROR_FAILED, "“%s” gave nothing", name);
  message = _sonde_isolation_dup_sentence (error->message);
  return g_variant_new ("(bsisv)", FALSE, g_quark_to_string (error->domain), error->code, message, g_variant_new ("()"));
}

/* Ends with the connection; the status with which the process does. */
static int
serve (Server *server)
{
  for (;;)
    {
      int file;
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) request = _sonde_message_receive (SONDE_ISOLATION_SOCKET, SONDE_REQUEST_TYPE, G_MAXSSIZE, &file, &error);

      if (request == NULL)
        return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED) ? 0 : SONDE_ISOLATION_LOST;
      if (!server->failed && !_sonde_message_send (SONDE_ISOLATION_SOCKET, answer_request (server, request, file), -1, &error))
        return SONDE_ISOLATION_LOST;
      if (file >= 0)
        close (file);
    }
}

gboolean
_sonde_isolation_is_served_here (void)
{
  return served_here;
}

/**
 * sonde_isolation_serve: (skip)
 * @argc: of main ()
 * @argv: of main ()
 * @status: (out): with which the program is to end
 *
 * To be called at the top of main (), after the locale is set, by a program that #SondeIsolation is to start. It ends with
 * `_exit (status)`, so that no handler runs that a plugin left for the end: that could only do harm.
 *
 * Returns: %FALSE where the program was not started to serve an analyzer, and goes on as it is; %TRUE: it did, and that is over
 */
gboolean
sonde_isolation_serve (int argc,
                       char **argv,
                       int *status)
{
  Server server = { 0 };

  served_here = TRUE;
  if (argc != 3 || !g_str_equal (argv[1], SONDE_ISOLATION_ARGUMENT))
    return FALSE;
  server.page = _sonde_guard_begin ((GPid) strtol (argv[2], NULL, 10));
  server.analyzers = g_ptr_array_new_with_free_func (g_object_unref);
  *status = serve (&server);
  return TRUE;
}
