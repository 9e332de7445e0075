// SPDX-License-Identifier: Apache-2.0
#include "core/session/run_history.h"

#include <algorithm>
#include <limits>

namespace nms {

void RunHistory::append(std::span<const IterationStats> stats)
{
    const std::scoped_lock lock(m_mutex);
    for (const IterationStats &one : stats) {
        if (one.iteration == m_last + 1) {
            m_log.append({&one, 1});
            m_last = one.iteration;
        }
    }
}

std::int64_t RunHistory::strideFor(double seconds) const
{
    const double repeatSeconds = std::chrono::duration<double>(m_options.repeat).count();
    std::int64_t stride = m_options.widestStride;
    while (stride > 1 && double(stride) * seconds > repeatSeconds)
        stride /= 2;
    return std::max(stride, m_thinnedStride);
}

bool RunHistory::wantsKeyFrame(int iteration, double seconds) const
{
    const std::scoped_lock lock(m_mutex);
    return iteration % strideFor(seconds) == 0 && !m_keyFrames.contains(iteration) && fitsAnother();
}

bool RunHistory::fitsAnother() const
{
    return m_keyFrames.empty() || 2 * bytesOf(*m_keyFrames.begin()->second) <= m_options.historyBytes;
}

int RunHistory::nextKeyFramePlace(int iteration, double seconds) const
{
    const std::scoped_lock lock(m_mutex);
    if (!fitsAnother())
        return std::numeric_limits<int>::max();
    const std::int64_t stride = strideFor(seconds);
    return int(std::min<std::int64_t>((iteration / stride + 1) * stride, std::numeric_limits<int>::max()));
}

void RunHistory::addKeyFrame(std::shared_ptr<const KeyFrame> frame)
{
    std::vector<KeyFrames::node_type> thinnedOut; // freed after the lock
    const std::scoped_lock lock(m_mutex);
    m_bytes += bytesOf(*frame);
    m_keyFrames.emplace(frame->iteration, std::move(frame));
    while (m_bytes > m_options.historyBytes && m_keyFrames.size() > 1) {
        m_thinnedStride *= 2;
        for (auto it = m_keyFrames.begin(); it != m_keyFrames.end();) {
            const auto here = it++;
            if (here->first % m_thinnedStride != 0) {
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
    m_log.dropAfter(iteration);
    m_last = std::min(m_last, std::max(iteration, 0));
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

std::shared_ptr<const KeyFrame> RunHistory::nearestKeyFrame(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    const auto after = m_keyFrames.lower_bound(iteration);
    if (after == m_keyFrames.begin())
        return after == m_keyFrames.end() ? nullptr : after->second;
    const auto before = std::prev(after);
    const bool isCloser = after == m_keyFrames.end() || iteration - before->first <= after->first - iteration;
    return (isCloser ? before : after)->second;
}

std::vector<IterationStats> RunHistory::statsSince(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    const std::span<const IterationStats> stats = m_log.since(iteration);
    return {stats.begin(), stats.end()};
}

std::optional<IterationStats> RunHistory::statsAt(int iteration) const
{
    const std::scoped_lock lock(m_mutex);
    return m_log.at(iteration);
}

HistoryInfo RunHistory::info() const
{
    const std::scoped_lock lock(m_mutex);
    return {0, m_last, std::int64_t(m_keyFrames.size()), m_bytes, m_options.historyBytes, m_log.bytes()};
}

std::int64_t RunHistory::bytesOf(const KeyFrame &frame)
{
    return std::int64_t(frame.state.capacity()) + bytesBesideState;
}

} // namespace nms
