// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/heatmap_renderer.h"

#include "core/view/heatmap_plan.h"
#include "gpu/vulkan/resources.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

namespace nms::vulkan {

namespace {

constexpr std::uint32_t vertexCode[] = {
#include "shaders/heatmap.vert.inc"
};
constexpr std::uint32_t fragmentCode[] = {
#include "shaders/heatmap.frag.inc"
};

// A staging buffer beyond this is given back once its upload is over.
constexpr VkDeviceSize stagingKept = VkDeviceSize(16) << 20;

// As in heatmap.frag.
struct LayerHeader {
    float low, origin, factor;
    std::uint32_t logarithmic;
    std::int32_t strideColumns, strideRows;
    std::int32_t unused[2];
    Rgba8 table[256];
};
struct FrameHeader {
    Rgba8 background, tileLine, accent, hover;
    Rgba8 nan, positiveInfinity, negativeInfinity;
    std::uint32_t width;
    float fieldWeight, cellLineWeight, tileLineWeight;
    std::uint32_t height;
    std::uint32_t selectionWidth, hoverWidth;
    std::uint32_t unused[2];
    LayerHeader layers[2];
};
static_assert(sizeof(Rgba8) == 4 && sizeof(LayerHeader) == 32 + 1024 && sizeof(FrameHeader) == 64 + 2 * sizeof(LayerHeader));
static_assert(std::endian::native == std::endian::little, "the shader unpacks Rgba8 from little-endian words");

LayerHeader layerHeader(const ValueScale &scale, ColorMapId colors, std::int32_t strideColumns, std::int32_t strideRows)
{
    LayerHeader header{
        scale.low, scale.origin(), scale.factor(), scale.isLogarithmic() ? 1u : 0u, strideColumns, strideRows, {}, {}};
    std::ranges::copy(colorTable(colors), header.table);
    return header;
}

// A field or tile map as an image on the device. A layer without values is one texel that no pixel shows.
struct Layer {
    std::shared_ptr<const DeviceImage> image;
    std::optional<HeatmapField> shown; // what the image holds

    bool shows(const HeatmapField &field) const
    {
        return shown && shown->values == field.values && shown->version == field.version;
    }
};

using Fields = std::array<const HeatmapField *, 2>; // field, tile map

const Matrix<float> &texelsOf(const HeatmapField &field)
{
    static const Matrix<float> nothing(1, 1);
    return field.values && !field.values->empty() ? *field.values : nothing;
}

VkDeviceSize bytesOf(const Matrix<float> &texels)
{
    return static_cast<VkDeviceSize>(texels.size()) * sizeof(float);
}

struct Frame {
    HostBuffer axes; // FrameHeader, then AxisPixel of columns and rows
    HostBuffer staging;
    // What the commands of this frame read: an image that was replaced lives until its last frame is over.
    std::array<std::shared_ptr<const DeviceImage>, 2> images;
    VkDescriptorSet descriptors = VK_NULL_HANDLE;
    bool prepared = false;
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

void imageBarrier(VkCommandBuffer commands, VkImage image, VkPipelineStageFlags from, VkAccessFlags fromAccess,
                  VkPipelineStageFlags to, VkAccessFlags toAccess, VkImageLayout before, VkImageLayout after)
{
    VkImageMemoryBarrier barrier{};
    barrier.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER;
    barrier.srcAccessMask = fromAccess;
    barrier.dstAccessMask = toAccess;
    barrier.oldLayout = before;
    barrier.newLayout = after;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = image;
    barrier.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdPipelineBarrier(commands, from, to, 0, 0, nullptr, 0, nullptr, 1, &barrier);
}

} // namespace

struct HeatmapRenderer::Impl {
    explicit Impl(const Device &lent)
        : device(Device::borrow(lent.instance(), lent.physical(), lent.handle(), lent.queue(), lent.queueFamily())),
          maxImageSide(device.maxImageSide())
    { }

    Device device;
    std::uint32_t maxImageSide = 0;
    UniqueDescriptorLayout descriptorLayout;
    UniquePipelineLayout pipelineLayout;
    UniquePipeline pipeline;
    UniqueDescriptorPool descriptorPool;
    std::array<Layer, 2> layers; // field, tile map
    std::vector<Frame> frames;

