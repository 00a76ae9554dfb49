#pragma once

#include <sonde.h>

G_BEGIN_DECLS

/**
 * SondeTestingPathology:
 * @SONDE_TESTING_RANDOM: none: about normal numbers from -4 to 4, stages correlated with each other
 * @SONDE_TESTING_CONSTANT_ROWS: all rows of a stage are the same
 * @SONDE_TESTING_ZERO_ROWS: rows 0 and 2 of every stage are zero
 * @SONDE_TESTING_RANK_ONE: every row is a multiple of one row
 * @SONDE_TESTING_RANK_DEFICIENT: two rows span all of a stage's
 * @SONDE_TESTING_DUPLICATE_ROWS: every second row repeats the one before it
 * @SONDE_TESTING_FLAT_ROWS: rows 0 and 2 of every stage have the same number in all features
 * @SONDE_TESTING_HUGE: numbers up to 3e38, the end of float32
 * @SONDE_TESTING_TINY: numbers below 1e-39, which float32 holds with fewer digits
 * @SONDE_TESTING_NAN: feature 0 of row 1, or of the only row, is NaN
 * @SONDE_TESTING_INFINITE: feature 0 of row 1, or of the only row, is infinite
 *
 * What is odd about the numbers of a mock.
 */
typedef enum
{
  SONDE_TESTING_RANDOM,
  SONDE_TESTING_CONSTANT_ROWS,
  SONDE_TESTING_ZERO_ROWS,
  SONDE_TESTING_RANK_ONE,
  SONDE_TESTING_RANK_DEFICIENT,
  SONDE_TESTING_DUPLICATE_ROWS,
  SONDE_TESTING_FLAT_ROWS,
  SONDE_TESTING_HUGE,
  SONDE_TESTING_TINY,
  SONDE_TESTING_NAN,
  SONDE_TESTING_INFINITE,
} SondeTestingPathology;

/**
 * SondeTestingSpec: (skip)
 * @n_layers: layers of the model, at least 1
 * @n_stages: stages of the tap, at least 1
 * @n_conditions: conditions, at least 1
 * @n_rows: rows of each condition
 * @pathology: what is odd about the numbers
 * @widths: (array): features of each of @n_stages stages; %NULL: 12, 48, 48, 12, 12, 48 …
 * @layers: (array): the covered ones, ascending; %NULL: all
 * @n_covered: how many @layers there are
 *
 * What a mock is made of, to be written as `{ .n_layers = 3, .n_stages = 4, … }`.
 */
typedef struct
{
  guint n_layers;
  guint n_stages;
  guint n_conditions;
  guint n_rows;
  SondeTestingPathology pathology;
  const guint *widths;
  const guint *layers;
  guint n_covered;
} SondeTestingSpec;

#define SONDE_TESTING_TYPE_MOCK (sonde_testing_mock_get_type ())
/* Frames without a model. The same specification gives the same numbers on every machine. */
G_DECLARE_FINAL_TYPE (SondeTestingMock, sonde_testing_mock, SONDE_TESTING, MOCK, GObject)

SondeTestingMock *sonde_testing_mock_new (const SondeTestingSpec *spec);
SondeTestingMock *sonde_testing_mock_new_for_widths (guint n_layers, const guint *widths, guint n_stages, guint n_conditions, guint n_rows, SondeTestingPathology pathology);

SondeInvestigation *sonde_testing_mock_get_investigation (SondeTestingMock *self);
GPtrArray *sonde_testing_mock_get_conditions (SondeTestingMock *self);
GPtrArray *sonde_testing_mock_get_stages (SondeTestingMock *self);
SondeTensor *sonde_testing_mock_new_tensor (SondeTestingMock *self, guint condition, guint layer, guint stage);
SondeFrame *sonde_testing_mock_new_frame (SondeTestingMock *self, guint condition, guint layer);
/* The same with numbers of the test's own: @values[stage] is n_rows x width. */
SondeFrame *sonde_testing_mock_new_frame_with (SondeTestingMock *self, guint condition, guint layer, const float *const *values);
SondeFrame *sonde_testing_mock_new_frame_for_tensors (SondeTestingMock *self, guint condition, guint layer, GPtrArray *tensors);

/* Prepares all, lets every frame pass all of them in order, finishes all; the last one's result. */
SondeResult *sonde_testing_mock_run (SondeTestingMock *self, GPtrArray *analyzers, GCancellable *cancellable, GError **error);

/* The result's table or figure of that name; NULL where it has none. */
SondeTable *sonde_testing_find_table (SondeResult *result, const char *name);
SondeFigure *sonde_testing_find_figure (SondeResult *result, const char *name);

G_END_DECLS
