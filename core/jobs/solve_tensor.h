// SPDX-License-Identifier: Apache-2.0
// Reading, solving and writing one tensor of a file, in bounded memory. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_writer.h"
#include "core/jobs/finished_masks.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/score_source.h"
#include "core/solver/solve.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>

namespace nms::jobs {

struct SolveParts {
    TensorSource &source;
    WeightsSolver &solver;
    MaskWriter &writer;
    const SolveOptions &options; // the solver's
    const ScoreSource &score;
    FinishedMasks *finished = nullptr; // reads a mask that is there instead of solving it, saves one that is not
};

/// The type in which a tensor's weights are solved: that of the file, except f64, which is rounded to f32.
WeightType solvedTypeOf(const TensorInfo &tensor);

/// The report of a solved tensor.
SolvedTensor solvedOf(const TensorInfo &tensor, const SolveOptions &options, const StreamedSolution &solution);

/// Number of rows of the stacked view that are solved as one matrix: all of them if no tile then crosses from one matrix to
/// the next.
std::int64_t rowsTogether(const TensorInfo &tensor, const SolveOptions &options);

/// Solves one tensor in panels of at most panelWeights and passes its mask to the writer; the caller calls commit().
/// Progress counts tiles. Errors name file and tensor; Cancelled if a stop was requested.
Result<SolvedTensor> solveTensor(const SolveParts &parts, const TensorInfo &tensor, std::int64_t panelWeights,
                                 const Progress &progress);

} // namespace nms::jobs
