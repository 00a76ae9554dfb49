#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SONDE_TYPE_OUTPUT (_sonde_output_get_type ())
/* A folder of results that appears whole or not at all. Files are written in a folder in or beside their final place; publishing renames. */
G_DECLARE_FINAL_TYPE (SondeOutput, _sonde_output, SONDE, OUTPUT, GObject)

/* Refuses a @directory that is not empty (unless @force), is no folder, or cannot be written to. Clears away what killed runs left. */
SondeOutput *_sonde_output_open (const char *directory, gboolean force, GError **error);
/* Where a file called @name ("figures/NAME.svg") is to be written meanwhile; makes its folder. */
char *_sonde_output_dup_path (SondeOutput *self, const char *name, GError **error);
/* (transfer none) (element-type utf8): every name that was asked for or written so far */
GPtrArray *_sonde_output_get_names (SondeOutput *self);
gboolean _sonde_output_write (SondeOutput *self, const char *name, GBytes *bytes, GError **error);
/* Without it, everything that was written goes away with the object. */
/* results.json, if there is one, is what was written last. */
gboolean _sonde_output_publish (SondeOutput *self, GError **error);

/* What sonde_report_abandon() removes: a folder in the one behind @parent; and @above, up to @made (nullable), as far as they are empty. */
void _sonde_output_note (int parent, const char *name, const char *above, const char *made);
void _sonde_output_forget (int parent, const char *name);

G_END_DECLS
