// SPDX-License-Identifier: Apache-2.0
// Weights in, masks (or masked weights) out, in bounded memory.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_facts.h"
#include "core/jobs/job.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/rank_group.h"
#include "core/jobs/tensor_selection.h"
#include "core/solver/solver_backend.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms::jobs {

struct SolveFileSettings {
    std::string file; // the weights
    std::string out; // the masks, .h5 or .safetensors; never `file` itself
    TensorChoice tensors = {};
    SolveOptions options = {};
    MaskFormat format = MaskFormat::Bytes;
    bool copyRest = false; // when masked weights of a folder are written: copy also the other files beside them
    std::int64_t memoryLimit = std::int64_t(2) << 30; // maximum bytes for panels, solver and writer
    std::string score = {}; // what masks maximise, see ScoreSource::open(); empty: |W|
    bool resume = false; // keep finished masks beside `out` until it is written, and do not solve them again
    /// What is kept, and divided among processes: pieces of at most so many weights (512 MiB of fp16).
    std::int64_t pieceWeights = std::int64_t(1) << 28;
};

struct SolveFileReport {
    std::string file;
    std::string out;
    SolveOptions options;
    std::string backend; // id
    std::vector<SolvedTensor> tensors; // in the order in which they were solved
    std::vector<SkippedEntry> skipped;
    std::string score = "abs"; // or "square", or a file's name
    int resumed = 0; // number of tensors that an earlier run had finished
};

/// Solves every selected tensor panel by panel and writes its mask; `out` is replaced as a whole when all is done, or not at
/// all. Refused before the work: tensors that do not fit or have no scores, a memory limit below one row of tiles, an `out`
/// that cannot be written or lacks disk space; if space may be too little, events.warning says so. With tensors.skipInvalid
/// all tensors are read once before the first is solved, and those with NaN or Inf are left out. Progress counts tiles of
/// all tensors; with skipInvalid each tile counts twice, when read and when solved. Errors: those of openWeights,
/// selectTensors, SolverBackend::solve and MaskWriter; Resource for the memory limit; Input for NaN and Inf; Cancelled.
///
/// With `ranks` every process solves its share of the pieces and saves it beside `out`, as with `resume`; the first one then
/// writes `out`, byte for byte as one process would, and its report is complete; that of the others names no tensors.
/// Progress is that of this process. After an error the whole job must be ended; the same job continues from what is saved.
///
///     SolveFileSettings settings{.file = "model.safetensors", .out = "masks.h5"};
///     settings.options.pattern = {8, 16};
///     const Result<SolveFileReport> report = solveFile(settings, backend, {stop, showCounts});
Result<SolveFileReport> solveFile(const SolveFileSettings &settings, SolverBackend &backend, const Progress &progress,
                                  const Events &events = {}, RankGroup *ranks = nullptr);

} // namespace nms::jobs
