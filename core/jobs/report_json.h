// SPDX-License-Identifier: Apache-2.0
// The reports of all jobs as JSON: command line, window and Python print the same objects, and scripts rely on the keys and
// their order. Text from untrusted files may not be valid UTF-8: dump with error_handler_t::replace. Any thread.
#pragma once

#include "core/jobs/compare_file.h"
#include "core/jobs/inspect_file.h"
#include "core/jobs/model_overview.h"
#include "core/jobs/prune_file.h"
#include "core/jobs/solve_file.h"
#include "core/jobs/verify_file.h"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace nms::jobs {

/// {"file", "format", "tensors", "skipped", "version"}. A tensor: "path", "shape", "dtype", "sparsity" (null if it is not a
/// matrix), "patterns" {"rows", "columns", "transposable"}, "layout", and if they apply "role" (if it is not a weight),
/// "non_finite", "mask", "unreadable". If hardware was requested, each tensor also has "hardware" {"summary", "engines":
/// [{"engine", "pattern", "along", "pass", "runs", "missing"}]}, and the report has "hardware": [{"engine", "name",
/// "version", "source", "looked_up", "ships"}].
nlohmann::ordered_json toJson(const InspectReport &report);

/// {"tensors", "skipped", "backend", "version", "source", "output"}. A tensor: a MaskReport with its convergence.
nlohmann::ordered_json toJson(const SolveFileReport &report);

/// {"tensors", "skipped", "backend", "version", "source"}. A tensor, once for each case: as a ComparedMask.
nlohmann::ordered_json toJson(const CompareReport &report);
/// {"tensors", "model", "target", "score", "skipped", "backend", "version", "source"}. A tensor: "path", "shape", "axes",
/// "patterns" {"rows", "columns", "transposable"} that hold, and as "model", which is all of them together, "costs":
/// [{"pattern", "kept_score", "kept_score_rows", "price", "worst_tile"}] and, with a target, "sufficient": [{"m", "pattern",
/// "kept_score"}]. Shares are 0 to 1; "worst_tile" is {"path", "tile": [row, column], "kept_score"} or null.
nlohmann::ordered_json toJson(const ModelOverview &overview);

/// {"tensors", "mean_error", "framework", "kind", "damping", "skipped", "backend", "algebra", "version", "source",
/// "output"}, "masks" if they were written. A tensor: a MaskReport ("seconds": pruning only), "framework", "kind", "error"
/// (null without activations), "energy", "samples", "dead_inputs", "kept_score", "iterations", "refinements",
/// "calibration_seconds", "tile_seconds", "tile_microseconds" (per tile solve).
nlohmann::ordered_json toJson(const PruneFileReport &report);

/// A MaskReport, "transposable", "backend", and convergence.
nlohmann::ordered_json toJson(const ComparedMask &mask);

/// {"tensors", "holds", "skipped", "backend", "version", "masks"}. A tensor: a MaskReport, "holds", "checked",
/// "violating_tiles", "violations", "false_claims", and if the file records them "tolerance" and "warm_start".
nlohmann::ordered_json toJson(const VerifyReport &report);

/// {"path", "shape", "pattern", "method", "objective", "upper_bound", "relative_gap", "kept_fraction", "tiles", "seconds",
/// "kept_magnitude", "relative_squared_error"}; unknown values are null.
nlohmann::ordered_json toJson(const MaskReport &report);

/// [{"path", "reason"}, …]
nlohmann::ordered_json toJson(const std::vector<SkippedEntry> &skipped);

} // namespace nms::jobs
