// SPDX-License-Identifier: Apache-2.0
// A whole model at a glance: what each pattern keeps of each tensor, what transposability costs, and which N is enough.
#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/tensor_selection.h"
#include "core/solver/solver_backend.h"
#include "core/sparsity/pattern_detection.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nms::jobs {

struct OverviewSettings {
    std::string file;
    TensorChoice tensors = {}; // with the smallest M
    std::vector<NmPattern> patterns = {{2, 4}, {4, 8}, {8, 16}, {16, 32}}; // each for the tensors that it fits
    Method method = provingMethod(); // by which `patterns` are solved; must be transposable
    double target =
        0; // share of the score, 0 < target < 1: find the smallest sufficient N of each M in `patterns`; 0: do not
    SolveOptions options = {}; // all but pattern, method and warm start
    std::int64_t memoryLimit = std::int64_t(2)
        << 30; // bytes; half of it for a matrix's weights, the other half for its scores
    std::string score = {}; // see ScoreSource::open(); empty: |W|
};

/// ΣA∘S and ΣA, in units of the score.
struct KeptScore {
    double kept = 0;
    double total = 0;
    double share() const { return total > 0 ? kept / total : 1; } // 0 to 1
    KeptScore &operator+=(const KeptScore &other);
};

/// The tile of which the optimal mask keeps the smallest share of the score.
struct WorstTile {
    std::string path; // of the matrix: "conv.weight[1,2]"
    std::int64_t tileRow = -1; // −1: all scores are 0
    std::int64_t tileCol = -1;
    double share = 1;
};

struct PatternCost {
    NmPattern pattern;
    KeptScore transposable; // by OverviewSettings::method
    KeptScore rows; // by N:M along rows alone, which is optimal for itself
    WorstTile worst; // of the transposable mask
    double price() const { return rows.share() - transposable.share(); } // what transposability costs, in shares
};

/// The smallest N of this M with which the best transposable mask keeps the target. N = M keeps all.
struct SufficientPattern {
    NmPattern pattern;
    KeptScore kept;
};

struct TensorOverview {
    TensorInfo tensor;
    DetectedPatterns patterns; // that hold already
    std::vector<PatternCost> costs; // of the patterns that fit it, in order
    std::vector<SufficientPattern> sufficient; // by M, ascending, of those that fit it
};

struct ModelOverview {
    std::string file;
    std::string score; // "abs", "square", or a file's name
    std::string backend;
    Method method = provingMethod(); // of `costs`; `sufficient` is always of the proven optimum
    double target = 0;
    std::vector<TensorOverview> tensors; // in the file's order
    std::vector<PatternCost> costs; // all tensors that the pattern fits together
    std::vector<SufficientPattern> sufficient; // one N of each M for all tensors that M fits together
    std::vector<SkippedEntry> skipped;
};

/// Solves every pattern on every tensor by settings.method and by N:M along rows, on `backend`, or on `fallback` where
/// that lacks the method. N is found by bisection: the optimum never falls with N. `onTensor` (may be empty) gets each
/// tensor when it is done, on the calling thread. Progress counts weights solved. Usage error for a target outside [0, 1);
/// other errors as compareFile.
///
///     auto model = modelOverview({.file = "model.safetensors", .target = 0.95}, backend, *cpuBackend(), progress);
///     model->sufficient.front().pattern.text(); // "3:4"
Result<ModelOverview> modelOverview(const OverviewSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                                    const Progress &progress, const Events &events = {},
                                    const std::function<void(const TensorOverview &)> &onTensor = {});

} // namespace nms::jobs
