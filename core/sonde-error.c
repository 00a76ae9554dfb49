#define G_LOG_DOMAIN "sonde"

#include "sonde-error.h"

/**
 * sonde_error_quark:
 *
 * Gives the domain of the library's errors, %SONDE_ERROR.
 *
 * Returns: the domain
 */
GQuark
sonde_error_quark (void)
{
  return g_quark_from_static_string ("sonde-error-quark");
}
