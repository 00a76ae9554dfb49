#pragma once

#include <json-glib/json-glib.h>

#include "sonde.h"

G_BEGIN_DECLS

/* What `sonde inspect` tells, as data/schemas/inspect.schema.json has it. All are (transfer full). */

/* What the manifest says, without loading any code. */
JsonObject *inspect_describe_manifest (const SondePlugin *plugin);
/* And what one of its objects says. */
JsonObject *inspect_describe_plugin (SondeRegistry *registry, const SondePlugin *plugin, GObject *object);
/* A recipe: every property of everything that it names, and where its value comes from. */
JsonObject *inspect_describe_recipe (SondeRegistry *registry, const char *name, GError **error);
/* The settings of a recipe alone, or of a chain: @words are what `sonde run` takes. */
JsonArray *inspect_describe_settings (SondeRegistry *registry, const char *const *words, GError **error);
/* A model, or a file of rows. */
JsonObject *inspect_describe_source (SondeModel *model, const char *path);

/* ---- pieces ---- */

/* Each property's name, type, range, default, description, and the values of an enumeration. */
JsonArray *inspect_describe_properties (GObject *object);
JsonArray *inspect_describe_sites (GPtrArray *sites);
JsonArray *inspect_describe_aliases (GPtrArray *aliases);
JsonArray *inspect_list_names (GPtrArray *names);
JsonArray *inspect_list_words (const char *const *words);
/* The next three leave the member out where there is no text. The first puts it there as it is, the second in the user's language. */
void inspect_set_name (JsonObject *object, const char *name, const char *text);
void inspect_set_text (JsonObject *object, const char *name, const char *text);
void inspect_set_label (JsonObject *object, const SondeStage *stage);

/* A member that is a text, "" where it is not there. */
const char *inspect_get_text (JsonObject *object, const char *name);

/* The same as a page for people. */
void inspect_print (JsonObject *root);
/* All properties in settings, each with what it means. */
void inspect_print_help (JsonArray *settings);
/* The part of it that lists sites, where @root has @list: @name is the member with the name of ours. */
void inspect_print_sites (JsonObject *root, const char *list, const char *title, const char *name);

G_END_DECLS
