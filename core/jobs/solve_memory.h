// SPDX-License-Identifier: Apache-2.0
// Weights that lie in somebody's memory in, a mask into somebody's memory out: solved where they lie.
#pragma once

#include "core/base/result.h"
#include "core/io/memory_source.h"
#include "core/jobs/mask_memory.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/score_source.h"
#include "core/solver/solver_backend.h"
#include "core/solver/warm_tiles.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms::jobs {

struct SolveMemorySettings {
    SolveOptions options = {};
    const ScoreSource *score = nullptr; // what the mask keeps the most of, at the weights' own path; null: |W|
    bool tiles = false; // also the figures of each tile
    bool compare = false; // also how much of the mask in `out` changes
    /// Of the last solve of these weights, which may have changed since; or empty. Each tile starts from its own and leaves
    /// its new ones, if backend and method gain from that (gainsFromPotentials()); otherwise they are left as they are.
    /// Without a tolerance a tile then ends as soon as it counts as converged.
    TilePotentials *potentials = nullptr;
};

struct SolvedMemory {
    SolvedTensor solved;
    std::string axes; // "stack of experts, 4 matrices 64 × 32 (out × in)", see TensorInfo::axesText
    std::vector<TileResult> tiles = {}; // where asked for: matrix by matrix, row-major in each
    std::int64_t matrices = 0, tileRows = 0, tileCols = 0; // tileRows × tileCols tiles in each
    std::string backend; // id
    std::int64_t changed = 0; // entries of `out` that had another value before, if compared
    double totalSeconds = 0; // with reading, counting and writing the mask; solved.report.seconds is solving alone
};

/// Solves a matrix, or every one of a stack, panel by panel; each panel's mask is counted and its sums are held against its
/// objectives before it is written. Rows of f32, f16 and bf16 whose entries are neighbours are solved where they lie; others
/// (kernels of PyTorch's convolutions, transposed views, f64 rounded to f32) are copied panel by panel. Beside that about
/// 4 bytes for each weight of a panel of 4 million are taken. Usage error where the axes do not go with the shape; Input
/// error where m is more than a side of the matrix, and naming the first NaN or Inf; other errors as SolverBackend::solve.
/// After an error `out` holds the panels that were done. Progress counts tiles.
///
///     MemoryTensor weights{.shape = {rows, cols}, .strides = {cols, 1}, .dtype = DType::BF16, .data = data};
///     const Result<SolvedMemory> solved = solveMemory(weights, {mask, {cols, 1}}, settings, *backend, {stop, {}});
Result<SolvedMemory> solveMemory(const MemoryTensor &weights, const MaskMemory &out, const SolveMemorySettings &settings,
                                 SolverBackend &backend, const Progress &progress);

} // namespace nms::jobs
