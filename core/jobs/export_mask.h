// SPDX-License-Identifier: Apache-2.0
// Writes a mask that is already in memory to a file.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_facts.h"
#include "core/jobs/job.h"
#include "core/solver/solution.h"
#include "core/tensor/tensor_source.h"

#include <string>

namespace nms::jobs {

struct ExportSettings {
    std::string weights; // the file that the tensor came from; masked weights are read from it again
    std::string out; // .h5 or .safetensors; never `weights` itself
    MaskFormat format = MaskFormat::Bytes;
    std::string score = {}; // name of the score in the mask's attributes; empty: |W|
};

/// Writes the mask of `tensor` with the attributes of its solution, as solveFile does; `out` is replaced completely or not
/// at all. Progress counts rows. Errors: those of MaskWriter and openWeights; Cancelled.
Status exportMask(const ExportSettings &settings, const TensorInfo &tensor, const Solution &solution,
                  const Progress &progress);

} // namespace nms::jobs
