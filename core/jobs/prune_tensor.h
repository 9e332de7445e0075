// SPDX-License-Identifier: Apache-2.0
// Pruning one tensor of a file, matrix by matrix. Private to core/jobs.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_writer.h"
#include "core/io/weights_copy.h"
#include "core/jobs/prune_file.h"

#include <memory>
#include <vector>

namespace nms::jobs {

/// Activations, open.
struct CalibrationFile {
    std::unique_ptr<TensorSource> source; // null: none
    const std::vector<CalibrationRule> &rules;
};

struct PruneTensorParts {
    TensorSource &weights;
    const CalibrationFile &calibration;
    const PruneOptions &options;
    PruneParts pruning;
    WeightsCopy &copy;
    MaskWriter *masks; // null: none
};

/// Everything that can be refused before anything is read: types, activations and their shapes.
Status checkPrunable(const TensorSource &weights, const TensorInfo &tensor, const CalibrationFile &calibration,
                     const PruneOptions &options);

/// Prunes and writes it. Progress counts weights.
Result<PrunedTensor> pruneTensor(const PruneTensorParts &parts, const TensorInfo &tensor, const Progress &progress);

} // namespace nms::jobs
