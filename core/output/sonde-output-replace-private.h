#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define _SONDE_RESULTS "results.json"

/* Names in a folder of parts, the one that a run makes for itself in or beside its output. */
#define _SONDE_PART_NEW "new"   /* the report, as it is written */
#define _SONDE_PART_OLD "old"   /* what it replaces, while files are moved */
#define _SONDE_PART_SWAP "swap" /* the whole folder that it replaces; or, before they change places, the report */
#define _SONDE_PART_GONE "gone" /* either, when the new report is in place */

/* ---- names ---- */

/* The files of a report, in its folder and in two others; nothing that climbs. A results.json of somebody else could list any name, and what
 * is listed there is replaced. */
gboolean _sonde_report_may_have (const char *name);
/* The files that results.json in @folder lists, as far as a report may have such, itself last; NULL where it cannot be read. */
GPtrArray *_sonde_report_list_files (int folder);
/* A file where a folder is to be, or the other way round. */
gboolean _sonde_report_check_clashes (int folder, const char *directory, GPtrArray *names, GError **error);

/* ---- replacing: @part is our own folder, @folder the one in which an older report lies, @names are the files of the new one ---- */

/* Lets the new folder and the old one, which is called @base in @parent, change places, at once, and brings what is no part of the older
 * report over. FALSE without an error: this cannot be done here. */
gboolean _sonde_exchange_report (int part, int parent, const char *base, int folder, const char *directory, GPtrArray *names, GError **error);
/* Moves files one by one. On failure everything is where it was, or recovery brings it there. */
gboolean _sonde_replace_report (int part, int folder, const char *directory, GPtrArray *names, GError **error);

/* ---- recovery ---- */

/* What runs that were killed left in @parent, as folders whose names are @prefix and six more letters: a report in @folder, -1 if there is
 * none, that was half replaced is itself again, and the folders are removed. Those of runs that go on are left alone. Fails where an older
 * report cannot be put back. */
gboolean _sonde_output_recover (int parent, const char *prefix, int folder, const char *directory, GError **error);
/* Whether in @part, a folder of parts, there may be something of an older report that stands nowhere else. Safe in a handler of signals. */
gboolean _sonde_output_is_in_pieces (int part);
/* A lock that the system takes away with the process that holds it. */
gboolean _sonde_output_lock (int part);

/* What moves, and between which folders. */
typedef struct
{
  int part;
  int fresh;  /* _SONDE_PART_NEW in it */
  int old;    /* _SONDE_PART_OLD in it, or -1 */
  int folder; /* where the report belongs */
  const char *directory;
  GPtrArray *names;
} SondeMove;

void _sonde_move_clear (SondeMove *move);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SondeMove, _sonde_move_clear)

gboolean _sonde_replace_roll_back (const SondeMove *move);
gboolean _sonde_exchange_recover (int part, int folder);

G_END_DECLS
