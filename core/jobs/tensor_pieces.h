// SPDX-License-Identifier: Apache-2.0
// Tensors cut into pieces of rows: what is kept of an interrupted solve, and what several processes divide. Private to
// core/jobs.
#pragma once

#include "core/methods/solve_options.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nms::jobs {

/// Rows of the stacked view of a tensor, whose tiles are all complete in them.
struct TensorPiece {
    std::int64_t row0 = 0;
    std::int64_t rows = 0;
};

/// Number of rows of the stacked view that are solved as one matrix: all of them if no tile then crosses from one matrix to
/// the next.
std::int64_t rowsTogether(const TensorInfo &tensor, const SolveOptions &options);

/// Consecutive pieces of at most `weights` weights each, but at least a row of tiles, or a matrix where the method needs it
/// whole. They depend on nothing else: sums are added piece by piece, so their last digits depend on the pieces.
std::vector<TensorPiece> piecesOf(const TensorInfo &tensor, const SolveOptions &options, std::int64_t weights);

/// Divides work among `ranks` processes: for each cost, the rank that does it. The largest goes first, each to the rank that
/// has least; among equals the lower index.
std::vector<int> divided(std::span<const std::int64_t> costs, int ranks);

} // namespace nms::jobs
