// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/solver_backend.h"

namespace nms {

/// Times every method on a device and prints a table, or an object of JSON a line. False if a result was wrong.
bool benchDevice(int device, SolverBackend &backend, bool json);

} // namespace nms
