// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/queue.h"

#include <cuda_runtime_api.h>

namespace nms::warp {

/// A stream of `device`, with its own memory there. `threads`: maximum number of threads that copy for uploads; 0: as many
/// as are useful.
Result<std::unique_ptr<Queue>> makeCudaQueue(int device, int threads = 0);

/// `error` as an Error with a remedy; `what` is the operation that failed.
Unexpected<Error> cudaFailure(int device, cudaError_t error, const std::string &what);

} // namespace nms::warp
