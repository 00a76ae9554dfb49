#pragma once

#include "sonde-testing-mock.h"

G_BEGIN_DECLS

#define SONDE_TESTING_TYPE_MODEL (sonde_testing_model_get_type ())
/* A mock model that taps can look at, and runs can run. */
G_DECLARE_FINAL_TYPE (SondeTestingModel, sonde_testing_model, SONDE_TESTING, MODEL, GObject)

SondeTestingModel *sonde_testing_model_new (guint n_layers);
SondeTestingModel *sonde_testing_model_new_for_rows (SondeTestingMock *mock);

void sonde_testing_model_set_name (SondeTestingModel *self, const char *name);
void sonde_testing_model_set_max_positions (SondeTestingModel *self, guint max_positions);
void sonde_testing_model_set_pathology (SondeTestingModel *self, SondeTestingPathology pathology);
/* @formula NULL: "formula of NAME". (transfer none): to add aliases to. */
SondeSite *sonde_testing_model_add_site (SondeTestingModel *self, const char *name, const char *formula, guint n_features, gboolean per_layer);

G_END_DECLS
