#pragma once

#include "sonde-testing-contract.h"
#include "sonde-testing-mock.h"

G_BEGIN_DECLS

/* The plugin that is looked at. */
typedef struct
{
  SondeRegistry *registry;
  char *name;
  char **properties; /* words PROPERTY=VALUE */
  SondePluginKind kind;
  const char *source; /* (nullable) */
  char *skipped;      /* set by a check that does not apply: why */
} SondeTestingSubject;

/* FALSE with a sentence about what is broken. */
typedef gboolean (*SondeTestingCheckFunc) (SondeTestingSubject *subject, gconstpointer data, GError **error);

typedef struct
{
  const char *name;
  SondeTestingCheckFunc func;
  gconstpointer data;
} SondeTestingCheck;

/* Each is (element-type SondeTestingCheck) (transfer container). */
void _sonde_testing_add_common_checks (GArray *checks);
void _sonde_testing_add_analyzer_checks (GArray *checks);
void _sonde_testing_add_odd_checks (GArray *checks);
void _sonde_testing_add_tap_checks (GArray *checks);
void _sonde_testing_add_provider_checks (GArray *checks);
void _sonde_testing_add_run_checks (GArray *checks);
void _sonde_testing_add_garble_checks (GArray *checks);

/* ---- helpers that checks share ---- */

/* Always FALSE, with @error set. */
gboolean _sonde_testing_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Always TRUE. */
gboolean _sonde_testing_skip (SondeTestingSubject *subject, const char *reason);
/* What must work, and has not. Always FALSE. */
gboolean _sonde_testing_fail_with (GError **error, GError *reason, const char *what);
/* "Result xor error": @local is taken. */
gboolean _sonde_testing_check_outcome (const char *method, gboolean succeeded, GError *local, GError **error);
/* UTF-8, and not none; @what is what has them: "the blurb of property x". */
gboolean _sonde_testing_check_words (const char *words, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* Whether @refusal is one of one line that says something, and no defect of a plugin. */
gboolean _sonde_testing_check_refusal (const GError *refusal, const char *what, GError **error);
/* Whether nothing is left of a cancelled call but the news of it. @local is taken. */
gboolean _sonde_testing_check_cancelled (gboolean succeeded, GError *local, const char *what, GError **error);

/* A new object with the subject's properties. */
GObject *_sonde_testing_create (SondeTestingSubject *subject, GError **error);

/* Works with @object, of which one property was set as @what says, or ends in a sentence. */
typedef gboolean (*SondeTestingValueFunc) (SondeTestingSubject *subject, GObject *object, const char *what, GError **error);
/* The ends of each property's range, every word, and two texts: each is refused in a sentence, or handed to @func. */
gboolean _sonde_testing_check_values (SondeTestingSubject *subject, SondeTestingValueFunc func, GError **error);

gboolean _sonde_testing_check_columns (SondeTable *table, GError **error);
/* What sonde_analyzer_finish () let pass: as many tables as described, in their order; NaN only where a column says what undefined means;
 * captions; all is drawn. */
gboolean _sonde_testing_check_result (SondeResult *result, SondeDescription *description, GError **error);
gboolean _sonde_testing_check_same (SondeResult *a, SondeResult *b, const char *what, GError **error);
/* Numbers within 1e-9, the rest equal. */
gboolean _sonde_testing_check_close (SondeResult *a, SondeResult *b, const char *what, GError **error);

/* Ends a run that takes too long: the cancellable is cancelled after @seconds. */
typedef struct _SondeTestingWatch SondeTestingWatch;

SondeTestingWatch *_sonde_testing_watch_new (guint seconds);
GCancellable *_sonde_testing_watch_get_cancellable (SondeTestingWatch *self);
void _sonde_testing_watch_free (SondeTestingWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeTestingWatch, _sonde_testing_watch_free)

G_END_DECLS
