// SPDX-License-Identifier: Apache-2.0
// A method that needs a tile and nothing else.
#pragma once

#include "core/solver/solution.h"
#include "core/solver/tile/tile_mask.h"

#include <cstdint>
#include <memory>
#include <stop_token>

namespace nms {

class IterativeTile;

/// One thread's scratch for one method.
class TileSolver
{
public:
    virtual ~TileSolver() = default;

    /// `tile` is its number in the whole matrix (seeds). With `stop` requested a long solve returns early, and the result
    /// is not used.
    virtual TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &stop, TileMask &out) = 0;
};

/// Null for methods that need the whole matrix or are not the CPU's.
std::unique_ptr<TileSolver> makeTileSolver(const SolveOptions &options);

/// Null for methods that cannot be watched.
std::unique_ptr<IterativeTile> makeIterativeTile(const SolveOptions &options);

} // namespace nms
