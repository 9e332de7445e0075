// SPDX-License-Identifier: Apache-2.0
// Host memory that a tensor and a run over it will take, estimated before it is allocated.
#pragma once

#include "core/session/session_types.h"
#include "core/solver/solver_backend.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace nms {

/// Peak number of bytes held, part by part.
struct RunMemory {
    std::int64_t weights = 0; // float32
    std::int64_t scores = 0; // likewise
    std::int64_t overview = 0; // of the weights
    std::int64_t live = 0; // state of the solve
    std::int64_t keyFrames = 0;
    std::int64_t replay = 0; // a second solve, which shows past iterations
    std::int64_t snapshots = 0; // states on display, live and past
    std::int64_t statistics = 0; // of the iterations
    std::int64_t result = 0; // mask and per-tile figures

    std::int64_t total() const;
    /// "weights", "live state", …: those that are not 0, the largest first.
    std::vector<std::pair<std::string_view, std::int64_t>> parts() const;

    RunMemory &operator+=(const RunMemory &other);
};

/// Bytes of the mask and the per-tile figures at the end of such a solve.
std::int64_t resultBytes(const TileGrid &grid, const SolveOptions &options);

/// Memory of a run, without the tensor. `watchedCells`: cells of the plan captured in snapshots. The history is counted up
/// to its limit in `session`. A method that the backend cannot watch needs memory for its result only.
RunMemory memoryOfRun(const SolverBackend &backend, const TileGrid &grid, const SolveOptions &options,
                      std::int64_t watchedCells, const SessionOptions &session);

/// The largest SessionOptions::historyBytes, up to `wanted`, with which a run stays within `limit`; 0 if not even the key
/// frame of iteration 0 fits.
std::int64_t historyThatFits(const SolverBackend &backend, const TileGrid &grid, const SolveOptions &options,
                             std::int64_t watchedCells, std::int64_t limit, std::int64_t wanted);

} // namespace nms
