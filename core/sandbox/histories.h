// SPDX-License-Identifier: Apache-2.0
// How the groups of methods fill a history. Private to this folder.
#pragma once

#include "core/sandbox/sandbox_method.h"
#include "core/sandbox/tile_history.h"
#include "core/sandbox/tile_problem.h"

#include <stop_token>

namespace nms {

/// dykstra, alternating and sinkhorn, in the log domain. `tile` must be valid.
void recordEntropic(const TileProblem &tile, SandboxMethod::Kind kind, const std::stop_token &stop, TileHistory &history);

/// The program's own methods on an N:M tile: errors of core/methods, for example for negative scores.
Status recordProgram(const TileProblem &tile, Method method, const std::stop_token &stop, TileHistory &history);

} // namespace nms