    Status createDescriptors(int framesInFlight);
    Status createPipeline(VkRenderPass renderPass);
    Status checkSizes(const HeatmapScene &scene) const;
    // Images and staging for what changed; upload() then cannot fail, so that a layer is never marked as shown in vain.
    Status makeRoom(Frame &frame, const Fields &fields);
    void upload(VkCommandBuffer commands, Frame &frame, const Fields &fields);
    Status writeFrame(Frame &frame, const HeatmapScene &scene);
    void writeDescriptors(const Frame &frame);
};

Status HeatmapRenderer::Impl::createDescriptors(int framesInFlight)
{
    const auto binding = [](std::uint32_t number, VkDescriptorType type) {
        return VkDescriptorSetLayoutBinding{number, type, 1, VK_SHADER_STAGE_FRAGMENT_BIT, nullptr};
    };
    const VkDescriptorSetLayoutBinding bindings[] = {binding(0, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER),
                                                     binding(1, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE),
                                                     binding(2, VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE)};
    VkDescriptorSetLayoutCreateInfo layoutInfo{};
    layoutInfo.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
    layoutInfo.bindingCount = 3;
    layoutInfo.pBindings = bindings;
    VkDescriptorSetLayout layout = VK_NULL_HANDLE;
    if (auto status = check(vkCreateDescriptorSetLayout(device.handle(), &layoutInfo, nullptr, &layout),
                            "vkCreateDescriptorSetLayout");
        !status)
        return status;
    descriptorLayout = UniqueDescriptorLayout(device.handle(), layout);

    const auto count = static_cast<std::uint32_t>(framesInFlight);
    const VkDescriptorPoolSize sizes[] = {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, count},
                                          {VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, 2 * count}};
    VkDescriptorPoolCreateInfo poolInfo{};
    poolInfo.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    poolInfo.maxSets = count;
    poolInfo.poolSizeCount = 2;
    poolInfo.pPoolSizes = sizes;
    VkDescriptorPool pool = VK_NULL_HANDLE;
    if (auto status = check(vkCreateDescriptorPool(device.handle(), &poolInfo, nullptr, &pool), "vkCreateDescriptorPool");
        !status)
        return status;
    descriptorPool = UniqueDescriptorPool(device.handle(), pool);

