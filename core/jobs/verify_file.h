// SPDX-License-Identifier: Apache-2.0
// Checks every tile of every mask of a file, and recomputes objective and gap from the weights.
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
    std::string weights = {}; // the file for which they were made; empty: only counts are checked
    std::optional<NmPattern> pattern = {}; // against which masks are checked; none: what the file says for each
    std::vector<AxesRule> axes = {}; // of the weights' tensors; empty: from the file, or from names and shapes
    std::string score = {}; // by which they were made, see ScoreSource::open(); empty: as the file says for each
};

struct VerifyReport {
    std::string masks;
    std::string backend; // id
    std::vector<MaskVerdict> verdicts; // in the file's order
    std::vector<SkippedEntry> skipped; // weights that are dense, or pruned without a pattern

    bool holds() const;
};

/// A mask that does not hold is a verdict, not an error. `backend` must support exact. Progress counts tiles of all masks.
/// If a pattern is neither given nor in the file, the strongest one found in the mask is used; Input error if there is none.
/// A file without masks is checked as pruned weights: a pattern holds if at most n of m are nonzero; dense tensors are
/// listed as skipped. Other errors as MaskFile, openWeights and verifyMask.
Result<VerifyReport> verifyFile(const VerifySettings &settings, SolverBackend &backend, const Progress &progress,
                                const Events &events = {});

/// The same of masks that are open, with weights and scores that are; of `settings` the pattern alone counts, and the name
/// of the masks for errors.
Result<VerifyReport> verifyMasks(const VerifyContext &context, const VerifySettings &settings, const Progress &progress);

} // namespace nms::jobs
