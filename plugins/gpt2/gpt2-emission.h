#pragma once

#include "gpt2-linear.h"
#include "gpt2-plan.h"

G_BEGIN_DECLS

/* The kept rows of one site's values, copied part by part while the matrix that holds them is being made. */
typedef struct
{
  const Gpt2Layout *layout;
  gboolean gathers; /* the matrix has all rows; FALSE: the kept ones only */
  gsize columns;
  gsize stride; /* the matrix has so many columns, and */
  gsize first;  /* this is the first of those that are the site's */
  float *data;  /* [kept rows, columns]; NULL: nobody wants it */
  int spoilt;   /* atomic: a value is not finite */
} Gpt2Emission;

/* Copies what of @part of @matrix [rows, stride] is the site's. */
void gpt2_emission_take (Gpt2Emission *self, const float *matrix, const SondeMathPart *part);

void gpt2_emission_clear (Gpt2Emission *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gpt2Emission, gpt2_emission_clear)

G_END_DECLS
