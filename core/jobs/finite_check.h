// SPDX-License-Identifier: Apache-2.0
// Which tensors hold NaN or Inf, found out before any work is done on them. Private to core/jobs.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <optional>
#include <string>

namespace nms::jobs {

/// "holds NaN at (20, 7)", the first in the matrix; none where all values are finite. Reads the whole tensor in bounded
/// memory, or up to that place. Progress counts entries. Other errors as reading, Cancelled.
Result<std::optional<std::string>> invalidPlaceOf(TensorSource &source, const TensorInfo &tensor, const Progress &progress);

/// The error where nothing is left, `last` being the last of `count` tensors that were left out.
Error nothingFinite(const std::string &fileName, const SkippedEntry &last, std::size_t count);

} // namespace nms::jobs
