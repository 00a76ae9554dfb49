#pragma once

#include "sonde.h"

#include <libpeas/peas.h>

G_BEGIN_DECLS

/**
 * SONDE_PLUGIN_API:
 *
 * The level of the plugin interfaces. A manifest says for which it was built (`X-Sonde-API=1`), and so does a module: see
 * SONDE_PLUGIN_EXPORT_API. Where either is of another level, the plugin is refused with a sentence.
 */
#define SONDE_PLUGIN_API 1

/* A manifest, NAME.plugin beside libNAME.so or NAME.py, is a key file that libpeas reads:
 *
 *   [Plugin]
 *   Module=NAME                  what commands, chains and recipes call it; types begin with it
 *   IAge=2
 *   Loader=python3               for a plugin in Python; without the line it is one in C
 *   Name=, Description=, Version=, Authors=, Copyright=, Website=
 *   Depends=OTHER;ANOTHER        plugins that must be there
 *   X-Sonde-API=1                see SONDE_PLUGIN_API
 *   X-Sonde-Kind=analyzer        or tap, or model-provider
 *   X-Sonde-License=MIT          an SPDX expression
 *   X-Sonde-Opens=               see below
 *
 * Properties explain themselves: a GParamSpec by its blurb, and a value of an enumeration by its value_name where that is a text with
 * blanks in it: { LAB_METHOD_MEAN, "The mean of all rows", "mean" }. `sonde inspect NAME`, `sonde run CHAIN --help` and completion show them.
 *
 * A model provider's manifest may say which sources it opens, so that its code is loaded for those only: patterns as a shell has
 * them, separated by semicolons, of the source's name or, after a dot and a slash, of what a directory holds.
 *
 *   X-Sonde-Opens=*.npy;*.npz                       files, or directories, that are called so
 *   X-Sonde-Opens=./config.json;./parts/part-*      directories in which there is such a thing
 *
 * Whether it takes such a source, its probe () says. Where the key is missing it is asked for every source, and where no provider
 * takes a source, all are asked. */

/**
 * SONDE_PLUGIN_EXPORT_API: (skip)
 *
 * Writes into the module for which level it was built: a constant that is read before any function of the module is called.
 * SONDE_PLUGIN_REGISTER has it. A module that registers by itself, with a peas_register_types () of its own, says it in one of its
 * sources; one that does not say it is refused, whatever its manifest says. Scripts have no such constant: their manifest counts.
 */
#define SONDE_PLUGIN_EXPORT_API                              \
  G_BEGIN_DECLS                                              \
  G_MODULE_EXPORT extern const guint sonde_plugin_api_level; \
  G_END_DECLS                                                \
  const guint sonde_plugin_api_level = SONDE_PLUGIN_API;

/**
 * SONDE_PLUGIN_REGISTER: (skip)
 * @INTERFACE: SONDE_TYPE_MODEL_PROVIDER, SONDE_TYPE_TAP or SONDE_TYPE_ANALYZER
 * @TYPE: the GType of the class that implements it
 *
 * The last line of a plugin: what libpeas calls when it loads the module, and the level for which it was built.
 */
#define SONDE_PLUGIN_REGISTER(INTERFACE, TYPE)                            \
  SONDE_PLUGIN_EXPORT_API                                                 \
  G_BEGIN_DECLS                                                           \
  G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);    \
  G_END_DECLS                                                             \
  void                                                                    \
  peas_register_types (PeasObjectModule *module)                          \
  {                                                                       \
    peas_object_module_register_extension_type (module, INTERFACE, TYPE); \
  }

G_END_DECLS
