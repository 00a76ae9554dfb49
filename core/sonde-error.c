#define G_LOG_DOMAIN "sonde"

#include "sonde-error.h"

G_DEFINE_QUARK (sonde-error-quark, sonde_error)
