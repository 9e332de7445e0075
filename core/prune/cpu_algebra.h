// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prune/linear_algebra.h"

namespace nms {

/// OpenBLAS, which also has LAPACK; opened by the first call, which is an Unsupported error where it is not installed. It counts
/// its threads for the whole program: two calls at once share the last count set.
std::unique_ptr<LinearAlgebra> makeCpuAlgebra();

} // namespace nms
