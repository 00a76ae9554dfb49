#pragma once

/* The one header of libsonde-testing: mocks for the tests of plugins, a comparer of figures, and the contract that plugins keep. */

#include "sonde-testing-contract.h"
#include "sonde-testing-figure.h"
#include "sonde-testing-mock.h"
#include "sonde-testing-model.h"
