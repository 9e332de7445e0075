// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/queue.h"

#include <cuda_runtime_api.h>

namespace nms::warp {

/// A stream of `device`; with its own memory there. `threads`: as many at most copy what is uploaded; 0: as many as pay.
Result<std::unique_ptr<Queue>> makeCudaQueue(int device, int threads = 0);

/// What `error` means for a person. `what` was being done.
Unexpected<Error> cudaFailure(int device, cudaError_t error, const std::string &what);

} // namespace nms::warp
