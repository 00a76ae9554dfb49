#pragma once

#include <json-glib/json-glib.h>

#include "sonde.h"

G_BEGIN_DECLS

/* What `sonde inspect` tells, as data/schemas/inspect.schema.json has it. All are (transfer full). */

/* What the manifest says, without loading any code. */
JsonObject *inspect_describe_manifest (const SondePlugin *plugin);
/* And what one of its objects says. */
JsonObject *inspect_describe_plugin (const SondePlugin *plugin, GObject *object);
/* A model, or a file of rows. */
JsonObject *inspect_describe_source (SondeModel *model, const char *path);

/* A member that is a text, "" where it is not there. */
const char *inspect_get_text (JsonObject *object, const char *name);

/* The same as a page for people. */
void inspect_print (JsonObject *root);
/* The part of it that lists sites, where @root has @list: @name is the member with the name of ours. */
void inspect_print_sites (JsonObject *root, const char *list, const char *title, const char *name);

G_END_DECLS
