#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether code may be loaded from a path: nobody but the user and root can have put it there, or can change it.
 *
 * Every folder on the way to it and every link is looked at, from the root on, as the system resolves them. Each belongs to root or
 * to the user whose rights the program has, and others cannot write to it. A group may, where it is its owner's private one: it has
 * the owner's name, is the owner's own group, has no other member, and no list of access (ACL) adds any. A folder that others may
 * write to but whose entries only their owners can rename, as /tmp is, may lie on the way. Folders in which the running library lies
 * are passed over: whoever can write there can change the program itself.
 *
 * What passed stays as it is, as far as other users are concerned: so nothing can be swapped between the look and the loading. */

typedef enum
{
  SONDE_TRUST_FILE,   /* and all on the way to it */
  SONDE_TRUST_INSIDE, /* a file in a folder that passed */
  SONDE_TRUST_FOLDER, /* others cannot add anything to it */
  SONDE_TRUST_PYTHON, /* nor to the folders in it, nor change the modules there: what an import may find */
} SondeTrustScope;

/* NULL where it can be trusted or is not there; else the reason, and in @remedy what to do. */
char *_sonde_trust_find_fault (const char *path, SondeTrustScope scope, char **remedy);
/* Whether the program has rights that whoever started it has not, so that the environment is no friend. */
gboolean _sonde_trust_is_privileged (void);

G_END_DECLS
