#pragma once

#include "arrays-file.h"
#include "arrays-names.h"

G_BEGIN_DECLS

/* How a source is read; all of them texts that a person wrote. */
typedef struct
{
  const char *pattern;
  const char *axes;
  const char *stages;     /* (nullable) */
  const char *conditions; /* (nullable) */
  const char *rows;       /* (nullable) */
} ArraysOptions;

/* Rows x features of one condition, layer and stage: an array, or a layer of one. */
typedef struct
{
  const char *condition; /* (nullable): nothing names one */
  const char *stage;
  const char *form;
  guint layer;
  const ArraysEntry *entry;
  const ArraysMatrix *matrix;
  gsize offset; /* of the layer in the array */
} ArraysPlace;

typedef struct
{
  ArraysPattern *pattern;
  gboolean batched;     /* no array has just rows and features */
  GArray *places;       /* of ArraysPlace, in the order of the file */
  GPtrArray *unmatched; /* of char *: names that say nothing */
  GPtrArray *unfit;     /* of SondeWords: “name” (why it is no rows x features) */
  GPtrArray *matrices;
  GStringChunk *texts;
} ArraysPlaces;

/* Reads names and shapes. What cannot be read is listed; fails where nothing is left. */
ArraysPlaces *arrays_places_new (ArraysFile *file, const ArraysOptions *options, GCancellable *cancellable, GError **error);
void arrays_places_free (ArraysPlaces *places);
/* Sentences about what is left out. (transfer full) (element-type utf8) */
GPtrArray *arrays_places_list_warnings (const ArraysPlaces *places, ArraysFile *file); /* of SondeWords */

/* “a”, “b” and 7 more: (transfer full). @quote: the names are not quoted yet. */
/* (transfer full) (element-type utf8): words, in the language that this thread speaks. */
GPtrArray *arrays_say (GPtrArray *words);
char *arrays_list_names (GPtrArray *names, gboolean quote);

/* TRUE with an error where @names has any. */
gboolean arrays_refuse (ArraysFile *file, GPtrArray *names, gboolean quote, const char *problem, const char *advice, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysPlaces, arrays_places_free)

G_END_DECLS
