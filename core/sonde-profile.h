#pragma once

#include "sonde-analyzer.h"

G_BEGIN_DECLS

#define SONDE_TYPE_PROFILE (sonde_profile_get_type ())
/* One number for each stage of every covered layer and condition: its table, and its figure over the layers. */
G_DECLARE_FINAL_TYPE (SondeProfile, sonde_profile, SONDE, PROFILE, GObject)

SondeProfile *sonde_profile_new (const char *name, const char *blurb, const char *column, const char *unit, const char *column_blurb);
SondeDescription *sonde_profile_describe (SondeProfile *self, const char *example);
void sonde_profile_begin (SondeProfile *self, SondeInvestigation *investigation);
void sonde_profile_add (SondeProfile *self, SondeFrame *frame, guint stage, double value);
SondeResult *sonde_profile_finish (SondeProfile *self, const char *caption);

G_END_DECLS
