#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* Reads every tensor to its last byte, and writes all of them into a new file, which must say the same again. */
void fuzz_read_tensors (SondeSafetensors *file);

G_END_DECLS
