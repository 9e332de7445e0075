// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prune/linear_algebra.h"

namespace nms {

/// Eigen over OpenBLAS, and LAPACK. OpenBLAS counts its threads for the whole program: two at once share the last count
/// set.
std::unique_ptr<LinearAlgebra> makeCpuAlgebra();

} // namespace nms
