#define G_LOG_DOMAIN "sonde"

#include "sonde-checks-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib-object.h>

#include "sonde-error-private.h"
#include "sonde-fault.h"

gboolean
_sonde_check_outcome (gpointer object,
                      const char *method,
                      gboolean succeeded,
                      GError *local,
                      GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (local == NULL && !sonde_fault_check (object, &fault))
    local = g_steal_pointer (&fault);
  if (local != NULL)
    {
      _sonde_error_make_line (&local);
      g_propagate_error (error, local);
      return FALSE;
    }
  if (!succeeded)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN,
                 _ ("%s failed in %s without saying why: this is a defect of the plugin: tell its authors"),
                 G_OBJECT_TYPE_NAME (object), method);
  return succeeded;
}

GPtrArray *
_sonde_own_elements (GPtrArray *array,
                     GDestroyNotify free_element)
{
  if (array != NULL)
    g_ptr_array_set_free_func (array, free_element);
  return array;
}

GPtrArray *
_sonde_take_elements (GPtrArray *array,
                      GDestroyNotify free_element,
                      GPtrArray *(*dup) (GPtrArray *array))
{
  g_autoptr (GPtrArray) owned = _sonde_own_elements (array, free_element);

  return owned != NULL ? dup (owned) : NULL;
}

/* A new array of what @copy makes of each element. */
static GPtrArray *
dup_elements (GPtrArray *array,
              GCopyFunc copy,
              GDestroyNotify free_element)
{
  GPtrArray *copies = g_ptr_array_new_full (array->len, free_element);

  for (guint i = 0; i < array->len; i++)
    g_ptr_array_add (copies, copy (g_ptr_array_index (array, i), NULL));
  return copies;
}

static gpointer
copy_object (gconstpointer object,
             gpointer data)
{
  return g_object_ref ((gpointer) object);
}

GPtrArray *
_sonde_dup_objects (GPtrArray *array)
{
  return dup_elements (array, copy_object, g_object_unref);
}

static gpointer
copy_stage (gconstpointer stage,
            gpointer data)
{
  return sonde_stage_copy (stage);
}

GPtrArray *
_sonde_dup_stages (GPtrArray *array)
{
  return dup_elements (array, copy_stage, (GDestroyNotify) sonde_stage_free);
}

static gpointer
copy_tensor (gconstpointer tensor,
             gpointer data)
{
  return sonde_tensor_ref ((SondeTensor *) tensor);
}

GPtrArray *
_sonde_dup_tensors (GPtrArray *array)
{
  return dup_elements (array, copy_tensor, (GDestroyNotify) sonde_tensor_unref);
}

static gpointer
copy_site (gconstpointer site,
           gpointer data)
{
  return sonde_site_copy (site);
}

GPtrArray *
_sonde_dup_sites (GPtrArray *array)
{
  return dup_elements (array, copy_site, (GDestroyNotify) sonde_site_free);
}

static gpointer
copy_text (gconstpointer text,
           gpointer data)
{
  return g_strdup (text);
}

GPtrArray *
_sonde_dup_texts (GPtrArray *array)
{
  return dup_elements (array, copy_text, g_free);
}

gboolean
_sonde_is_id (const char *id)
{
  if (*id == '\0' || strlen (id) > SONDE_MAX_ID || strpbrk (id, "\"\\/") != NULL || !g_utf8_validate (id, -1, NULL))
    return FALSE;
  for (const char *p = id; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isprint (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}
