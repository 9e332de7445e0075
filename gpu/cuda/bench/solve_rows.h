// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/bench/rows.h"

#include <functional>

namespace nms::warp::bench {

/// What the peer takes for the same matrix, or nothing where there is none.
using Peer = std::function<Result<std::optional<double>>(NmPattern pattern)>;

/// Every method × 2:4, 4:8, 8:16, 16:32 on `side` × `side` Gaussian weights in fp32, fp16 and bf16 that lie in the memory of
/// the device. True if all that was found was right.
Result<bool> benchSolves(Machine &machine, const Matrix<float> &weights, const Peer &peer, const Report &report);

/// Gaussian; the same whatever the threads.
Matrix<float> gaussianWeights(std::int64_t rows, std::int64_t cols);

} // namespace nms::warp::bench
