// SPDX-License-Identifier: Apache-2.0
// Draws ImGui's triangles into an image on the CPU: for the overlay without Vulkan, and for tests.
#pragma once

#include "core/view/heatmap_scene.h"

#include <imgui.h>

namespace nms::overlay {

/// Sets the renderer fields that ImGui expects and rasterises the font atlas. Call once per context, which must be current.
void prepareSoftwareRendering();

/// Blends over `image`, whose size must be DisplaySize. The only texture is the font atlas of the current context.
void renderSoftware(const ImDrawData &data, Image &image);

} // namespace nms::overlay
