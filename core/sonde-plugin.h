#pragma once

#include "sonde.h"

#include <libpeas/peas.h>

G_BEGIN_DECLS

/**
 * SONDE_PLUGIN_API:
 *
 * The level of the plugin interfaces. A manifest says for which it was built (`X-Sonde-API=1`);
 * a module of another level is refused with a sentence.
 */
#define SONDE_PLUGIN_API 1

/**
 * SONDE_PLUGIN_REGISTER: (skip)
 * @INTERFACE: SONDE_TYPE_MODEL_PROVIDER, SONDE_TYPE_TAP or SONDE_TYPE_ANALYZER
 * @TYPE: the GType of the class that implements it
 *
 * The last line of a plugin: what libpeas calls when it loads the module.
 */
#define SONDE_PLUGIN_REGISTER(INTERFACE, TYPE)                                 \
  G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);         \
  void                                                                         \
  peas_register_types (PeasObjectModule *module)                               \
  {                                                                            \
    peas_object_module_register_extension_type (module, INTERFACE, TYPE);      \
  }

G_END_DECLS
