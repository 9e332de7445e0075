// SPDX-License-Identifier: Apache-2.0
// Draws ImGui's triangles into an image on the CPU: the overlay where there is no Vulkan, and in tests.
#pragma once

#include "core/view/heatmap_scene.h"

#include <imgui.h>

namespace nms::overlay {

/// Sets what ImGui asks of a renderer and rasterises the font atlas, once for each context (made current before).
void prepareSoftwareRendering();

/// Blends over `image`, which must have DisplaySize. The only texture is the font atlas of the current context.
void renderSoftware(const ImDrawData &data, Image &image);

} // namespace nms::overlay
