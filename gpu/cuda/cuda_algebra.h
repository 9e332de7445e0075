// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/prune/linear_algebra.h"

#include <memory>

namespace nms {

/// cuBLAS and cuSOLVER on one device, in float32 without TF32, factors in double. Each call copies its matrices to the
/// device and back; data that is used again (H, its inverse) stays there. The libraries are loaded on first use, so that the
/// program starts without them. Device error if there is no such device, or if they are missing.
Result<std::unique_ptr<LinearAlgebra>> makeCudaAlgebra(int device);

} // namespace nms
