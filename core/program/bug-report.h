#pragma once

#include <stdio.h>

#include <glib.h>

G_BEGIN_DECLS

/* What whoever mends a fault asks first, ready to paste: versions, the machine, what was found where. It is in English, whoever's
 * fault it is, and names neither the user nor his files. */
void print_bug_report (FILE *out);
/* From now on stderr has that, and what the library and the plugins say for the same reader. */
void begin_verbose (void);

G_END_DECLS
