#pragma once

#include <sonde-plugin.h>

G_BEGIN_DECLS

/* Deeds of a process that speaks for itself on its connection with the program, and odd parts of a result. */

gboolean peer_fork (GError **error);       /* leaves a process that holds everything open, and crashes */
gboolean peer_many_files (GError **error); /* an answer with more open files than anybody wants */
gboolean peer_folder (GError **error);     /* an answer that is to be read from a folder */
gboolean peer_flood (GError **error);      /* rubbish, until no more goes in */
gboolean peer_scribble (GError **error);   /* into all that it shares with the program; then it crashes */
gboolean peer_colours (GError **error);    /* an error that says that it was cancelled, in red */
gboolean peer_speech (GError **error);     /* an error of ten million bytes */

/* What @method names: a figure nobody can draw, words that are no text, a tensor's name that leads elsewhere. */
gboolean peer_has_figure (const char *method);
void peer_add_odd (SondeResult *result, const char *method);

G_END_DECLS
