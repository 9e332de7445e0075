// SPDX-License-Identifier: Apache-2.0
// The PyTorch peer (core/bench/torch_baseline.py), run in its own process.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/sparsity/nm_pattern.h"

#include <string>

namespace nms::warp::bench {

/// Time that the peer needs for the tiles of `weights` on `device` ("cuda:0"), by its own clock, median of three.
/// Unsupported if `python` has no PyTorch, and in a build without core/bench's contenders (gpu-only).
Result<double> torchSeconds(const std::string &python, const std::string &device, const Matrix<float> &weights,
                            NmPattern pattern);

} // namespace nms::warp::bench
