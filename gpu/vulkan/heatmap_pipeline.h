// SPDX-License-Identifier: Apache-2.0
// The shaders of a heat map and their inputs: descriptors, push constants, variants.
#pragma once

#include "core/view/heatmap_plan.h"
#include "gpu/vulkan/resources.h"

#include <array>
#include <span>

namespace nms::vulkan {

/// Push constants, as in heatmap.frag.
struct HeatmapParameters {
    struct Layer {
        float low, origin, factor;
        std::uint32_t logarithmic;
        std::int32_t strideColumns, strideRows;
    };
    Layer layers[2]; // field, tile map
    HeatmapPlan::Outline selectionOutline, hoverOutline;
    Rgba8 background, tileLine, accent, hover;
    Rgba8 nan, positiveInfinity, negativeInfinity;
    std::uint32_t width, height;
    std::uint32_t prefersField;
    float groundWeight, cellLineWeight, tileLineWeight;
};
static_assert(sizeof(Rgba8) == 4 && sizeof(HeatmapParameters) == 116, "at most the 128 bytes that every device has");

HeatmapParameters parametersOf(const HeatmapScene &scene, const HeatmapPlan &plan);

/// Descriptor set 0: a storage buffer (two fineColorTable, then AxisPixel of columns and of rows) and two
/// sampled images (field, tile map).
class HeatmapPipeline
{
public:
    static Result<HeatmapPipeline> create(VkDevice device, VkRenderPass renderPass);

    VkDescriptorSetLayout descriptorLayout() const { return m_descriptorLayout.get(); }
    VkPipelineLayout layout() const { return m_layout.get(); }
    VkPipeline variant(bool usesField, bool usesTiles) const { return m_variants[variantIndex(usesField, usesTiles)].get(); }

private:
    static std::size_t variantIndex(bool usesField, bool usesTiles) { return (usesField ? 1u : 0u) + (usesTiles ? 2u : 0u); }
    Status createLayouts(VkDevice device);
    Status createVariants(VkDevice device, VkRenderPass renderPass);

    UniqueDescriptorLayout m_descriptorLayout;
    UniquePipelineLayout m_layout;
    std::array<UniquePipeline, 4> m_variants;
};

} // namespace nms::vulkan
