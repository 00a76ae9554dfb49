#define G_LOG_DOMAIN "sonde"

#include "sonde-fault.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"

static GQuark
fault_quark (void)
{
  return g_quark_from_static_string ("sonde-fault");
}

/**
 * sonde_fault_dup_sentence:
 * @plugin: who failed: a plugin's name, or that of a class
 * @method: in which of its methods
 * @what: the kind of exception and its message
 * @file: (nullable): where
 * @line: the line there, from 1
 *
 * Words a fault in the user's language.
 *
 * Returns: (transfer full): all of it in one sentence
 */
char *
sonde_fault_dup_sentence (const char *plugin,
                          const char *method,
                          const char *what,
                          const char *file,
                          guint line)
{
  g_return_val_if_fail (plugin != NULL && method != NULL && what != NULL, NULL);

  if (file == NULL)
    return g_strdup_printf (_ ("%s failed in %s: %s: this is a defect of the plugin: tell its authors"), plugin, method, what);
  return g_strdup_printf (_ ("%s failed in %s: %s (%s, line %u): this is a defect of the plugin: tell its authors"), plugin, method, what, file, line);
}

/**
 * sonde_fault_record:
 * @object: an object of a plugin
 * @sentence: what went wrong in it
 *
 * Keeps what a method that has no error to give would have said. Of several, the first is kept.
 */
void
sonde_fault_record (GObject *object,
                    const char *sentence)
{
  g_return_if_fail (G_IS_OBJECT (object) && sentence != NULL);

  if (g_object_get_qdata (object, fault_quark ()) == NULL)
    g_object_set_qdata_full (object, fault_quark (), g_strdup (sentence), g_free);
}

/**
 * sonde_fault_check:
 * @object: an object of a plugin
 * @error: return location for an error
 *
 * Asks whether a method of a plugin failed that could not say so.
 *
 * Returns: whether nothing went wrong; %FALSE with %SONDE_ERROR_PLUGIN, once, where something was recorded
 */
gboolean
sonde_fault_check (GObject *object,
                   GError **error)
{
  g_autofree char *sentence = NULL;

  g_return_val_if_fail (G_IS_OBJECT (object), FALSE);

  sentence = g_object_steal_qdata (object, fault_quark ());
  if (sentence == NULL)
    return TRUE;
  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, sentence);
  return FALSE;
}
