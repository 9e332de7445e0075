// SPDX-License-Identifier: Apache-2.0
// How well each pattern and method does on each tensor of a file.
#pragma once

#include "core/base/result.h"
#include "core/jobs/compare_matrix.h"
#include "core/jobs/job.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/score_source.h"
#include "core/jobs/tensor_selection.h"
#include "core/solver/solver_backend.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms::jobs {

struct CompareSettings {
    std::string file;
    TensorChoice tensors = {}; // selected with the smallest M
    std::vector<NmPattern> patterns = {}; // at least one; each is used for the tensors that it fits
    std::vector<Method> methods = {}; // empty: all that at least one of the backends supports
    SolveOptions options = {}; // pattern, method and warm start are ignored
    std::int64_t memoryLimit = std::int64_t(2) << 30; // bytes, half for a tensor's weights, half for its scores
    std::string score = {}; // what masks maximise, see ScoreSource::open(); empty: |W|
};

struct ComparedMask {
    MaskReport report;
    SolveOptions options; // with which it was solved
    SolutionTotals totals;
    bool transposable = true;
    std::string backend; // id of the backend that solved it
};

struct CompareReport {
    std::string file;
    std::string backend; // id of the preferred backend
    std::vector<TensorInfo> tensors;
    std::vector<ComparisonCase> cases; // patterns × methods, pattern by pattern
    std::vector<ComparedMask> masks; // tensor by tensor, each with the cases that fit it, in order
    std::vector<SkippedEntry> skipped; // tensors, and patterns that do not fit a selected tensor
    std::string score = "abs"; // or "square", or a file's name
};

/// A row of a comparison of `tensor`; `options` are those of the comparison, apart from pattern and method.
ComparedMask comparedOf(const TensorInfo &tensor, const ComparisonRow &row, SolveOptions options);

/// Runs each case on `backend`, or on `fallback` if that does not support the method. A tensor is read as a whole. Progress
/// counts masks. Checked before anything is read: Unsupported if neither backend supports a requested method, Input if a
/// pattern fits no tensor, Resource if a tensor needs more than the memory limit; other errors as selectTensors, readMatrix
/// and runComparison.
Result<CompareReport> compareFile(const CompareSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                                  const Progress &progress, const Events &events = {});

/// One tensor of an open source by the cases of `settings` that fit it, in order; their file, tensors and score are not
/// looked at. Progress counts masks. Errors as compareFile; Input where no pattern fits.
Result<std::vector<ComparedMask>> compareTensor(TensorSource &source, const TensorInfo &tensor, const ScoreSource &score,
                                                const CompareSettings &settings, SolverBackend &backend,
                                                SolverBackend &fallback, const Progress &progress);

} // namespace nms::jobs
