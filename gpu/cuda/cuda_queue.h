// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cuda/queue.h"

#include <cuda_runtime_api.h>

namespace nms::warp {

/// A stream of `device`; with its own memory there.
Result<std::unique_ptr<Queue>> makeCudaQueue(int device);

/// What `error` means for a person. `what` was being done.
Unexpected<Error> cudaFailure(int device, cudaError_t error, const std::string &what);

} // namespace nms::warp
