// SPDX-License-Identifier: Apache-2.0
// Layer-wise pruning of a whole model: weights and activations in, the model with pruned weights out.
#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/tensor_selection.h"
#include "core/prune/calibration.h"
#include "core/prune/layer_run.h"
#include "core/solver/solver_backend.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

struct PruneFileSettings {
    std::string file; // the weights
    std::string out; // the pruned model: the file again, of which only the taken tensors differ (WeightsCopy)
    std::string masks = {}; // a file for the masks, too; empty: none
    std::string calibration = {}; // activations (calibration.h); magnitude can do without, and then tells no error
    std::vector<CalibrationRule> rules = {};
    TensorChoice tensors = {};
    PruneOptions options = {};
    bool copyRest = false; // of a folder: what lies beside the weights, too

    /// Each tensor gets its own pattern: together they keep this part of the weights, and the sum of their errors, each
    /// times its weight in the file `sensitivity`, is near the least that such patterns reach (budget.h). Every pattern is
    /// tried on every tensor first.
    std::optional<double> budget = {};
    std::string sensitivity = {}; // JSON, {"tensor path": weight ≥ 0, …}: what a tensor's error costs the model
    std::vector<NmPattern> patterns = {}; // to choose from; none: N in eighths of the pattern's M

    bool resume = false; // finished tensors are kept beside `out` until it is written, and not pruned again
};

/// What became of one tensor. Of a stack (experts, a conv kernel's positions) all matrices together, each pruned with the
/// activations at its own path ("experts[3]").
struct PrunedTensor {
    MaskReport report; // objective, bound and gap: of the last choice of tiles, by the framework's own score
    SolutionTotals totals;
    std::optional<double> error; // ‖XW − XŴ‖²/‖XW‖² of the weights as they are written; nothing without activations
    std::optional<double> energy; // ‖XW‖²
    std::int64_t samples = 0; // 0: H itself was given, or nothing
    std::int64_t deadInputs = 0; // always 0
    int iterations = 0; // of the framework
    int refinements = 0; // of conjugate gradients, at most
    double calibrationSeconds = 0; // reading X and XᵀX
    double tileSeconds = 0; // of report.seconds, choosing entries
    std::map<int, std::int64_t> blocksByKeep = {}; // with blocks: how many keep each N
    std::int64_t tileSolves = 0; // so many times a tile was solved: ALPS does each in every iteration
    double microsecondsPerTile() const { return tileSolves > 0 ? 1e6 * tileSeconds / double(tileSolves) : 0; }
};

struct PruneFileReport {
    std::string file;
    std::string out;
    std::string masks;
    PruneOptions options;
    std::string backend; // id
    std::string algebra; // id
    std::vector<PrunedTensor> tensors; // in the order in which they were pruned
    std::vector<SkippedEntry> skipped;
    int resumed = 0; // tensors that an earlier run had finished
    std::optional<double> meanError() const; // of the tensors that have one
};

/// Prunes each selected tensor whole in memory and writes `out` (and `masks`) when all is done, or not at all. Before the
/// first, everything that can be told without reading is checked: tensors, activations and their shapes, room. Orientation:
/// axes that say "in × out" are pruned as out × in; where nobody says which is which, rows are outputs. Progress counts
/// weights. Errors: those of openWeights, selectTensors, findCalibration, startLayer, WeightsCopy and MaskWriter, with file
/// and tensor; Input for NaN and Inf; Cancelled.
///
///     PruneFileSettings settings{.file = "model.safetensors", .out = "pruned.safetensors", .calibration = "x.h5"};
///     settings.options.tiles.pattern = {8, 16};
///     const auto report = pruneFile(settings, {*backend, *algebra}, {stop, showCounts});
Result<PruneFileReport> pruneFile(const PruneFileSettings &settings, PruneParts parts, const Progress &progress,
                                  const Events &events = {});

} // namespace nms::jobs
