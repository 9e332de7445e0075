// SPDX-License-Identifier: Apache-2.0
// What a tensor and a run over it take of the host's memory, told before it is taken.
#pragma once

#include "core/session/session_types.h"
#include "core/solver/solver_backend.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace nms {

/// Bytes, part by part: what is really held, at its largest.
struct RunMemory {
    std::int64_t weights = 0; // float32
    std::int64_t scores = 0; // likewise
    std::int64_t overview = 0; // of the weights
    std::int64_t live = 0; // state of the solve
    std::int64_t keyFrames = 0;
    std::int64_t replay = 0; // a second solve, which shows past iterations
    std::int64_t snapshots = 0; // what is looked at, live and past
    std::int64_t statistics = 0; // of the iterations
    std::int64_t result = 0; // mask and figures by tile

    std::int64_t total() const;
    /// "weights", "live state", …: those that are not 0, the largest first.
    std::vector<std::pair<std::string_view, std::int64_t>> parts() const;

    RunMemory &operator+=(const RunMemory &other);
};

/// Mask and figures by tile that such a solve ends with, in bytes.
std::int64_t resultBytes(const TileGrid &grid, const SolveOptions &options);

/// What a run takes beside the tensor. `watchedCells` of the plan are looked at; the history keeps to its options. A method
/// that the backend cannot watch has a result alone.
RunMemory memoryOfRun(const SolverBackend &backend, const TileGrid &grid, const SolveOptions &options,
                      std::int64_t watchedCells, const SessionOptions &session);

/// The largest SessionOptions::historyBytes, up to `wanted`, with which a run stays within `limit`: 0 where not even the key
/// frame of iteration 0 fits.
std::int64_t historyThatFits(const SolverBackend &backend, const TileGrid &grid, const SolveOptions &options,
                             std::int64_t watchedCells, std::int64_t limit, std::int64_t wanted);

} // namespace nms
