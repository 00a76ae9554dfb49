#pragma once

#include "sonde-condition.h"
#include "sonde-tap.h"

G_BEGIN_DECLS

/**
 * SONDE_CAPTURE_METADATA:
 *
 * the key under which a safetensors capture describes itself, as JSON text.
 */
#define SONDE_CAPTURE_METADATA "sonde"

/**
 * SONDE_CAPTURE_MEMBER:
 *
 * the member of an npz capture that holds the same text.
 */
#define SONDE_CAPTURE_MEMBER "sonde.json"

#define SONDE_TYPE_CAPTURE_DESCRIPTION (sonde_capture_description_get_type ())

/**
 * SondeCaptureDescription:
 * @model: the name of what ran, for people
 * @n_layers: of the model, captured or not
 * @stages: (element-type SondeStage): in the order of the data flow
 * @conditions: (element-type SondeCondition): in their order
 *
 * What a capture says beside its arrays, so that a later analysis has the same labels, order and rows.
 */
typedef struct
{
  char *model;
  guint n_layers;
  GPtrArray *stages;
  GPtrArray *conditions;
} SondeCaptureDescription;

GType sonde_capture_description_get_type (void);
SondeCaptureDescription *sonde_capture_description_new (const char *model, guint n_layers, GPtrArray *stages, GPtrArray *conditions);
GPtrArray *sonde_capture_description_get_stages (const SondeCaptureDescription *self);     /* (transfer none): for bindings that reach no arrays in structs */
GPtrArray *sonde_capture_description_get_conditions (const SondeCaptureDescription *self); /* (transfer none): likewise */
SondeCaptureDescription *sonde_capture_description_copy (const SondeCaptureDescription *self);
void sonde_capture_description_free (SondeCaptureDescription *self);

char *sonde_capture_description_to_json (const SondeCaptureDescription *self); /* (transfer full) */
/* @what names the file in messages. Conditions come back as plain ones with labels and, where they were written, row origins. */
SondeCaptureDescription *sonde_capture_description_parse (const char *text, const char *what, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeCaptureDescription, sonde_capture_description_free)

G_END_DECLS
