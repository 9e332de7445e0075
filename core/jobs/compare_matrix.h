// SPDX-License-Identifier: Apache-2.0
// Patterns × methods on one matrix, row by row.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/methods/score.h"
#include "core/solver/solver_backend.h"
#include "core/sparsity/metrics.h"

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

struct ComparisonCase {
    NmPattern pattern;
    Method method = provingMethod();
};

struct ComparisonRow {
    ComparisonCase which;
    MaskSums sums; // of the weights
    MaskMetrics metrics; // of these: kept magnitude, relative squared error
    SolutionTotals totals; // objective, certified bound, gap
    double seconds = 0; // solving alone
    bool transposable = true;
    std::string backend; // id of the backend that solved it

    ComparisonRow &operator+=(const ComparisonRow &following); // adds the same case on another matrix of the stack
};

/// All cases of patterns × methods, pattern by pattern.
std::vector<ComparisonCase> crossProduct(const std::vector<NmPattern> &patterns, const std::vector<Method> &methods);

/// Runs the cases in order on `backend` (on `fallback` where `backend` lacks the method) and calls onRow after each, on the
/// calling thread, which must not be the GUI thread: the call blocks until all cases are solved. The scores are |W|, or what
/// `score` computes from the weights (once, for all cases). A pattern whose m is larger than a side of the matrix is an
/// Input error, a method that neither backend has is an Unsupported error; both are reported before the first case.
/// Returns early with Cancelled when `stop` is requested.
Status runComparison(SolverBackend &backend, SolverBackend &fallback, Span2d<const float> weights,
                     const std::vector<ComparisonCase> &cases, const SolveOptions &base, const std::stop_token &stop,
                     const std::function<void(const ComparisonRow &)> &onRow, const ScoreRows &score = {});

} // namespace nms
