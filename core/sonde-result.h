#pragma once

#include "figure/sonde-figure.h"
#include "sonde-table.h"
#include "sonde-tensor.h"
#include "sonde-words.h"

G_BEGIN_DECLS

#define SONDE_TYPE_RESULT (sonde_result_get_type ())
/* What an analyzer gives after the last frame. */
G_DECLARE_FINAL_TYPE (SondeResult, sonde_result, SONDE, RESULT, GObject)

SondeResult *sonde_result_new (void);
void sonde_result_add_table (SondeResult *self, SondeTable *table);
void sonde_result_add_figure (SondeResult *self, SondeFigure *figure);
void sonde_result_add_tensor (SondeResult *self, const char *name, SondeTensor *tensor);   /* "NAME/CONDITION/L6/STAGE" */
void sonde_result_add_key_number (SondeResult *self, const char *label, const char *text); /* for the title page */
void sonde_result_add_warning (SondeResult *self, const char *sentence);                   /* stderr and report */
/* The same in the user's language for people, and in English for programs; from SONDE_WORDS (). They take the words. */
void sonde_result_take_key_number (SondeResult *self, SondeWords *label, SondeWords *text);
void sonde_result_take_warning (SondeResult *self, SondeWords *sentence);

GPtrArray *sonde_result_get_tables (SondeResult *self);   /* (transfer none) (element-type SondeTable) */
GPtrArray *sonde_result_get_figures (SondeResult *self);  /* (transfer none) (element-type SondeFigure) */
GPtrArray *sonde_result_get_warnings (SondeResult *self); /* (transfer none) (element-type utf8) */
guint sonde_result_get_n_tensors (SondeResult *self);
SondeTensor *sonde_result_get_tensor (SondeResult *self, guint index, const char **name);
guint sonde_result_get_n_key_numbers (SondeResult *self);
const char *sonde_result_get_key_number (SondeResult *self, guint index, const char **label);

G_END_DECLS
