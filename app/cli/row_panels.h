// SPDX-License-Identifier: Apache-2.0
// Walking through a tensor larger than memory.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace nms::cli {

/// Rows to move at once so that Ctrl-C is heard soon: about 16 MiB of float32, also through gzip.
std::int64_t rowsPerBlock(std::int64_t cols);

using PanelVisitor = std::function<Status(std::int64_t row0, Span2d<const float> rows)>;

/// Reads the tensor top to bottom, panelRows rows at a time. Cancelled when `stop` is requested between panels.
Status forEachPanel(TensorSource &source, const TensorInfo &tensor, std::int64_t panelRows, const std::stop_token &stop,
                    const PanelVisitor &visit);

enum class NonFinite { Allowed, Refused };

/// The whole tensor. Resource error where it takes more than `byteLimit`, Input error naming the first NaN or Inf where
/// these are refused. Cancelled when `stop` is requested.
Result<Matrix<float>> readWhole(TensorSource &source, const TensorInfo &tensor, std::int64_t byteLimit, NonFinite nonFinite,
                                const std::stop_token &stop);

/// The error of everything that Ctrl-C ended.
Error cancelled();

} // namespace nms::cli
