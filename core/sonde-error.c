#define G_LOG_DOMAIN "sonde"

#include "sonde-error.h"

GQuark
sonde_error_quark (void)
{
  return g_quark_from_static_string ("sonde-error-quark");
}
