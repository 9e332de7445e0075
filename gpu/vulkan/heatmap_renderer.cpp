// SPDX-License-Identifier: Apache-2.0
#include "gpu/vulkan/heatmap_renderer.h"

#include "gpu/vulkan/heatmap_pipeline.h"
#include "gpu/vulkan/shared_imports.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace nms::vulkan {

namespace {

// A staging buffer larger than this is freed once its upload has finished.
constexpr VkDeviceSize stagingKept = VkDeviceSize(16) << 20;

// The storage buffer: two colour tables, then AxisPixel of columns and rows.
constexpr std::size_t tableBytes = fineColorCount * sizeof(Rgba8);

// A field or tile map as an image on the device. A layer without values is a single texel that no pixel shows.
struct Layer {
    std::shared_ptr<const DeviceImage> image;
    std::optional<HeatmapField> shown; // what the image holds

    bool shows(const HeatmapField &field) const
    {
        return shown && shown->values == field.values && shown->onDevice == field.onDevice &&
            shown->version == field.version;
    }
};

using Fields = std::array<const HeatmapField *, 2>; // field, tile map

/// Source of a layer's new texels.
struct Source {
    VkExtent2D extent{1, 1};
    const float *host = nullptr; // the texels in host memory, or else:
    std::shared_ptr<const ImportedBuffer> imported; // the buffer that contains them,
    std::shared_ptr<const DeviceMatrix> held; // which keeps them unchanged until the copy has finished

    VkDeviceSize stagingBytes() const { return host ? VkDeviceSize(extent.width) * extent.height * sizeof(float) : 0; }
};

struct Frame {
    MappedBuffer lookups; // colour tables and axes
    HeatmapParameters parameters{};
    VkPipeline pipeline = VK_NULL_HANDLE;
    MappedBuffer staging;
    // Read by the commands of this frame: an image that was replaced stays alive until its last frame has finished.
    std::array<std::shared_ptr<const DeviceImage>, 2> images;
    std::array<Source, 2> sources; // also read by this frame's commands
    VkDescriptorSet descriptors = VK_NULL_HANDLE;
    bool prepared = false;
};

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
          maxImageSide(device.maxImageSide()), imports(device)
    { }

    Device device;
    std::uint32_t maxImageSide = 0;
    HeatmapPipeline pipeline;
    UniqueDescriptorPool descriptorPool;
    SharedImports imports;
    std::array<Layer, 2> layers; // field, tile map
    std::vector<Frame> frames;

    Status createDescriptors(int framesInFlight);
    Status checkSizes(const HeatmapScene &scene) const;
    Source sourceOf(const HeatmapField &field);
    // Creates images and staging buffers for what changed; upload() then cannot fail, so no layer is marked as shown by
    // mistake.
    Status makeRoom(Frame &frame, const Fields &fields);
    void upload(VkCommandBuffer commands, Frame &frame, const Fields &fields);
    Status writeFrame(Frame &frame, const HeatmapScene &scene);
    void writeDescriptors(const Frame &frame);
};

Status HeatmapRenderer::Impl::createDescriptors(int framesInFlight)
{
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

    const VkDescriptorSetLayout setLayout = pipeline.descriptorLayout();
    frames.resize(count);
    for (Frame &frame : frames) {
        VkDescriptorSetAllocateInfo info{};
        info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
        info.descriptorPool = pool;
        info.descriptorSetCount = 1;
        info.pSetLayouts = &setLayout;
        if (auto status =
                check(vkAllocateDescriptorSets(device.handle(), &info, &frame.descriptors), "vkAllocateDescriptorSets");
            !status)
            return status;
    }
    return {};
}

Status HeatmapRenderer::Impl::checkSizes(const HeatmapScene &scene) const
{
    if (scene.camera.width <= 0 || scene.camera.height <= 0)
        return fail(ErrorKind::Usage, "heat map", "the viewport has no pixels", "give it a width and a height");
    for (const HeatmapField *field : {&scene.field, &scene.tileMap}) {
        const std::int64_t side = std::max(field->texelRows(), field->texelCols());
        if (side > maxImageSide) {
            return fail(ErrorKind::Resource, device.name(),
                        "images have at most " + std::to_string(maxImageSide) + " texels a side, this one needs " +
                            std::to_string(side),
                        "show a region or an overview");
        }
    }
    return {};
}

Source HeatmapRenderer::Impl::sourceOf(const HeatmapField &field)
{
    static constexpr float nothing = 0;
    Source source;
    source.host = &nothing;
    if (field.texelRows() == 0 || field.texelCols() == 0)
        return source;
    source.extent = {static_cast<std::uint32_t>(field.texelCols()), static_cast<std::uint32_t>(field.texelRows())};
    source.imported = field.onDevice ? imports.open(field.onDevice->memory()) : nullptr;
    if (source.imported) {
        source.host = nullptr;
        source.held = field.onDevice;
    } else {
        source.host = field.onHost()->data();
    }
    return source;
}

