// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/prune/linear_algebra.h"

#include <memory>

namespace nms {

/// cuBLAS and cuSOLVER on one device, in float32 without TF32, factors in double; matrices go to the card and come back with
/// each call, what is used again (H, its inverse) stays there. The libraries are opened when they are first asked for, so
/// that the program starts without them. Device error where there is no such device, or they are missing.
Result<std::unique_ptr<LinearAlgebra>> makeCudaAlgebra(int device);

} // namespace nms
