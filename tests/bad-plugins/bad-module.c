#include <sonde-plugin.h>

/* Modules that cannot be used at all: BAD_FAULT is a word of this list. */
#define NO_ENTRY 1         /* libpeas finds nothing to call */
#define UNDEFINED_SYMBOL 2 /* the dynamic linker does not find what it calls */
#define OTHER_INTERFACE 3  /* what it registers is no analyzer, as its manifest says */
#define SAME_TYPE 4        /* its class is called like another plugin's */
#define NO_INTERFACE 5     /* its class does not implement what it is registered for */
#define REGISTERS_NOTHING 6

#if BAD_FAULT == NO_ENTRY
G_MODULE_EXPORT int bad_nothing (void);
int
bad_nothing (void)
{
  return 0;
}
#elif BAD_FAULT == UNDEFINED_SYMBOL
extern int sonde_no_such_function_anywhere (void);
SONDE_PLUGIN_EXPORT_API

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);
void
peas_register_types (PeasObjectModule *module)
{
  sonde_no_such_function_anywhere ();
}
#elif BAD_FAULT == REGISTERS_NOTHING
SONDE_PLUGIN_EXPORT_API

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);
void
peas_register_types (PeasObjectModule *module)
{
}
#else
static void
iface_init (gpointer iface, gpointer data)
{
}

SONDE_PLUGIN_EXPORT_API

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);
void
peas_register_types (PeasObjectModule *module)
{
  const GInterfaceInfo info = { iface_init, NULL, NULL };
  const char *name = BAD_FAULT == SAME_TYPE ? "BadTwins" : BAD_TYPE;
  GType type = g_type_register_static_simple (G_TYPE_OBJECT, name, sizeof (GObjectClass), NULL, sizeof (GObject), NULL, 0);
  GType interface = BAD_FAULT == OTHER_INTERFACE ? SONDE_TYPE_TAP : SONDE_TYPE_ANALYZER;

  if (BAD_FAULT != NO_INTERFACE)
    g_type_add_interface_static (type, interface, &info);
  peas_object_module_register_extension_type (module, interface, type);
}
#endif
