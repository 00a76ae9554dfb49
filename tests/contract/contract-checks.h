#pragma once

#include <sonde.h>

G_BEGIN_DECLS

/* Each aborts the test where what it says does not hold. */

void contract_assert_words (const char *words);        /* UTF-8, and not none */
void contract_assert_sentence (GError *error);         /* a SondeError of one line that says something */
void contract_assert_columns (SondeTable *table);      /* every column has name, blurb and, with numbers, a unit */
void contract_assert_close (SondeTable *a, SondeTable *b); /* numbers within 1e-9, integers equal */

/* Tables and their columns as described, no infinity, and NaN only where its column says what undefined means. */
void contract_assert_tables (SondeResult *result, SondeDescription *description);
/* Described, captioned, and drawn. */
void contract_assert_figures (SondeResult *result, SondeDescription *description);
void contract_assert_warnings (SondeResult *result);

G_END_DECLS
