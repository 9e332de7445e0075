// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

namespace nms {

/// Times dykstra on a device and prints a table. False if a result was wrong.
bool benchDevice(int device, SolverBackend &backend);

} // namespace nms
