// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prune/linear_algebra.h"

namespace nms {

/// OpenBLAS, which includes LAPACK; loaded by the first call, which returns an Unsupported error if it is not installed.
/// OpenBLAS has one thread count for the whole program: two calls at the same time use the count set last.
std::unique_ptr<LinearAlgebra> makeCpuAlgebra();

} // namespace nms
