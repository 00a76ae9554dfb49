#include "fuzz.h"

#include "sonde.h"

/* A chain in one line, made of the plugins of this build; each property comes back as the text that was set. */

static void
check_properties (GObject *object,
                  const char *name)
{
  guint n;
  g_autofree GParamSpec **properties = sonde_properties_list (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = sonde_property_dup_text (object, properties[i]);
      g_autofree char *again = NULL;
      g_autoptr (GError) error = NULL;
      const gboolean set = sonde_property_set (object, name, properties[i]->name, text, &error);

      fuzz_check (set, error);
      again = sonde_property_dup_text (object, properties[i]);
      fuzz_assert (set && g_str_equal (text, again));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static SondeRegistry *registry; /* it keeps nothing of a chain */
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeChain) chain = NULL;
  gboolean fits;

  if (registry == NULL)
    registry = sonde_registry_new ();
  chain = sonde_chain_parse (registry, text, &error);
  fuzz_check (chain != NULL, error);
  if (chain == NULL)
    return 0;
  for (guint i = 0; i < sonde_chain_get_n_analyzers (chain); i++)
    {
      const char *name;
      SondeAnalyzer *analyzer = sonde_chain_get_analyzer (chain, i, &name);

      check_properties (G_OBJECT (analyzer), name);
    }
  fits = sonde_chain_check (chain, registry, &error);
  fuzz_check (fits, error);
  return 0;
}
