#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SONDE_ERROR (sonde_error_quark ())

/**
 * SondeError:
 * @SONDE_ERROR_FAILED: anything that fits no other code
 * @SONDE_ERROR_FORMAT: a file's bytes are not what its format demands
 * @SONDE_ERROR_UNSUPPORTED: well formed, but of a kind this program does not handle
 * @SONDE_ERROR_SHAPE: a tensor is missing, or its shape or element type is not the expected one
 * @SONDE_ERROR_VALUE: a number that must be finite is not, or lies outside its range
 * @SONDE_ERROR_TEXT: the text, its encoding, or the target word cannot be used
 * @SONDE_ERROR_PLUGIN: a plugin is unknown, disabled, unavailable, or broke its contract
 * @SONDE_ERROR_PROPERTY: an unknown property, or a value that it does not take
 * @SONDE_ERROR_CHAIN: the pieces of a chain do not fit each other
 * @SONDE_ERROR_RECIPE: a recipe file is unknown or says something it must not
 * @SONDE_ERROR_OUTPUT: results cannot be written where they were asked for
 *
 * Errors of the library. Each message says what failed, where, the value found and the value expected.
 * Cancellation is reported as %G_IO_ERROR_CANCELLED, plain file errors in %G_FILE_ERROR or %G_IO_ERROR.
 */
typedef enum
{
  SONDE_ERROR_FAILED,
  SONDE_ERROR_FORMAT,
  SONDE_ERROR_UNSUPPORTED,
  SONDE_ERROR_SHAPE,
  SONDE_ERROR_VALUE,
  SONDE_ERROR_TEXT,
  SONDE_ERROR_PLUGIN,
  SONDE_ERROR_PROPERTY,
  SONDE_ERROR_CHAIN,
  SONDE_ERROR_RECIPE,
  SONDE_ERROR_OUTPUT,
} SondeError;

GQuark sonde_error_quark (void);

G_END_DECLS
