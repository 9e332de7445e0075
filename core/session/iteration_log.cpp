// SPDX-License-Identifier: Apache-2.0
#include "core/session/iteration_log.h"

#include <algorithm>

namespace nms {

namespace {

constexpr std::size_t least = 64; // smallest limit, so that there is something to thin out
constexpr std::size_t first = 256; // initial capacity

bool isBefore(const IterationStats &stats, int iteration)
{
    return stats.iteration < iteration;
}

} // namespace

IterationLog::IterationLog(std::size_t most) : m_most(std::max(most, least)) { }

void IterationLog::append(std::span<const IterationStats> stats)
{
    for (const IterationStats &one : stats)
        append(one);
}

void IterationLog::append(const IterationStats &stats)
{
    if (!m_stats.empty() && stats.iteration <= m_stats.back().iteration)
        return;
    if (m_stats.size() == m_most)
        thinOut();
    if (m_stats.size() == m_stats.capacity()) // by itself, the vector could grow beyond the limit
        m_stats.reserve(std::min(m_most, std::max(first, 2 * m_stats.size())));
    m_stats.push_back(stats);
}

void IterationLog::thinOut()
{
    const auto newest = m_stats.end() - std::ptrdiff_t(m_most / 8);
    auto end = newest;
    for (std::int64_t stride = 2; std::size_t(end - m_stats.begin()) > m_most / 2; stride *= 2)
        end = std::remove_if(m_stats.begin(), end,
                             [stride](const IterationStats &one) { return one.iteration % stride != 0; });
    m_stats.erase(end, newest);
}

void IterationLog::dropAfter(int iteration)
{
    while (!m_stats.empty() && m_stats.back().iteration > iteration)
        m_stats.pop_back();
}

void IterationLog::clear()
{
    std::vector<IterationStats>().swap(m_stats); // frees the memory, too
}

std::span<const IterationStats> IterationLog::since(int iteration) const
{
    const auto from = std::upper_bound(m_stats.begin(), m_stats.end(), iteration,
                                       [](int wanted, const IterationStats &one) { return wanted < one.iteration; });
    return {from, m_stats.end()};
}

std::optional<IterationStats> IterationLog::at(int iteration) const
{
    const auto found = std::lower_bound(m_stats.begin(), m_stats.end(), iteration, isBefore);
    if (found == m_stats.end() || found->iteration != iteration)
        return std::nullopt;
    return *found;
}

std::int64_t IterationLog::bytes() const
{
    return std::int64_t(m_stats.capacity() * sizeof(IterationStats));
}

std::int64_t IterationLog::bytesFor(std::int64_t iterations, std::size_t most)
{
    std::size_t room = first;
    while (room < most && std::int64_t(room) < iterations)
        room *= 2;
    room = std::min(room, std::max(most, least));
    return std::int64_t((room + room / 2) * sizeof(IterationStats)); // the old and the new buffer while it grows
}

} // namespace nms
