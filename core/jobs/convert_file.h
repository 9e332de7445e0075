// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/io/convert.h"
#include "core/jobs/job.h"

#include <string>

namespace nms::jobs {

struct ConvertSettings {
    std::string in;
    std::string out; // its ending decides the format
};

/// .safetensors ↔ .h5, bit for bit: see convertWeights(), also for the errors. Progress counts bytes of tensor data;
/// events.tensor is told the name of the new file.
Result<ConvertSummary> convertFile(const ConvertSettings &settings, const Progress &progress, const Events &events = {});

} // namespace nms::jobs
