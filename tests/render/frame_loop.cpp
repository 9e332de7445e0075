// SPDX-License-Identifier: Apache-2.0
#include "tests/render/frame_loop.h"

#include <stdexcept>

namespace nms::test {

namespace {

void succeed(const Status &status)
{
    if (!status)
        throw std::runtime_error(status.error().line()); // gtest reports it
}

template <class T> T made(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().line());
    return std::move(*result);
}

} // namespace

FrameLoop::FrameLoop(const vulkan::Device &device, int width, int height, int framesInFlight)
    : m_renderPass(made(vulkan::createOffscreenPass(device)))
{
    const VkExtent2D extent{std::uint32_t(width), std::uint32_t(height)};
    for (int i = 0; i < framesInFlight; ++i)
        m_frames.push_back(made(vulkan::OffscreenFrame::create(device, m_renderPass.get(), extent)));
}

void FrameLoop::finish()
{
    for (vulkan::OffscreenFrame &frame : m_frames)
        succeed(frame.wait());
}

void FrameLoop::submit(int index, const std::function<Status(VkCommandBuffer, int)> &prepare,
                       const std::function<void(VkCommandBuffer, int)> &record)
{
    const int number = index % int(m_frames.size());
    vulkan::OffscreenFrame &frame = m_frames[std::size_t(number)];
    succeed(frame.wait());
    succeed(frame.submit([&](VkCommandBuffer commands) { return prepare(commands, number); },
                         [&](VkCommandBuffer commands) { record(commands, number); }));
}

Image FrameLoop::picture(int frame)
{
    succeed(m_frames[std::size_t(frame)].wait());
    return m_frames[std::size_t(frame)].picture();
}

} // namespace nms::test
