// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/io/convert.h"
#include "core/jobs/job.h"

#include <functional>
#include <string>

namespace nms::jobs {

struct ConvertSettings {
    std::string in;
    std::string out; // its extension decides the format
    bool skipUnreadable = false; // leave out tensors that cannot be converted
};

/// .safetensors ↔ .h5, bit for bit: see convertWeights(), also for the errors. Progress counts bytes of tensor data.
/// events.tensor is called with the name of the new file; `leftOut` is called before the work, once for each tensor that
/// cannot be converted, even if that is an error.
Result<ConvertSummary> convertFile(const ConvertSettings &settings, const Progress &progress, const Events &events = {},
                                   const std::function<void(const SkippedEntry &)> &leftOut = {});

} // namespace nms::jobs
