#pragma once

#include <sonde-testing.h>

/* A mock model of two layers, whose sites of 8 features have nothing but names, and what the tests of taps ask of it. */

SondeTestingModel *names_model_new (void);
/* Its formula is "formula of NAME". (transfer none): to add aliases to. */
SondeSite *names_model_add (SondeTestingModel *model, const char *name, gboolean per_layer);

/* What a stage says of itself: files and figures of every report have these words. */
typedef struct
{
  const char *id, *short_label, *label, *axis_label, *site;
} NamesStage;

/* The tap's stages are these, in this order, with the formulas of their sites. */
void names_check_stages (SondeTap *tap, SondeTestingModel *model, const NamesStage *expected, guint n);

/* One site after the other is missing, or there once only although @in_layers [n] says that every layer needs its own: the tap
 * refuses in a sentence that names this site, no other, and the model. */
void names_check_missing (SondeTap *tap, const char *const *sites, const gboolean *in_layers, guint n);

/* There are no stages, and the sentence why not has @part in it. */
void names_assert_refused (SondeTap *tap, SondeTestingModel *model, SondeError code, const char *part);
