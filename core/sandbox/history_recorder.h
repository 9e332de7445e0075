// SPDX-License-Identifier: Apache-2.0
// Keeps iterates, and fewer of them where they would take too much memory. Private to this folder.
#pragma once

#include "core/sandbox/tile_bound.h"

#include <algorithm>
#include <utility>

namespace nms {

class HistoryRecorder
{
public:
    static constexpr std::int64_t mostCells = std::int64_t(1) << 22; // of all plans together: 32 MiB, and as much for duals
    static constexpr std::int64_t fewest = 256;

    explicit HistoryRecorder(const TileProblem &tile)
        : m_tile(tile), m_most(std::max(fewest, mostCells / (std::int64_t(tile.rows()) * tile.cols())))
    { }

    /// The next iterate, made by `make()` only where it is kept; the last one of a solve is always kept.
    template <class Make> void add(Make &&make, bool isLast = false)
    {
        const std::int64_t number = m_seen++;
        if (number % m_every != 0 && !isLast)
            return;
        if (std::int64_t(m_iterates.size()) >= m_most)
            halve();
        TileIterate iterate = make();
        judge(m_tile, iterate);
        m_iterates.push_back(std::move(iterate));
    }

    std::vector<TileIterate> take() { return std::move(m_iterates); }
    int every() const { return m_every; }

private:
    void halve()
    {
        std::size_t kept = 0;
        for (std::size_t k = 0; k < m_iterates.size(); k += 2, ++kept)
            if (kept != k)
                m_iterates[kept] = std::move(m_iterates[k]);
        m_iterates.resize(kept);
        m_every *= 2;
    }

    const TileProblem &m_tile;
    const std::int64_t m_most;
    std::vector<TileIterate> m_iterates;
    std::int64_t m_seen = 0;
    int m_every = 1;
};

} // namespace nms
