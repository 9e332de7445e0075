// SPDX-License-Identifier: Apache-2.0
// Every tile of every mask of a file checked again, objective and gap recomputed from the weights.
#pragma once

#include "core/base/result.h"
#include "core/jobs/job.h"
#include "core/jobs/mask_verifier.h"
#include "core/solver/solver_backend.h"

#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

struct VerifySettings {
    std::string masks;
    std::string weights = {}; // the file that they were made for; empty: counts alone are checked
    std::optional<NmPattern> pattern = {}; // to hold them against; none: what the file says of each
    std::vector<AxesRule> axes = {}; // of the weights' tensors; empty: what the file says, or names and shapes tell
    std::string score = {}; // that they were made by, see ScoreSource::open(); empty: what the file says of each
};

struct VerifyReport {
    std::string masks;
    std::string backend; // id
    std::vector<MaskVerdict> verdicts; // in the file's order
    std::vector<SkippedEntry> skipped; // weights that are dense, or pruned without a pattern

    bool holds() const;
};

/// A mask that does not hold is a verdict, not an error. `backend` must support exact. Progress counts tiles of all masks.
/// Where a pattern is neither given nor in the file, the strongest that is found in the mask; Input error where none is. A
/// file without masks is looked at as pruned weights: a pattern holds where at most n of m are not zero; dense tensors are
/// listed. Other errors as MaskFile, openWeights and verifyMask.
Result<VerifyReport> verifyFile(const VerifySettings &settings, SolverBackend &backend, const Progress &progress,
                                const Events &events = {});

} // namespace nms::jobs
