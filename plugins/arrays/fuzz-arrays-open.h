#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* The options of the provider, as texts; NULL for the default. */
typedef struct
{
  char *pattern;
  char *axes;
  char *stages;
  char *conditions;
  char *rows;
} FuzzArraysOptions;

/* Opens a source, looks at all that it says, and reads every row. */
void fuzz_arrays_open (const char *path, const FuzzArraysOptions *options);

G_END_DECLS
