// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/device_matrix.h"
#include "core/solver/solver_backend.h"
#include "tests/backend/backend_text.h"

namespace nms::test {

/// For a viewer on `device`, where the backend solves and whose memory others can open, plans stay there: the same bits as
/// over the host, complete at once, unchanged as long as somebody holds them, and over the host again for one elsewhere.
void plansStayOnTheDevice(SolverBackend &backend, const DeviceId &device, Checks &checks);

} // namespace nms::test
