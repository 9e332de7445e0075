// SPDX-License-Identifier: Apache-2.0
// Dear ImGui's Vulkan renderer under one spelling, from 1.86 (Debian 12) over 1.90 (Debian 13, Ubuntu 24.04) to 1.91. Every
// question about ImGui's version is asked here. Thread: that of the context, which is made current before.
#pragma once

#include <imgui.h>

#include <backends/imgui_impl_vulkan.h>

namespace nms::overlay {

/// Starts the renderer for `pass`; false: it did not start.
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

/// Puts the font atlas on the device; waits for it.
inline VkResult uploadFonts(VkDevice, VkQueue, VkCommandPool)
{
    return ImGui_ImplVulkan_CreateFontsTexture() ? VK_SUCCESS : VK_ERROR_INITIALIZATION_FAILED;
}

#else

/// Puts the font atlas on the device with a command buffer from `pool`; waits for it.
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
