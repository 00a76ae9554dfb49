#pragma once

#include "sonde-error.h"
#include "sonde-limits-private.h"
#include "sonde-tap.h"

G_BEGIN_DECLS

/* "Result xor error": what a plugin's method must give. A scripting language that raises the wrong kind of exception gives
 * neither; a careless method gives both. @object names the plugin's class in the sentence. */
gboolean _sonde_check_outcome (gpointer object, const char *method, gboolean succeeded, GError *local, GError **error);

/* A plugin in Python gives an array whose elements are the caller's, but which does not free them; one in C gives an array that does. Here
 * all become the latter. NULL stays NULL. */
GPtrArray *_sonde_own_elements (GPtrArray *array, GDestroyNotify free_element);
/* The same as an array that nobody else holds, as a function must return one: a binding empties it. Takes @array; NULL stays NULL. */
GPtrArray *_sonde_take_elements (GPtrArray *array, GDestroyNotify free_element, GPtrArray *(*dup) (GPtrArray *array));

/* What a caller gives is the caller's again when the call is over, also where it seems to be an array that could be shared: a new array of
 * copies, or of references. */
GPtrArray *_sonde_dup_objects (GPtrArray *array);
GPtrArray *_sonde_dup_stages (GPtrArray *array);
GPtrArray *_sonde_dup_tensors (GPtrArray *array);
GPtrArray *_sonde_dup_sites (GPtrArray *array);
GPtrArray *_sonde_dup_texts (GPtrArray *array);

/* What may be the id of a stage or a condition: a part of arrays' names, printed as it is, into JSON too. */
gboolean _sonde_is_id (const char *id);

G_END_DECLS
