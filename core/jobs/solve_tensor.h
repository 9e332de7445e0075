// SPDX-License-Identifier: Apache-2.0
// Reading, solving and writing one tensor of a file, in bounded memory. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_writer.h"
#include "core/jobs/finished_masks.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/score_source.h"
#include "core/jobs/tensor_pieces.h"
#include "core/solver/solve.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>

namespace nms::jobs {

struct SolveParts {
    TensorSource &source;
    WeightsSolver &solver;
    const SolveOptions &options; // the solver's
    const ScoreSource &score;
    FinishedMasks *finished = nullptr; // a piece that is there is read instead of solved, one that is not is saved
    std::int64_t pieceWeights = 0; // of piecesOf()
};

/// The type in which a tensor's weights are solved: that of the file, except f64, which is rounded to f32.
WeightType solvedTypeOf(const TensorInfo &tensor);

/// The tensor as it is solved: f64 with a common exponent, for which it is read.
Result<TensorInfo> fittedTensor(const SolveParts &parts, const TensorInfo &stored, const std::stop_token &stop);

/// Reads rows in the type that is solved, packed, into memory aligned for any scalar; on `threads` threads (0: all cores)
/// where the source allows it. Input error naming the first NaN or Inf.
Status readWeights(TensorSource &source, const TensorInfo &tensor, std::int64_t row0, std::int64_t rows,
                   std::span<std::byte> out, int threads, const std::stop_token &stop);

/// Passes a mask, whose first row is row `row0` of the stacked view, to a writer in which the tensor has been begun.
Status writeMaskRows(MaskWriter &writer, std::int64_t row0, const Mask &mask, const std::stop_token &stop);

/// Ends a tensor in the writer; `solution` is in units of the scores as they were solved.
Result<SolvedTensor> finishTensor(const SolveParts &parts, MaskWriter &writer, const TensorInfo &tensor,
                                  StreamedSolution solution);

/// The report of a solved tensor.
SolvedTensor solvedOf(const TensorInfo &tensor, const SolveOptions &options, const StreamedSolution &solution);

/// Solves one tensor in panels of at most panelWeights and passes its mask to the writer; the caller calls commit().
/// Progress counts tiles. Errors name file and tensor; Cancelled if a stop was requested.
Result<SolvedTensor> solveTensor(const SolveParts &parts, MaskWriter &writer, const TensorInfo &tensor,
                                 std::int64_t panelWeights, const Progress &progress);

/// Solves and saves one piece, unless it is there: parts.finished must not be null. As solveTensor().
Status savePiece(const SolveParts &parts, const TensorInfo &tensor, const TensorPiece &piece, std::int64_t panelWeights,
                 const Progress &progress);

} // namespace nms::jobs
