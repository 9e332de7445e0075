// SPDX-License-Identifier: Apache-2.0
#include "core/session/layer_history.h"

#include <iterator>
#include <limits>
#include <utility>

namespace nms {

bool LayerHistory::wants(int step) const
{
    return step % m_stride == 0 && !m_frames.contains(step);
}

void LayerHistory::add(std::shared_ptr<const LayerKeyFrame> frame)
{
    m_bytes += frame->bytes();
    m_frames[frame->iteration] = std::move(frame);
    while (m_bytes > m_byteLimit && m_frames.size() > 1 && m_stride < std::numeric_limits<int>::max() / 2) {
        m_stride *= 2;
        std::erase_if(m_frames, [this](const auto &entry) {
            const bool goes = entry.first % m_stride != 0;
            m_bytes -= goes ? entry.second->bytes() : 0;
            return goes;
        });
    }
}

void LayerHistory::dropAfter(int step)
{
    for (auto frame = m_frames.upper_bound(step); frame != m_frames.end(); frame = m_frames.erase(frame))
        m_bytes -= frame->second->bytes();
}

std::shared_ptr<const LayerKeyFrame> LayerHistory::atOrBefore(int step) const
{
    const auto next = m_frames.upper_bound(step);
    return next == m_frames.begin() ? nullptr : std::prev(next)->second;
}

HistoryInfo LayerHistory::info(int lastStep) const
{
    HistoryInfo info;
    info.lastIteration = lastStep;
    info.keyFrames = std::int64_t(m_frames.size());
    info.bytes = m_bytes;
    info.byteLimit = m_byteLimit;
    return info;
}

} // namespace nms
