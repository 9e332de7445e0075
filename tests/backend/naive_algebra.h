// SPDX-License-Identifier: Apache-2.0
// Linear algebra written down naively, in double, sharing no code with any other.
#pragma once

#include "core/prune/linear_algebra.h"

namespace nms::test {

std::unique_ptr<LinearAlgebra> makeNaiveAlgebra();

} // namespace nms::test
