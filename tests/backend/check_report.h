// SPDX-License-Identifier: Apache-2.0
// The shared cases as check programs run them, which need no GoogleTest: a line for each on standard output.
#pragma once

#include "core/solver/solver_backend.h"
#include "tests/backend/backend_text.h"

#include <string>

namespace nms::test {

// Each prints what it finds and returns true if nothing failed.

bool report(const std::string &backend, const char *name, const Checks &checks);

/// All cases of backend_text.h.
bool checkBackend(SolverBackend &backend);

/// agreement.h
bool checkAgreement(SolverBackend &backend, SolverBackend &model);

/// Every width that a matrix of half-precision weights can have; each tile is compared with the same tile solved separately.
bool checkCuts(SolverBackend &backend);

} // namespace nms::test
