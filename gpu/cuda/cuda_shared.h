// SPDX-License-Identifier: Apache-2.0
// Memory of a CUDA device that Vulkan can open.
#pragma once

#include "gpu/cuda/queue.h"

namespace nms::warp {

/// The device's id for other APIs; none if its memory cannot be shared.
std::optional<DeviceId> sharedCudaId(int device);

/// Allocates at least `bytes` bytes. Resource error if there is not enough memory, Unsupported if the driver cannot share.
Result<SharedBlock> takeSharedCuda(int device, std::int64_t bytes);

} // namespace nms::warp
