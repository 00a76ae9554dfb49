#pragma once

#include "program.h"
#include "sonde.h"

G_BEGIN_DECLS

/* What can stand in the place of a word that somebody has begun to write. */
typedef struct
{
  const char *begun;       /* the word as far as it is written; only what begins so is printed */
  gboolean describe;       /* each candidate with a tab and a line that explains it behind it */
  GPtrArray *plain;        /* of utf8: words in front of it that are no options */
  SondeRegistry *registry; /* made when it is first asked for */
} Completion;

SondeRegistry *complete_get_registry (Completion *self);
/* Prints @prefix, @candidate and @suffix as one word, if it begins as the one that is written. */
void complete_offer (Completion *self, const char *prefix, const char *candidate, const char *suffix, const char *description);

/* The words of a command. */
void complete_words (Completion *self, Words words);
/* NAME.PROPERTY=VALUE behind --set; @prefix stands in front of it in the same word. */
void complete_setting (Completion *self, const char *prefix, Words words);

G_END_DECLS
