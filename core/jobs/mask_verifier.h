// SPDX-License-Identifier: Apache-2.0
// Checks one mask of a file tile by tile; believes nothing that the file says of itself.
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

/// What a mask of the file must keep: what its method promises, of which masked weights may show less (a kept zero reads as
/// dropped); where no method is named, n of m along rows and columns of every full tile.
MaskPromise promiseOf(const MaskEntry &entry, NmPattern pattern);
/// "rows and columns", "rows, at most", "total".
std::string textOf(const MaskPromise &promise);

struct MaskVerdict {
    MaskReport report;
    MaskPromise promise;
    MaskEntry entry; // what the file says of itself
    bool rowsHold = true; // no row of a tile keeps more than n, whatever was promised
    bool columnsHold = true;
    std::int64_t violatingTiles = 0;
    std::vector<std::string> violations; // the first 16, in tile order: "tile (3, 7): row 51 keeps 9, must keep 8"
    std::vector<std::string> falseClaims; // facts of the file that the weights refute
    bool holds() const { return violatingTiles == 0 && falseClaims.empty(); }
};

struct VerifyContext {
    MaskFile &masks;
    TensorSource *weights = nullptr; // null: counts alone are checked
    SolverBackend &backend; // must support exact
    const ScoreSource *score = nullptr; // that the masks were made by; null: what the file says of each, |W| where nothing
};

/// `pattern` is what the mask is held against; `lines` where other ones than its method's promise are to be counted. Input
/// error naming file and tensor where the mask cannot be read, where the weights lack its tensor or have another shape, or
/// hold NaN or Inf. Progress counts tiles. Memory: a few row panels. Objective and gap stay unknown where a mask was made by
/// scores from a file that is not given.
Result<MaskVerdict> verifyMask(const VerifyContext &context, const MaskEntry &entry, NmPattern pattern,
                               const Progress &progress, std::optional<MaskPromise::Lines> lines = {});

} // namespace nms::jobs
