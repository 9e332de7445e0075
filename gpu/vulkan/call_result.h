// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <vulkan/vulkan.h>

#include <string>

namespace nms::vulkan {

/// Success, or an Error that names `call`, the cause and the remedy: Resource for memory, Device for everything else.
Status check(VkResult result, const std::string &call);

} // namespace nms::vulkan