    frames.resize(count);
    for (Frame &frame : frames) {
        VkDescriptorSetAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
        info.descriptorPool = pool;
        info.descriptorSetCount = 1;
        info.pSetLayouts = &layout;
        if (auto status =
                check(vkAllocateDescriptorSets(device.handle(), &info, &frame.descriptors), "vkAllocateDescriptorSets");
            !status)
            return status;
    }
    return {};
}

Status HeatmapRenderer::Impl::createPipeline(VkRenderPass renderPass)
{
    const VkDescriptorSetLayout setLayout = descriptorLayout.get();
    VkPipelineLayoutCreateInfo layoutInfo{};
    layoutInfo.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
    layoutInfo.setLayoutCount = 1;
    layoutInfo.pSetLayouts = &setLayout;
    VkPipelineLayout layout = VK_NULL_HANDLE;
    if (auto status =
            check(vkCreatePipelineLayout(device.handle(), &layoutInfo, nullptr, &layout), "vkCreatePipelineLayout");
        !status)
        return status;
    pipelineLayout = UniquePipelineLayout(device.handle(), layout);

    const auto vertex = createShader(device.handle(), vertexCode);
    if (!vertex)
        return fail(vertex.error());
    const auto fragment = createShader(device.handle(), fragmentCode);
    if (!fragment)
        return fail(fragment.error());
    const auto stage = [](VkShaderStageFlagBits which, VkShaderModule shader) {
        VkPipelineShaderStageCreateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
        info.stage = which;
        info.module = shader;
        info.pName = "main";
        return info;
    };
    const VkPipelineShaderStageCreateInfo stages[] = {stage(VK_SHADER_STAGE_VERTEX_BIT, vertex->get()),
                                                      stage(VK_SHADER_STAGE_FRAGMENT_BIT, fragment->get())};

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
    // The window's render pass has a depth attachment, which a heat map leaves alone.
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
    info.layout = layout;
    info.renderPass = renderPass;
    VkPipeline created = VK_NULL_HANDLE;
    const VkResult result = vkCreateGraphicsPipelines(device.handle(), VK_NULL_HANDLE, 1, &info, nullptr, &created);
    if (auto status = check(result, "vkCreateGraphicsPipelines"); !status)
        return status;
    pipeline = UniquePipeline(device.handle(), created);
    return {};
}

Status HeatmapRenderer::Impl::checkSizes(const HeatmapScene &scene) const
{
    if (scene.camera.width <= 0 || scene.camera.height <= 0)
        return fail(ErrorKind::Usage, "heat map", "the viewport has no pixels", "give it a width and a height");
    for (const HeatmapField *field : {&scene.field, &scene.tileMap}) {
        const std::int64_t side = field->values ? std::max(field->values->rows(), field->values->cols()) : 0;
        if (side > maxImageSide) {
            return fail(ErrorKind::Resource, device.name(),
                        "images have at most " + std::to_string(maxImageSide) + " texels a side, this one needs " +
                            std::to_string(side),
                        "show a region or an overview");
        }
    }
    return {};
}

Status HeatmapRenderer::Impl::makeRoom(Frame &frame, const Fields &fields)
{
    VkDeviceSize bytes = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        Layer &layer = layers[i];
        if (layer.shows(*fields[i]))
            continue;
        const Matrix<float> &texels = texelsOf(*fields[i]);
        bytes += bytesOf(texels);
        const VkExtent2D extent{static_cast<std::uint32_t>(texels.cols()), static_cast<std::uint32_t>(texels.rows())};
        if (layer.image && layer.image->extent.width == extent.width && layer.image->extent.height == extent.height)
            continue;
        layer = {};
        auto image = DeviceImage::create(device, extent, VK_FORMAT_R32_SFLOAT,
                                         VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT);
        if (!image)
            return fail(image.error());
        layer.image = std::make_shared<const DeviceImage>(std::move(*image));
    }
    if (bytes > frame.staging.size || frame.staging.size > std::max(bytes, stagingKept))
        frame.staging = {};
    if (bytes > frame.staging.size) {
        auto staging = HostBuffer::create(device, bytes, VK_BUFFER_USAGE_TRANSFER_SRC_BIT);
        if (!staging)
            return fail(staging.error());
        frame.staging = std::move(*staging);
    }
    return {};
}

