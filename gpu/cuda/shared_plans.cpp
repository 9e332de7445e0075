// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/shared_plans.h"

#include <algorithm>

namespace nms::warp {
namespace {

/// Three frames in flight, one published, one shown, one being made, and some held by slow readers.
constexpr std::size_t mostBlocks = 8;

} // namespace

void SharedPlans::setViewer(const std::optional<DeviceId> &viewer)
{
    m_viewerIsHere = viewer && m_queue.sharingId() == viewer;
    if (!m_viewerIsHere)
        m_blocks.clear(); // plans that are still shown live as long as their viewers
}

std::optional<SharedPlan> SharedPlans::take(std::int64_t rows, std::int64_t cols)
{
    const std::int64_t bytes = rows * cols * std::int64_t(sizeof(float));
    if (bytes == 0 || !m_viewerIsHere || !m_canShare)
        return std::nullopt;
    const std::shared_ptr<Block> block = blockOf(bytes);
    if (!block)
        return std::nullopt;
    auto matrix = std::make_unique<DeviceMatrix>(block->shared.memory, rows, cols);
    const auto letGo = [block](const DeviceMatrix *held) {
        delete held;
        block->held.store(false, std::memory_order_release); // its readers have finished
    };
    block->held.store(true, std::memory_order_relaxed);
    return SharedPlan{{matrix.release(), letGo}, static_cast<float *>(block->shared.data)};
}

std::shared_ptr<SharedPlans::Block> SharedPlans::blockOf(std::int64_t bytes)
{
    const auto isFree = [](const std::shared_ptr<Block> &block) {
        return !block->held.load(std::memory_order_acquire);
    };
    const auto fits = [&](const std::shared_ptr<Block> &block) {
        return isFree(block) && block->shared.memory->bytes() >= bytes;
    };
    if (const auto block = std::ranges::find_if(m_blocks, fits); block != m_blocks.end())
        return *block;
    std::erase_if(m_blocks, isFree); // all free blocks are too small
    const std::int64_t wanted = bytes + bytes / 2; // a viewer that zooms out needs more
    // The solve has priority: rounding and masks need memory, too.
    if (m_blocks.size() >= mostBlocks || wanted > m_queue.bytesFree() / 4)
        return nullptr;
    Result<SharedBlock> taken = m_queue.takeShared(wanted);
    if (!taken) {
        m_canShare = taken.error().kind == ErrorKind::Resource; // lack of memory may be temporary
        return nullptr;
    }
    auto block = std::make_shared<Block>();
    block->shared = std::move(*taken);
    m_blocks.push_back(block);
    return block;
}

} // namespace nms::warp
