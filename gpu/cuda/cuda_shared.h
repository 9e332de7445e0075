// SPDX-License-Identifier: Apache-2.0
// Memory of a CUDA device that Vulkan can open.
#pragma once

#include "gpu/cuda/queue.h"

namespace nms::warp {

/// What the device is called; nothing where its memory cannot be given to others.
std::optional<DeviceId> sharedCudaId(int device);

/// Of at least so many bytes. Resource error where there is no room, Unsupported where the driver cannot.
Result<SharedBlock> takeSharedCuda(int device, std::int64_t bytes);

} // namespace nms::warp
