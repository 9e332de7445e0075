// SPDX-License-Identifier: Apache-2.0
// Inputs of one layer from a calibration file, for a window that prunes a tensor in memory.
#pragma once

#include "core/base/progress.h"
#include "core/prune/calibration.h"

#include <string>

namespace nms::jobs {

/// What the file has for a layer; found without reading its data.
struct LayerInputs {
    std::string path; // in the calibration file
    bool isGram = false; // whether it is H itself
    std::int64_t samples = 0; // 0: unknown, because the file has H itself
    std::int64_t inputs = 0;
};

/// True if the rows of the tensor's matrix are the layer's inputs: it is transposed for pruning.
bool isInByOut(const TensorInfo &tensor);

/// `tensor` must be a single matrix. Errors as openWeights, findCalibration and checkCalibration.
Result<LayerInputs> describeInputs(const std::string &calibration, const TensorInfo &tensor, const std::stop_token &stop);

/// H of the layer's inputs. `progress` counts rows of X. Errors as describeInputs and readGram.
Result<Gram> readInputs(const std::string &calibration, const TensorInfo &tensor, LinearAlgebra &algebra, int threads,
                        const Progress &progress);

} // namespace nms::jobs
