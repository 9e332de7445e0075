// SPDX-License-Identifier: Apache-2.0
// Linear algebra implemented naively, in double precision, that shares no code with any other implementation.
#pragma once

#include "core/prune/linear_algebra.h"

namespace nms::test {

std::unique_ptr<LinearAlgebra> makeNaiveAlgebra();

} // namespace nms::test
