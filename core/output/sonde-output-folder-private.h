#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Folders by their descriptors, so that no symbolic link in them is followed. Names are "FILE" or "FOLDER/FILE"; errno tells of a failure. */

/* -1 where it is not there, is a link, or is no folder. */
int _sonde_folder_open (int parent, const char *name);

typedef enum
{
  SONDE_ENTRY_UNKNOWN, /* errno says why it cannot be seen */
  SONDE_ENTRY_NONE,    /* or it lies behind a symbolic link */
  SONDE_ENTRY_FILE,    /* or a symbolic link */
  SONDE_ENTRY_FOLDER,
} SondeEntry;

SondeEntry _sonde_folder_look (int folder, const char *name);
/* Whether there is none of this name in @other, or both are files and that of @folder was written later. FALSE: it cannot be seen. */
gboolean _sonde_folder_compare (int folder, int other, const char *name, gboolean *newer);
/* Makes the folder in @to where it is missing. A file there is replaced. */
gboolean _sonde_folder_move (int from, int to, const char *name);
/* Puts the same file there under the same name. FALSE for folders, and where the file system cannot do so. */
gboolean _sonde_folder_link (int from, int to, const char *name);
/* Of all that lies in it, by its plain name; NULL. */
GPtrArray *_sonde_folder_list_top (int folder);
/* The names of all files below, folders one deep included; NULL. */
GPtrArray *_sonde_folder_list (int folder);
/* Whether it could be removed whole. */
gboolean _sonde_folder_remove (int parent, const char *name);
/* Removes those of the folders of @names that are empty. */
void _sonde_folder_remove_empty (int folder, GPtrArray *names);
/* Sees the names in it to the disk, those of the folders in it included. File systems that cannot do so are none that fail. */
gboolean _sonde_folder_sync (int folder);

G_END_DECLS