void HeatmapRenderer::Impl::upload(VkCommandBuffer commands, Frame &frame, const Fields &fields)
{
    VkDeviceSize offset = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        Layer &layer = layers[i];
        frame.images[i] = layer.image;
        if (layer.shows(*fields[i]))
            continue;
        const Matrix<float> &texels = texelsOf(*fields[i]);
        std::memcpy(frame.staging.data + offset, texels.data(), bytesOf(texels));
        const VkImage image = layer.image->image.get();
        // Earlier frames may still read the image: wait for their fragment shaders on the queue.
        imageBarrier(commands, image, VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, 0, VK_PIPELINE_STAGE_TRANSFER_BIT,
                     VK_ACCESS_TRANSFER_WRITE_BIT, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
        VkBufferImageCopy copy{};
        copy.bufferOffset = offset;
        copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
        copy.imageExtent = {layer.image->extent.width, layer.image->extent.height, 1};
        vkCmdCopyBufferToImage(commands, frame.staging.buffer.get(), image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &copy);
        imageBarrier(commands, image, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                     VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, VK_ACCESS_SHADER_READ_BIT, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                     VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
        layer.shown = *fields[i];
        offset += bytesOf(texels);
    }
}

Status HeatmapRenderer::Impl::writeFrame(Frame &frame, const HeatmapScene &scene)
{
    const HeatmapPlan plan = planHeatmap(scene);
    const std::size_t columnBytes = plan.columns.pixels.size() * sizeof(AxisPixel);
    const std::size_t rowBytes = plan.rows.pixels.size() * sizeof(AxisPixel);
    const VkDeviceSize bytes = sizeof(FrameHeader) + columnBytes + rowBytes;
    if (bytes > frame.axes.size) {
        frame.axes = {};
        auto axes = HostBuffer::create(device, bytes, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT);
        if (!axes)
            return fail(axes.error());
        frame.axes = std::move(*axes);
    }
    const SceneTheme &theme = scene.theme;
    const FrameHeader header{
        theme.background,
        theme.tileLine,
        theme.accent,
        theme.hover,
        nanColor,
        positiveInfinityColor,
        negativeInfinityColor,
        static_cast<std::uint32_t>(scene.camera.width),
        plan.fieldWeight,
        plan.cellLineWeight,
        plan.tileLineWeight,
        static_cast<std::uint32_t>(scene.camera.height),
        HeatmapPlan::selectionWidth,
        HeatmapPlan::hoverWidth,
        {},
        {layerHeader(scene.scale, scene.colors, plan.columns.fieldStride, plan.rows.fieldStride),
         layerHeader(scene.tileScale, scene.tileColors, plan.columns.tileStride, plan.rows.tileStride)},
    };
    std::memcpy(frame.axes.data, &header, sizeof header);
    std::memcpy(frame.axes.data + sizeof header, plan.columns.pixels.data(), columnBytes);
    std::memcpy(frame.axes.data + sizeof header + columnBytes, plan.rows.pixels.data(), rowBytes);
    return {};
}

void HeatmapRenderer::Impl::writeDescriptors(const Frame &frame)
{
    const VkDescriptorBufferInfo buffer{frame.axes.buffer.get(), 0, VK_WHOLE_SIZE};
    const VkDescriptorImageInfo images[] = {
        {VK_NULL_HANDLE, frame.images[0]->view.get(), VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL},
        {VK_NULL_HANDLE, frame.images[1]->view.get(), VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL}};
    VkWriteDescriptorSet writes[2]{};
    writes[0].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    writes[0].dstSet = frame.descriptors;
    writes[0].descriptorCount = 1;
    writes[0].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    writes[0].pBufferInfo = &buffer;
    writes[1].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    writes[1].dstSet = frame.descriptors;
    writes[1].dstBinding = 1; // and goes on into binding 2
    writes[1].descriptorCount = 2;
    writes[1].descriptorType = VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE;
    writes[1].pImageInfo = images;
    vkUpdateDescriptorSets(device.handle(), 2, writes, 0, nullptr);
}

HeatmapRenderer::HeatmapRenderer(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) { }

HeatmapRenderer::~HeatmapRenderer() = default;

Result<std::unique_ptr<HeatmapRenderer>> HeatmapRenderer::create(const Device &device, VkRenderPass renderPass,
                                                                 int framesInFlight)
{
    auto impl = std::make_unique<Impl>(device);
    if (auto status = impl->createDescriptors(framesInFlight); !status)
        return fail(status.error());
    if (auto status = impl->createPipeline(renderPass); !status)
        return fail(status.error());
    return std::unique_ptr<HeatmapRenderer>(new HeatmapRenderer(std::move(impl)));
}

Status HeatmapRenderer::prepare(VkCommandBuffer commands, int frame, const HeatmapScene &scene)
{
    Frame &slot = m_impl->frames[static_cast<std::size_t>(frame)];
    slot.prepared = false;
    if (auto status = m_impl->checkSizes(scene); !status)
        return status;
    const Fields fields{&scene.field, &scene.tileMap};
    if (auto status = m_impl->writeFrame(slot, scene); !status)
        return status;
    if (auto status = m_impl->makeRoom(slot, fields); !status)
        return status;
    m_impl->upload(commands, slot, fields);
    m_impl->writeDescriptors(slot);
    slot.prepared = true;
    return {};
}

void HeatmapRenderer::record(VkCommandBuffer commands, int frame, const HeatmapScene &scene,
                             const std::optional<VkRect2D> &clip)
{
    const Frame &slot = m_impl->frames[static_cast<std::size_t>(frame)];
    if (!slot.prepared)
        return;
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, m_impl->pipeline.get());
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, m_impl->pipelineLayout.get(), 0, 1, &slot.descriptors,
                            0, nullptr);
    const VkExtent2D extent{static_cast<std::uint32_t>(scene.camera.width), static_cast<std::uint32_t>(scene.camera.height)};
    const VkViewport viewport{0, 0, static_cast<float>(extent.width), static_cast<float>(extent.height), 0, 1};
    const VkRect2D scissor = clip.value_or(VkRect2D{{0, 0}, extent});
    vkCmdSetViewport(commands, 0, 1, &viewport);
    vkCmdSetScissor(commands, 0, 1, &scissor);
    vkCmdDraw(commands, 3, 1, 0, 0);
}

} // namespace nms::vulkan
