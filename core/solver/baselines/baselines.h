// SPDX-License-Identifier: Apache-2.0
// The methods to compare with, one file each; ../README.md says where they come from.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/solver/tile/start_source.h"
#include "core/solver/tile/tile_solver.h"

namespace nms {

std::unique_ptr<TileSolver> makeGreedy(NmPattern pattern, bool swaps, SimdLevel level);
/// What `start` keeps, filled up the same way. With `swaps`, then improved by exchanges until none gains (MaskStart), which
/// are counted as its iterations; the bound is that of `start`.
std::unique_ptr<TileSolver> makeGreedyFrom(NmPattern pattern, bool swaps, std::unique_ptr<StartSource> start,
                                           SimdLevel level);
std::unique_ptr<TileSolver> makeBiNm(NmPattern pattern, SimdLevel level);
std::unique_ptr<TileSolver> makeMax1000(NmPattern pattern, std::uint64_t seed, SimdLevel level);

/// Standard N:M along rows or along columns of each tile. upperBound = objective: optimal among such masks.
std::unique_ptr<TileSolver> makeStandardNm(NmPattern pattern, bool alongRows, SimdLevel level);

/// Keeps the ⌊elements·n/m⌋ largest scores of the whole matrix, the first in row-major order where equal. `out` must be
/// all 0. False when it was stopped.
bool keepLargest(Span2d<const float> score, NmPattern pattern, int threads, const std::stop_token &stop, Mask &out);

} // namespace nms
