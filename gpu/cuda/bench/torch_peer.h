// SPDX-License-Identifier: Apache-2.0
// The PyTorch peer (core/bench/torch_baseline.py) in a process of its own.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/sparsity/nm_pattern.h"

#include <string>

namespace nms::warp::bench {

/// What the peer takes for the tiles of `weights` on `device` ("cuda:0"), by its own clock, median of three. Unsupported
/// where `python` has no PyTorch, and in a build without core/bench's contenders (gpu-only).
Result<double> torchSeconds(const std::string &python, const std::string &device, const Matrix<float> &weights,
                            NmPattern pattern);

} // namespace nms::warp::bench