Status HeatmapRenderer::Impl::makeRoom(Frame &frame, const Fields &fields)
{
    VkDeviceSize bytes = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        Layer &layer = layers[i];
        frame.sources[i] = {};
        if (layer.shows(*fields[i]))
            continue;
        frame.sources[i] = sourceOf(*fields[i]);
        bytes += frame.sources[i].stagingBytes();
        const VkExtent2D extent = frame.sources[i].extent;
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
        auto staging = MappedBuffer::create(device, bytes, VK_BUFFER_USAGE_TRANSFER_SRC_BIT);
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
        const Source &source = frame.sources[i];
        VkBuffer buffer = frame.staging.buffer.get();
        if (source.host)
            std::memcpy(frame.staging.data + offset, source.host, source.stagingBytes());
        else
            buffer = source.imported->buffer.get();
        const VkImage image = layer.image->image.get();
        // Earlier frames may still read the image: wait for their fragment shaders on the queue.
        imageBarrier(commands, image, VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, 0, VK_PIPELINE_STAGE_TRANSFER_BIT,
                     VK_ACCESS_TRANSFER_WRITE_BIT, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
        VkBufferImageCopy copy{};
        copy.bufferOffset = source.host ? offset : 0;
        copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
        copy.imageExtent = {layer.image->extent.width, layer.image->extent.height, 1};
        if (source.imported)
            source.imported->takeOver(commands, device.queueFamily());
        vkCmdCopyBufferToImage(commands, buffer, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &copy);
        if (source.imported)
            source.imported->giveBack(commands, device.queueFamily());
        imageBarrier(commands, image, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                     VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, VK_ACCESS_SHADER_READ_BIT, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                     VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
        layer.shown = *fields[i];
        offset += source.stagingBytes();
    }
}

Status HeatmapRenderer::Impl::writeFrame(Frame &frame, const HeatmapScene &scene)
{
    const HeatmapPlan plan = planHeatmap(scene);
    const std::size_t columnBytes = plan.columns.pixels.size() * sizeof(AxisPixel);
    const std::size_t rowBytes = plan.rows.pixels.size() * sizeof(AxisPixel);
    const VkDeviceSize bytes = 2 * tableBytes + columnBytes + rowBytes;
    if (bytes > frame.lookups.size) {
        frame.lookups = {};
        auto lookups = MappedBuffer::create(device, bytes, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT);
        if (!lookups)
            return fail(lookups.error());
        frame.lookups = std::move(*lookups);
    }
    std::byte *to = frame.lookups.data;
    const auto append = [&to](const void *from, std::size_t size) {
        std::memcpy(to, from, size);
        to += size;
    };
    append(fineColorTable(scene.colors).data(), tableBytes);
    append(fineColorTable(scene.tileColors).data(), tableBytes);
    append(plan.columns.pixels.data(), columnBytes);
    append(plan.rows.pixels.data(), rowBytes);
    frame.parameters = parametersOf(scene, plan);
    frame.pipeline = pipeline.variant(plan.usesField, plan.usesTiles);
    return {};
}

void HeatmapRenderer::Impl::writeDescriptors(const Frame &frame)
{
    const VkDescriptorBufferInfo buffer{frame.lookups.buffer.get(), 0, VK_WHOLE_SIZE};
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
    writes[1].dstBinding = 1; // continues into binding 2
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
    auto pipeline = HeatmapPipeline::create(device.handle(), renderPass);
    if (!pipeline)
        return fail(pipeline.error());
    impl->pipeline = std::move(*pipeline);
    if (auto status = impl->createDescriptors(framesInFlight); !status)
        return fail(status.error());
    return std::unique_ptr<HeatmapRenderer>(new HeatmapRenderer(std::move(impl)));
}

const std::optional<DeviceId> &HeatmapRenderer::sharesWith() const
{
    return m_impl->imports.device();
}

Status HeatmapRenderer::prepare(VkCommandBuffer commands, int frame, const HeatmapScene &scene)
{
    Frame &slot = m_impl->frames[static_cast<std::size_t>(frame)];
    slot.prepared = false;
    if (auto status = m_impl->checkSizes(scene); !status)
        return status;
    const Fields fields{&scene.field, &scene.tileMap};
    m_impl->imports.closeUnused();
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
    const VkPipelineLayout layout = m_impl->pipeline.layout();
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, slot.pipeline);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, layout, 0, 1, &slot.descriptors, 0, nullptr);
    vkCmdPushConstants(commands, layout, VK_SHADER_STAGE_FRAGMENT_BIT, 0, sizeof(HeatmapParameters), &slot.parameters);
    const VkExtent2D extent{static_cast<std::uint32_t>(scene.camera.width), static_cast<std::uint32_t>(scene.camera.height)};
    const VkViewport viewport{0, 0, static_cast<float>(extent.width), static_cast<float>(extent.height), 0, 1};
    const VkRect2D scissor = clip.value_or(VkRect2D{{0, 0}, extent});
    vkCmdSetViewport(commands, 0, 1, &viewport);
    vkCmdSetScissor(commands, 0, 1, &scissor);
    vkCmdDraw(commands, 3, 1, 0, 0);
}

} // namespace nms::vulkan
