// SPDX-License-Identifier: Apache-2.0
// Checks one mask of a file tile by tile, without trusting what the file says about itself.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_file.h"
#include "core/jobs/mask_report.h"
#include "core/jobs/score_source.h"
#include "core/solver/solver_backend.h"
#include "core/sparsity/metrics.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nms::jobs {

/// What a mask of the file must keep: what its method promises, but masked weights may keep less (a kept zero reads as
/// dropped); if no method is named, n of m along rows and columns of every full tile.
MaskPromise promiseOf(const MaskEntry &entry, NmPattern pattern);
/// "rows and columns", "rows, at most", "total".
std::string textOf(const MaskPromise &promise);

struct MaskVerdict {
    MaskReport report;
    MaskPromise promise;
    MaskEntry entry; // what the file says about itself
    bool rowsHold = true; // no row of a tile keeps more than n, whatever the promise
    bool columnsHold = true;
    std::int64_t violatingTiles = 0;
    std::vector<std::string> violations; // the first 16, in tile order: "tile (3, 7): row 51 keeps 9, must keep 8"
    std::vector<std::string> falseClaims; // attributes of the file that the weights disprove
    bool holds() const { return violatingTiles == 0 && falseClaims.empty(); }
};

struct VerifyContext {
    MaskFile &masks;
    TensorSource *weights = nullptr; // null: only counts are checked
    SolverBackend &backend; // must support exact
    const ScoreSource *score = nullptr; // by which the masks were made; null: as the file says for each, or |W|
};

/// `pattern` is what the mask must obey; `lines` is given if lines other than those of its method's promise are to be
/// counted. Input error naming file and tensor if the mask cannot be read, or if the weights lack its tensor, have another
/// shape, or hold NaN or Inf. Progress counts tiles. Memory: a few row panels. Objective and gap are unknown if a mask was
/// made by scores from a file that is not given.
Result<MaskVerdict> verifyMask(const VerifyContext &context, const MaskEntry &entry, NmPattern pattern,
                               const Progress &progress, std::optional<MaskPromise::Lines> lines = {});

} // namespace nms::jobs
