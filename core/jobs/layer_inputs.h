// SPDX-License-Identifier: Apache-2.0
// What goes into one layer, from a calibration file: what a window asks before it prunes the tensor that it holds.
#pragma once

#include "core/base/progress.h"
#include "core/prune/calibration.h"

#include <string>

namespace nms::jobs {

/// What the file has of a layer; nothing of its data has been read.
struct LayerInputs {
    std::string path; // in the calibration file
    bool isGram = false; // H itself
    std::int64_t samples = 0; // 0: not known, as H itself is there
    std::int64_t inputs = 0;
};

/// True where the rows of the tensor's matrix are the layer's inputs: it is pruned the other way round.
bool isInByOut(const TensorInfo &tensor);

/// `tensor` is one matrix. Errors as openWeights, findCalibration and checkCalibration.
Result<LayerInputs> describeInputs(const std::string &calibration, const TensorInfo &tensor, const std::stop_token &stop);

/// H of what goes into it. `progress` counts rows of X. Errors as describeInputs and readGram.
Result<Gram> readInputs(const std::string &calibration, const TensorInfo &tensor, LinearAlgebra &algebra, int threads,
                        const Progress &progress);

} // namespace nms::jobs
