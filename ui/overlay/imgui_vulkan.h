// SPDX-License-Identifier: Apache-2.0
// A uniform interface to Dear ImGui's Vulkan renderer for versions 1.86 (Debian 12), 1.90 (Debian 13, Ubuntu 24.04)
// and 1.91. All checks of ImGui's version are in this file. Thread: that of the ImGui context, which the caller must make
// current.
#pragma once

#include <imgui.h>

#include <backends/imgui_impl_vulkan.h>

namespace nms::overlay {

/// Starts the renderer for `pass`; false on failure.
inline bool startVulkan(ImGui_ImplVulkan_InitInfo info, VkRenderPass pass)
{
#if IMGUI_VERSION_NUM >= 19030
    info.RenderPass = pass;
    return ImGui_ImplVulkan_Init(&info);
#else
    return ImGui_ImplVulkan_Init(&info, pass);
#endif
}

#if IMGUI_VERSION_NUM >= 19000

/// Uploads the font atlas to the device and waits for completion.
inline VkResult uploadFonts(VkDevice, VkQueue, VkCommandPool)
{
    return ImGui_ImplVulkan_CreateFontsTexture() ? VK_SUCCESS : VK_ERROR_INITIALIZATION_FAILED;
}

#else

/// Uploads the font atlas to the device with a command buffer from `pool` and waits for completion.
inline VkResult uploadFonts(VkDevice device, VkQueue queue, VkCommandPool pool)
{
    VkCommandBufferAllocateInfo allocate{};
    allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    allocate.commandPool = pool;
    allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    allocate.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    if (const VkResult result = vkAllocateCommandBuffers(device, &allocate, &commands); result != VK_SUCCESS)
        return result;
    VkCommandBufferBeginInfo begin{};
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
    begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    vkBeginCommandBuffer(commands, &begin);
    const bool made = ImGui_ImplVulkan_CreateFontsTexture(commands);
    vkEndCommandBuffer(commands);
    VkSubmitInfo submit{};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &commands;
    VkResult result = made ? vkQueueSubmit(queue, 1, &submit, VK_NULL_HANDLE) : VK_ERROR_INITIALIZATION_FAILED;
    if (result == VK_SUCCESS)
        result = vkQueueWaitIdle(queue);
    vkFreeCommandBuffers(device, pool, 1, &commands);
    ImGui_ImplVulkan_DestroyFontUploadObjects();
    return result;
}

#endif

} // namespace nms::overlay
