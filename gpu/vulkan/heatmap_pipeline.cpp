// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/heatmap_pipeline.h"

#include <bit>

namespace nms::vulkan {

namespace {

static_assert(std::endian::native == std::endian::little, "the shader unpacks Rgba8 from little-endian words");

constexpr std::uint32_t vertexCode[] = {
#include "shaders/heatmap.vert.inc"
};
constexpr std::uint32_t fragmentCode[] = {
#include "shaders/heatmap.frag.inc"
};

Result<UniqueShader> createShader(VkDevice device, std::span<const std::uint32_t> code)
{
    VkShaderModuleCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
    info.codeSize = code.size_bytes();
    info.pCode = code.data();
    VkShaderModule shader = VK_NULL_HANDLE;
    if (auto status = check(vkCreateShaderModule(device, &info, nullptr, &shader), "vkCreateShaderModule"); !status)
        return fail(status.error());
    return UniqueShader(device, shader);
}

VkPipelineShaderStageCreateInfo stage(VkShaderStageFlagBits which, VkShaderModule shader)
{
    VkPipelineShaderStageCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage = which;
    info.module = shader;
    info.pName = "main";
    return info;
}

HeatmapParameters::Layer layerOf(const ValueScale &scale, std::int32_t strideColumns, std::int32_t strideRows)
{
    return {scale.low, scale.origin(), scale.factor(), scale.isLogarithmic() ? 1u : 0u, strideColumns, strideRows};
}

} // namespace

HeatmapParameters parametersOf(const HeatmapScene &scene, const HeatmapPlan &plan)
{
    const ThemeColors &theme = scene.theme;
    return {
        {layerOf(scene.scale, plan.columns.fieldStride, plan.rows.fieldStride),
         layerOf(scene.tileScale, plan.columns.tileStride, plan.rows.tileStride)},
        HeatmapPlan::selectionOutline,
        HeatmapPlan::hoverOutline,
        theme.background,
        theme.tileLine,
        theme.accent,
        theme.text,
        nanColor,
        positiveInfinityColor,
        negativeInfinityColor,
        static_cast<std::uint32_t>(scene.camera.width),
        static_cast<std::uint32_t>(scene.camera.height),
        plan.prefersField ? 1U : 0U,
        plan.groundWeight,
        plan.cellLineWeight,
        plan.tileLineWeight,
    };
}

Result<HeatmapPipeline> HeatmapPipeline::create(VkDevice device, VkRenderPass renderPass)
{
    HeatmapPipeline pipeline;
    if (auto status = pipeline.createLayouts(device); !status)
        return fail(status.error());
    if (auto status = pipeline.createVariants(device, renderPass); !status)
        return fail(status.error());
    return pipeline;
}

Status HeatmapPipeline::createLayouts(VkDevice device)
{
    const auto binding = [](std::uint32_t number, VkDescriptorType type) {
        return VkDescriptorSetLayoutBinding{number, type, 1, VK_SHADER_STAGE_FRAGMENT_BIT, nullptr};
    };
    const VkDescriptorSetLayoutBinding bindings[] = {binding(0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER),
                                                     binding(1, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE),
                                                     binding(2, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE)};
    VkDescriptorSetLayoutCreateInfo setInfo{};
    setInfo.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
    setInfo.bindingCount = 3;
    setInfo.pBindings = bindings;
    VkDescriptorSetLayout setLayout = VK_NULL_HANDLE;
    if (auto status =
            check(vkCreateDescriptorSetLayout(device, &setInfo, nullptr, &setLayout), "vkCreateDescriptorSetLayout");
        !status)
        return status;
    m_descriptorLayout = UniqueDescriptorLayout(device, setLayout);

    const VkPushConstantRange parameters{VK_SHADER_STAGE_FRAGMENT_BIT, 0, sizeof(HeatmapParameters)};
    VkPipelineLayoutCreateInfo layoutInfo{};
    layoutInfo.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    layoutInfo.setLayoutCount = 1;
    layoutInfo.pSetLayouts = &setLayout;
    layoutInfo.pushConstantRangeCount = 1;
    layoutInfo.pPushConstantRanges = &parameters;
    VkPipelineLayout layout = VK_NULL_HANDLE;
    if (auto status = check(vkCreatePipelineLayout(device, &layoutInfo, nullptr, &layout), "vkCreatePipelineLayout");
        !status)
        return status;
    m_layout = UniquePipelineLayout(device, layout);
    return {};
}

Status HeatmapPipeline::createVariants(VkDevice device, VkRenderPass renderPass)
{
    const auto vertex = createShader(device, vertexCode);
    if (!vertex)
        return fail(vertex.error());
    const auto fragment = createShader(device, fragmentCode);
    if (!fragment)
        return fail(fragment.error());

    VkPipelineVertexInputStateCreateInfo vertexInput{};
    vertexInput.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO;
    VkPipelineInputAssemblyStateCreateInfo assembly{};
    assembly.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO;
    assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    VkPipelineViewportStateCreateInfo viewport{};
    viewport.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO;
    viewport.viewportCount = 1;
    viewport.scissorCount = 1;
    VkPipelineRasterizationStateCreateInfo rasterization{};
    rasterization.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO;
    rasterization.polygonMode = VK_POLYGON_MODE_FILL;
    rasterization.cullMode = VK_CULL_MODE_NONE;
    rasterization.lineWidth = 1;
    VkPipelineMultisampleStateCreateInfo multisample{};
    multisample.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO;
    multisample.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
    // The window's render pass has a depth attachment, which a heat map does not use.
    VkPipelineDepthStencilStateCreateInfo depth{};
    depth.sType = VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO;
    VkPipelineColorBlendAttachmentState attachment{};
    attachment.colorWriteMask =
        VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
    VkPipelineColorBlendStateCreateInfo blend{};
    blend.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO;
    blend.attachmentCount = 1;
    blend.pAttachments = &attachment;
    const VkDynamicState dynamicStates[] = {VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    VkPipelineDynamicStateCreateInfo dynamic{};
    dynamic.sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO;
    dynamic.dynamicStateCount = 2;
    dynamic.pDynamicStates = dynamicStates;

    // The specialisation constants of heatmap.frag: 0 usesField, 1 usesTiles.
    const VkSpecializationMapEntry entries[] = {{0, 0, sizeof(VkBool32)}, {1, sizeof(VkBool32), sizeof(VkBool32)}};
    for (const bool usesField : {false, true}) {
        for (const bool usesTiles : {false, true}) {
            const VkBool32 constants[] = {usesField, usesTiles};
            const VkSpecializationInfo specialization{2, entries, sizeof constants, constants};
            VkPipelineShaderStageCreateInfo stages[] = {stage(VK_SHADER_STAGE_VERTEX_BIT, vertex->get()),
                                                        stage(VK_SHADER_STAGE_FRAGMENT_BIT, fragment->get())};
            stages[1].pSpecializationInfo = &specialization;

            VkGraphicsPipelineCreateInfo info{};
            info.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO;
            info.stageCount = 2;
            info.pStages = stages;
            info.pVertexInputState = &vertexInput;
            info.pInputAssemblyState = &assembly;
            info.pViewportState = &viewport;
            info.pRasterizationState = &rasterization;
            info.pMultisampleState = &multisample;
            info.pDepthStencilState = &depth;
            info.pColorBlendState = &blend;
            info.pDynamicState = &dynamic;
            info.layout = m_layout.get();
            info.renderPass = renderPass;
            VkPipeline pipeline = VK_NULL_HANDLE;
            const VkResult result = vkCreateGraphicsPipelines(device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline);
            if (auto status = check(result, "vkCreateGraphicsPipelines"); !status)
                return status;
            m_variants[variantIndex(usesField, usesTiles)] = UniquePipeline(device, pipeline);
        }
    }
    return {};
}

} // namespace nms::vulkan
