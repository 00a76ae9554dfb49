#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SondeEstimate:
 * @working: bytes that are needed at most at one time while frames are computed and analysed, and given back
 * @kept: bytes that stay from frame to frame
 * @result: bytes of what is left at the end, until the report is written
 *
 * The memory that something will need of its own, beside what is handed to it, as far as can be told before it begins.
 */
typedef struct
{
  guint64 working;
  guint64 kept;
  guint64 result;
} SondeEstimate;

G_END_DECLS
