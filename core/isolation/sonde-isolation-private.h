#pragma once

#include "sonde-analyzer.h"
#include "sonde-isolation.h"

G_BEGIN_DECLS

/* Whether this program, started anew, would serve analyzers. */
gboolean _sonde_isolation_is_served_here (void);
const char *_sonde_isolation_get_program (SondeIsolation *self);
GCancellable *_sonde_isolation_get_cancellable (SondeIsolation *self); /* (nullable) */
/* What the system is told: with what every thread reserves and does not touch. */
guint64 _sonde_isolation_get_data_limit (SondeIsolation *self);

/* What an error said, or the start of it: it goes to the terminal and to the report. */
char *_sonde_isolation_dup_sentence (const char *text);

/* ---- what both processes know of each other ---- */

/* Files of the process that serves, beside the standard ones. */
#define SONDE_ISOLATION_SOCKET 3
#define SONDE_ISOLATION_PAGE 4

/* It ends with this where the connection is lost to it. */
#define SONDE_ISOLATION_LOST 97

typedef enum
{
  SONDE_METHOD_NONE,
  SONDE_METHOD_LOAD,
  SONDE_METHOD_SET,
  SONDE_METHOD_DESCRIBE,
  SONDE_METHOD_PREPARE,
  SONDE_METHOD_ESTIMATE,
  SONDE_METHOD_PROCESS,
  SONDE_METHOD_PASS, /* over similarities, which several analyzers look at */
  SONDE_METHOD_FINISH,
} SondeIsolatedMethod;

const char *_sonde_isolated_method_get_name (SondeIsolatedMethod method); /* "process ()" */

/* What is left to be read when the process is no more. It may hold anything. */
typedef struct
{
  gint64 started;     /* g_get_monotonic_time () when the running call began; 0: none runs */
  guint32 element;    /* whose: those upstream in their order, then the analyzer itself */
  guint32 method;     /* SondeIsolatedMethod */
  guint64 data_bytes; /* its memory when it crashed */
  char message[1000]; /* the fatal one */
} SondeIsolationPage;

/* ---- messages: a GVariant, and perhaps a file ---- */

/* Takes a floating @message. @file -1: none. Never waits. */
gboolean _sonde_message_send (int socket, GVariant *message, int file, GError **error);
/* Waits for one. Whatever does not have @type, is not in normal form or larger than @most bytes is %G_IO_ERROR_INVALID_DATA; the other
 * side's end is %G_IO_ERROR_CLOSED. @file: -1 where none came. */
GVariant *_sonde_message_receive (int socket, const char *type, guint64 most, int *file, GError **error);

#define SONDE_REQUEST_TYPE "(sv)"   /* what is wanted, and of what */
#define SONDE_ANSWER_TYPE "(bsisv)" /* whether it was done; an error's domain, code and message; what is answered */

/* A file in memory of these pieces (of GBytes), each at a multiple of 64 bytes, that nobody can change any more; -1 where there is no room. */
int _sonde_shared_file_new (GPtrArray *pieces, GError **error);
/* The whole of such a file; NULL where it is none, or not between @least and @most bytes. */
GBytes *_sonde_shared_file_map (int file, guint64 least, guint64 most);
#define SONDE_SHARED_ALIGNMENT 64

/* ---- frames ---- */

/* (transfer none): the file of a frame's tensors, made once for all who read it; it is closed with the frame. -1 with @error set. */
int _sonde_frame_share (SondeFrame *frame, GError **error);
SondeFrame *_sonde_frame_new_shared (SondeInvestigation *investigation, guint condition, guint layer, int file, GError **error);

/* ---- what is told as data ---- */

GVariant *_sonde_investigation_to_variant (SondeInvestigation *self, GError **error); /* floating */
SondeInvestigation *_sonde_investigation_new_from_variant (GVariant *variant, GError **error);

#define SONDE_TABLE_TYPE "(ayaya(ayymayayv))"

/* What is read, used and attached; the tables' columns; names of figures. */
#define SONDE_DESCRIPTION_TYPE "(asasa(ssss)a" SONDE_TABLE_TYPE "as)"
GVariant *_sonde_description_to_variant (SondeDescription *self); /* floating */
SondeDescription *_sonde_description_new_from_variant (GVariant *variant);

GVariant *_sonde_table_to_variant (SondeTable *self); /* floating */
SondeTable *_sonde_table_new_from_variant (GVariant *variant, GError **error);

GVariant *_sonde_result_to_variant (SondeResult *self); /* floating */
/* @variant is in normal form, and not believed beyond that. */
SondeResult *_sonde_result_new_from_variant (GVariant *variant, GError **error);
#define SONDE_RESULT_TYPE "(a" SONDE_TABLE_TYPE "aa{sv}a(ayuatv)a((ayay)(ayay))a(ayay))"

G_END_DECLS
