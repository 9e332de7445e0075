// SPDX-License-Identifier: Apache-2.0
// Finds the tensors that hold NaN or Inf, before any work is done on them. Private to core/jobs.
#pragma once

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <optional>
#include <string>

namespace nms::jobs {

/// "holds NaN at (20, 7)", for the first one in the matrix; none if all values are finite. Reads the tensor to its end, or
/// up to that place, in bounded memory. Progress counts entries. Other errors as reading, Cancelled.
Result<std::optional<std::string>> invalidPlaceOf(TensorSource &source, const TensorInfo &tensor, const Progress &progress);

/// The error if no tensor is left; `last` is the last of the `count` tensors that were left out.
Error nothingFinite(const std::string &fileName, const SkippedEntry &last, std::size_t count);

} // namespace nms::jobs
