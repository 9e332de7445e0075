// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"
#include "tests/backend/backend_text.h"

namespace nms::test {

/// Two backends that do the same mathematics in different precision or on different machines: their dykstra plans agree
/// closely, their masks in all but a few entries that are as good either way; capped comes as close to the optimum. Every
/// specialised tile size, ragged edges.
void backendsAgree(SolverBackend &backend, SolverBackend &model, Checks &checks);

} // namespace nms::test
