// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"
#include "tests/backend/backend_text.h"

namespace nms::test {

/// Compares two backends that do the same computation in different precision or on different machines. Their dykstra plans
/// must agree closely, and their masks in all but a few entries that are equally good; capped must come equally close to the
/// optimum. Covers every specialised tile size, and ragged edges.
void backendsAgree(SolverBackend &backend, SolverBackend &model, Checks &checks);

} // namespace nms::test
