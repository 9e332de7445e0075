// SPDX-License-Identifier: Apache-2.0
// The tile rows of one solve, handed out to workers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <vector>

namespace nms::warp {

/// Tile rows [begin, end).
struct Panel {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    bool empty() const { return begin == end; }
};

/// The tile rows that have not been handed out yet. Thread-safe.
class PanelPool
{
public:
    explicit PanelPool(std::int64_t tileRows) : m_rest{0, tileRows} { }

    /// Takes at most `tileRows` rows, the first ones first; empty if all are taken, or after close().
    Panel take(std::int64_t tileRows)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_closed)
            return {};
        Panel &from = m_returned.empty() ? m_rest : m_returned.back();
        const Panel panel{from.begin, std::min(from.end, from.begin + tileRows)};
        from.begin = panel.end;
        if (!m_returned.empty() && m_returned.back().empty())
            m_returned.pop_back();
        return panel;
    }
    void putBack(Panel panel)
    {
        const std::scoped_lock lock(m_mutex);
        m_returned.push_back(panel);
    }
    /// True if there is nothing to take.
    bool empty() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_closed || (m_returned.empty() && m_rest.empty());
    }
    void close()
    {
        const std::scoped_lock lock(m_mutex);
        m_closed = true;
    }

private:
    mutable std::mutex m_mutex;
    std::vector<Panel> m_returned;
    Panel m_rest;
    bool m_closed = false;
};

} // namespace nms::warp
