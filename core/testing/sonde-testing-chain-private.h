#pragma once

#include "sonde-testing-contract-private.h"

G_BEGIN_DECLS

/* Chains that end in the analyzer under test. */

SondeDescription *_sonde_testing_describe (SondeTestingSubject *subject, GError **error);
/* New analyzers, the subject's last, behind those that attach what it reads. (element-type SondeAnalyzer); %NULL where there are none. */
GPtrArray *_sonde_testing_new_chain (SondeTestingSubject *subject, GError **error);
/* The result of the last one for a mock of @spec. */
SondeResult *_sonde_testing_run_chain (SondeTestingSubject *subject, const SondeTestingSpec *spec, GError **error);

G_END_DECLS
