#pragma once

#include "sonde-site.h"

G_BEGIN_DECLS

/* Of SondeSiteAlias; sites and stages that are copies of each other share it. */
GPtrArray *_sonde_aliases_new (void);
void _sonde_aliases_add (GPtrArray *aliases, const char *library, const char *name);

G_END_DECLS
