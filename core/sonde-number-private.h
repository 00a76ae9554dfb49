#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define _SONDE_NUMBER_SIZE G_ASCII_DTOSTR_BUF_SIZE

/* Writes @value with the fewest significant digits that read back as the same double, '.' decimals whatever the locale:
 * "1", "0.1", "-0", "1.5e-05", "inf", "nan". Very large and very small numbers get an exponent. Returns @buffer. */
char *_sonde_number_format (double value, char buffer[_SONDE_NUMBER_SIZE]);

G_END_DECLS
