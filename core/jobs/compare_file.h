// SPDX-License-Identifier: Apache-2.0
// What each pattern and method costs on each tensor of a file.
#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/tensor_selection.h"
#include "core/session/comparison.h"
#include "core/solver/solver_backend.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nms::jobs {

struct CompareSettings {
    std::string file;
    TensorChoice tensors = {}; // with the smallest M
    std::vector<NmPattern> patterns = {}; // at least one; each is taken for the tensors that it fits
    std::vector<Method> methods = {}; // none: all that one of the backends knows
    SolveOptions options = {}; // all but pattern, method and warm start
    std::int64_t memoryLimit = std::int64_t(2)
        << 30; // bytes; half of it for a tensor's weights, the other half for its scores
    std::string score = {}; // what masks keep the most of, see ScoreSource::open(); empty: |W|
};

struct ComparedMask {
    MaskReport report;
    SolveOptions options; // that it was solved with
    SolutionTotals totals;
    bool transposable = true;
    std::string backend; // id of the one that did it
};

struct CompareReport {
    std::string file;
    std::string backend; // id of the first choice
    std::vector<TensorInfo> tensors;
    std::vector<ComparisonCase> cases; // patterns × methods, pattern by pattern
    std::vector<ComparedMask> masks; // tensor by tensor, each with those of the cases that fit it, in order
    std::vector<SkippedEntry> skipped; // tensors, and of those that were taken the patterns that do not fit
    std::string score = "abs"; // or "square", or a file's name
};

/// Runs each case on `backend`, or on `fallback` where that lacks the method. A tensor is read whole. Progress counts masks.
/// Before anything is read: Unsupported where neither knows a method that was asked for, Input where a pattern fits no
/// tensor, Resource where a tensor takes more than the memory limit; other errors as selectTensors, readMatrix and
/// runComparison.
Result<CompareReport> compareFile(const CompareSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                                  const Progress &progress, const Events &events = {});

} // namespace nms::jobs
