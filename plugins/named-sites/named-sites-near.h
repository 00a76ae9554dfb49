#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* (transfer full) (nullable): up to three names of @sites, or of their dictionaries, that are spelled nearly like @name, separated by
 * commas. */
char *named_sites_dup_near (GPtrArray *sites, const char *name);

G_END_DECLS
