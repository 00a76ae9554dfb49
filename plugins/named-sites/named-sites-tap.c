#define G_LOG_DOMAIN "named-sites"

#include <glib/gi18n-lib.h>

#include "named-sites-near.h"
#include "sonde-plugin.h"

/* Whatever sites somebody names, as stages in the order of the names. It knows no model. */

#define NAMED_SITES_TYPE_TAP (named_sites_tap_get_type ())
G_DECLARE_FINAL_TYPE (NamedSitesTap, named_sites_tap, NAMED_SITES, TAP, GObject)

struct _NamedSitesTap
{
  GObject parent_instance;

  char *sites;
};

static void
set_unknown (SondeModel *model,
             const char *name,
             GError **error)
{
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (model);
  g_autofree char *names = sonde_model_dup_site_names (model);
  g_autofree char *near = named_sites_dup_near (sites, name);

  if (near != NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has no site “%s”, but %s; all that it has: %s"), sonde_model_get_name (model), name, near, names);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has no site “%s”; all that it has: %s"), sonde_model_get_name (model), name, names);
}

static const SondeStage *
find_stage (GPtrArray *stages,
            const char *site,
            const char *id)
{
  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);

      if (g_strcmp0 (stage->site, site) == 0 || g_strcmp0 (stage->id, id) == 0)
        return stage;
    }
  return NULL;
}

/* The site's name as far as it can stand in a file's, so that whoever calls it otherwise gets the same files. */
static char *
dup_id (GPtrArray *stages,
        const char *site)
{
  g_autofree char *base = g_ascii_strdown (site, -1);
  char *id;

  g_strcanon (base, "abcdefghijklmnopqrstuvwxyz0123456789._-", '-');
  if (base[0] == '.')
    base[0] = '-';
  id = g_strdup (base);
  for (guint i = 2; find_stage (stages, NULL, id) != NULL; i++)
    {
      g_free (id);
      id = g_strdup_printf ("%s-%u", base, i);
    }
  return id;
}

static gboolean
add_stage (GPtrArray *stages,
           SondeModel *model,
           const char *name,
           GError **error)
{
  g_autoptr (SondeSite) site = sonde_model_dup_site (model, name);
  g_autofree char *id = NULL;
  SondeStage *stage;

  if (site == NULL)
    {
      set_unknown (model, name, error);
      return FALSE;
    }
  if (find_stage (stages, site->name, NULL) != NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("“%s” is the site %s a second time: name it once, every layer has its own, and --layers says which are covered"), name, site->name);
      return FALSE;
    }
  id = dup_id (stages, site->name);
  stage = sonde_stage_new_for_site (model, id, site->name, site->name, site->name, site->name, FALSE, error);
  if (stage != NULL)
    g_ptr_array_add (stages, stage);
  return stage != NULL;
}

static GPtrArray *
named_sites_tap_dup_stages (SondeTap *tap,
                            SondeModel *model,
                            GError **error)
{
  g_auto (GStrv) names = g_strsplit (NAMED_SITES_TAP (tap)->sites, ",", -1);
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  for (guint i = 0; names[i] != NULL; i++)
    if (*g_strstrip (names[i]) != '\0' && !add_stage (stages, model, names[i], error))
      return NULL;
  if (stages->len == 0)
    {
      g_autofree char *all = sonde_model_dup_site_names (model);

      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("no site is named: set “sites” to some of %s, separated by commas"), all);
      return NULL;
    }
  return g_steal_pointer (&stages);
}

static void
named_sites_tap_iface_init (SondeTapInterface *iface)
{
  iface->dup_stages = named_sites_tap_dup_stages;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (NamedSitesTap, named_sites_tap, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TAP, named_sites_tap_iface_init))

enum
{
  PROP_0,
  PROP_SITES,
};

static void
named_sites_tap_get_property (GObject *object,
                              guint id,
                              GValue *value,
                              GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_SITES:
      g_value_set_string (value, NAMED_SITES_TAP (object)->sites);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
named_sites_tap_set_property (GObject *object,
                              guint id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  NamedSitesTap *self = NAMED_SITES_TAP (object);

  switch (id)
    {
    case PROP_SITES:
      g_free (self->sites);
      self->sites = g_strdup (g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
named_sites_tap_finalize (GObject *object)
{
  g_free (NAMED_SITES_TAP (object)->sites);
  G_OBJECT_CLASS (named_sites_tap_parent_class)->finalize (object);
}

static void
named_sites_tap_class_init (NamedSitesTapClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = named_sites_tap_get_property;
  object_class->set_property = named_sites_tap_set_property;
  object_class->finalize = named_sites_tap_finalize;
  g_object_class_install_property (object_class, PROP_SITES,
                                   g_param_spec_string ("sites", "Sites", "Sites that are looked at, in this order: names of ours or of other libraries, separated by commas", "", G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
named_sites_tap_init (NamedSitesTap *self)
{
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_TAP, NAMED_SITES_TYPE_TAP)
