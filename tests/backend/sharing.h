// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/device_matrix.h"
#include "core/solver/solver_backend.h"
#include "tests/backend/backend_text.h"

namespace nms::test {

/// Checks that plans stay on the device for a viewer on `device`, on which the backend solves and whose memory can be
/// shared: they have the same bits as through the host, are complete at once, and do not change while a reader holds them.
/// For a viewer on another device they must go through the host again.
void plansStayOnTheDevice(SolverBackend &backend, const DeviceId &device, Checks &checks);

} // namespace nms::test
