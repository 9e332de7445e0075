// SPDX-License-Identifier: Apache-2.0
// The PyTorch peer (tests/bench/torch_baseline.py) in a process of its own.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/sparsity/nm_pattern.h"

#include <string>

namespace nms::warp::bench {

/// What the peer takes for the tiles of `weights`, by its own clock, median of three. Missing error where `python` cannot be
/// run or has no PyTorch.
Result<double> torchSeconds(const std::string &python, const std::string &device, const Matrix<float> &weights,
                            NmPattern pattern);

} // namespace nms::warp::bench
