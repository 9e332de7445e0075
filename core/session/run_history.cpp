// SPDX-License-Identifier: Apache-2.0
#include "core/session/run_history.h"

#include <algorithm>
#include <limits>

namespace nms {

void RunHistory::append(std::span<const IterationStats> stats)
{
    const std::scoped_lock lock(m_mutex);
    for (const IterationStats &one : stats) {
        if (one.iteration == int(m_stats.size()) + 1)
            m_stats.push_back(one);
    }
}

bool RunHistory::wantsKeyFrame(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    return iteration % m_stride == 0 && !m_keyFrames.contains(iteration);
}

int RunHistory::nextKeyFramePlace(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    return int(std::min<std::int64_t>((iteration / m_stride + 1) * m_stride, std::numeric_limits<int>::max()));
}

void RunHistory::addKeyFrame(std::shared_ptr<const KeyFrame> frame)
{
    std::vector<KeyFrames::node_type> thinnedOut; // freed after the lock
    const std::scoped_lock lock(m_mutex);
    m_bytes += bytesOf(*frame);
    m_keyFrames.emplace(frame->iteration, std::move(frame));
    while (m_bytes > m_byteLimit && m_keyFrames.size() > 1) {
        m_stride *= 2;
        for (auto it = m_keyFrames.begin(); it != m_keyFrames.end();) {
            const auto here = it++;
            if (here->first % m_stride != 0) {
                m_bytes -= bytesOf(*here->second);
                thinnedOut.push_back(m_keyFrames.extract(here));
            }
        }
    }
}

void RunHistory::dropAfter(int iteration)
{
    KeyFrames dropped; // freed after the lock
    const std::scoped_lock lock(m_mutex);
    if (int(m_stats.size()) > iteration)
        m_stats.resize(std::size_t(iteration));
    for (auto it = m_keyFrames.upper_bound(iteration); it != m_keyFrames.end();) {
        const auto here = it++;
        m_bytes -= bytesOf(*here->second);
        dropped.insert(m_keyFrames.extract(here));
    }
}

std::shared_ptr<const KeyFrame> RunHistory::keyFrameAtOrBefore(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    const auto behind = m_keyFrames.upper_bound(iteration);
    return behind == m_keyFrames.begin() ? nullptr : std::prev(behind)->second;
}

std::vector<IterationStats> RunHistory::statsSince(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    const auto first = std::clamp<std::int64_t>(iteration, 0, std::int64_t(m_stats.size()));
    return {m_stats.begin() + first, m_stats.end()};
}

std::optional<IterationStats> RunHistory::statsAt(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    if (iteration < 1 || iteration > int(m_stats.size()))
        return std::nullopt;
    return m_stats[std::size_t(iteration - 1)];
}

HistoryInfo RunHistory::info() const
{
    const std::scoped_lock lock(m_mutex);
    return {0, int(m_stats.size()), std::int64_t(m_keyFrames.size()), m_bytes, m_byteLimit};
}

std::int64_t RunHistory::bytesOf(const KeyFrame &frame)
{
    return std::int64_t(sizeof(KeyFrame) + frame.state.capacity());
}

} // namespace nms
