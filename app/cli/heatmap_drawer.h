// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/view/heatmap_scene.h"

#include <functional>

namespace nms::cli {

/// Makes the picture of a scene. One thread at a time.
using HeatmapDrawer = std::function<Image(const HeatmapScene &scene)>;

/// Draws with Vulkan like the window, or else, and in a program that is built without it, on the CPU: the same picture, more
/// slowly. Why Vulkan cannot be used is said once, on standard error.
HeatmapDrawer makeHeatmapDrawer();

} // namespace nms::cli
