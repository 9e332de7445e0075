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
    std::string out; // its ending decides the format
    bool skipUnreadable = false; // leave out what cannot be carried over
};

/// .safetensors ↔ .h5, bit for bit: see convertWeights(), also for the errors. Progress counts bytes of tensor data;
/// events.tensor is told the name of the new file, `leftOut` before the work what cannot be carried over, also where that is
/// an error.
Result<ConvertSummary> convertFile(const ConvertSettings &settings, const Progress &progress, const Events &events = {},
                                   const std::function<void(const SkippedEntry &)> &leftOut = {});

} // namespace nms::jobs
