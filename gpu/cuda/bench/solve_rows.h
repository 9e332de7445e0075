// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/bench/rows.h"

#include <functional>

namespace nms::warp::bench {

/// Seconds that the peer needs for the same matrix; none if there is no peer.
using Peer = std::function<Result<std::optional<double>>(NmPattern pattern)>;

/// What is timed; all of it without a value.
struct Selection {
    std::optional<Method> method;
    std::optional<NmPattern> pattern;
};

/// Every method × 2:4, 4:8, 8:16, 16:32, or the selected ones, on `side` × `side` Gaussian weights in fp32, fp16 and bf16 in
/// device memory. True if all results were correct.
Result<bool> benchSolves(Machine &machine, const Matrix<float> &weights, const Selection &selection, const Peer &peer,
                         const Report &report);

/// Gaussian weights, independent of the number of threads.
Matrix<float> gaussianWeights(std::int64_t rows, std::int64_t cols);

} // namespace nms::warp::bench
