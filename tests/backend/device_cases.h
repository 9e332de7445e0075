// SPDX-License-Identifier: Apache-2.0
// Solves of tensors in a device's memory, for a device and for host lanes alike.
#pragma once

#include "core/solver/device_solver.h"
#include "core/solver/solver_backend.h"
#include "tests/backend/backend_text.h"

#include <cstddef>
#include <functional>
#include <span>

namespace nms::test {

/// Copies between the host's memory and that of the solver's device; they wait.
struct DeviceCopies {
    std::function<void(std::byte *to, std::span<const std::byte> from)> toDevice;
    std::function<void(std::span<std::byte> to, const std::byte *from)> toHost;
};

/// Masks and figures of every method, element type and layout are those that `backend`, of the same device, gives for the
/// packed matrices; bytes beside the mask stay as they are.
void tensorsAreSolvedInPlace(DeviceSolver &solver, SolverBackend &backend, const DeviceCopies &copies, Checks &checks);

/// NaN, Inf and negative scores are found, and what cannot be done is refused.
void unfitTensorsAreTold(DeviceSolver &solver, const DeviceCopies &copies, Checks &checks);

} // namespace nms::test
