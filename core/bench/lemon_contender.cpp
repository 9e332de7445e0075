// SPDX-License-Identifier: Apache-2.0
#include "core/bench/contender.h"

#ifdef NMS_HAVE_LEMON

#include "core/base/parallel.h"

#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>

namespace nms::bench {

namespace {

/// The transport problem of one thread: m rows supply n each, m columns take n each, every arc carries at most 1.
class Transport
{
public:
    explicit Transport(NmPattern pattern)
        : m_m(pattern.m), m_cost(m_graph), m_supply(m_graph, 0), m_simplex(grow(m_graph, pattern.m))
    {
        for (Graph::NodeIt node(m_graph); node != lemon::INVALID; ++node)
            m_supply[node] = m_graph.id(node) < m_m ? pattern.n : -pattern.n;
        const Graph::ArcMap<int> capacity(m_graph, 1);
        m_simplex.upperMap(capacity).supplyMap(m_supply);
    }

    /// False where no optimum was found.
    bool solve(Span2d<const float> tile)
    {
        float largest = 0;
        for (int i = 0; i < m_m; ++i)
            largest = std::max(largest, *std::max_element(tile.row(i).begin(), tile.row(i).end()));
        const double scale = largest > 0 ? ((1 << 24) - 1) / double(largest) : 0;
        for (int i = 0; i < m_m; ++i)
            for (int j = 0; j < m_m; ++j)
                m_cost[arc(i, j)] = -std::int64_t(std::nearbyint(tile(i, j) * scale));
        return m_simplex.costMap(m_cost).run() == Simplex::OPTIMAL;
    }

    /// Bit j of rows[i]: (i, j) is kept.
    void mask(std::span<std::uint64_t> rows) const
    {
        for (int i = 0; i < m_m; ++i) {
            std::uint64_t bits = 0;
            for (int j = 0; j < m_m; ++j)
                bits |= std::uint64_t(m_simplex.flow(arc(i, j)) > 0) << j;
            rows[std::size_t(i)] = bits;
        }
    }

private:
    using Graph = lemon::SmartDigraph;
    // 64 bits: artificial arcs cost (largest cost + 1) · nodes, which exceeds 32 bits at m = 64.
    using Simplex = lemon::NetworkSimplex<Graph, int, std::int64_t>;

    Graph::Arc arc(int i, int j) const { return Graph::arcFromId(i * m_m + j); }

    static const Graph &grow(Graph &graph, int m)
    {
        for (int node = 0; node < 2 * m; ++node)
            graph.addNode();
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j)
                graph.addArc(Graph::nodeFromId(i), Graph::nodeFromId(m + j));
        return graph;
    }

    const int m_m;
    Graph m_graph;
    Graph::ArcMap<std::int64_t> m_cost; // LEMON's maps grow with their graph
    Graph::NodeMap<int> m_supply;
    Simplex m_simplex;
};

class LemonContender : public Contender
{
public:
    LemonContender(int threads, Clock clock) : m_threads(threads), m_clock(clock) { }

    std::string method() const override { return "lemon"; }
    std::string backend() const override { return "LEMON " LEMON_VERSION; }
    int threads() const override { return m_threads; }
    Clock clock() const override { return m_clock; }

    Status prepare(const TileSet &tiles, NmPattern pattern) override
    {
        m_tiles = &tiles;
        m_workers.clear();
        for (int k = 0; k < m_threads; ++k)
            m_workers.push_back(std::make_unique<Transport>(pattern));
        return {};
    }

    Result<double> run(std::int64_t tiles, const std::stop_token &stop) override
    {
        std::atomic<bool> solved = true;
        const double start = secondsOf(clock());
        const auto m = std::size_t(m_tiles->m());
        m_rows.resize(std::size_t(tiles) * m);
        parallelBlocks(m_threads, 1, m_threads, stop, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t k = begin; k < end; ++k)
                for (std::int64_t tile = k * tiles / m_threads; tile < (k + 1) * tiles / m_threads; ++tile) {
                    if (stop.stop_requested())
                        return;
                    Transport &transport = *m_workers[std::size_t(k)];
                    if (!transport.solve(m_tiles->tile(tile)))
                        solved = false;
                    transport.mask(std::span(m_rows).subspan(std::size_t(tile) * m, m));
                }
        });
        const double seconds = secondsOf(clock()) - start;
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, "lemon", "stopped before all tiles were done");
        if (!solved)
            return fail(ErrorKind::Internal, "lemon", "found no optimum", "this is a bug in nmscope: please report it");
        return seconds;
    }

    Result<Answer> answer() override
    {
        const int m = m_tiles->m();
        const auto tiles = std::int64_t(m_rows.size()) / m;
        const Span2d<const float> scores = m_tiles->first(tiles);
        const TileGrid grid{scores.rows, scores.cols, m};
        Answer answer{Mask(grid.rows, grid.cols), std::vector<TileResult>(std::size_t(tiles)), Proof::Optimal};
        for (std::int64_t tile = 0; tile < tiles; ++tile)
            for (int i = 0; i < m; ++i)
                for (int j = 0; j < m; ++j)
                    if (m_rows[std::size_t(tile * m + i)] >> j & 1)
                        answer.mask.set(grid.rowOf(tile) * m + i, grid.colOf(tile) * m + j, true);
        return answer;
    }

private:
    const int m_threads;
    const Clock m_clock;
    const TileSet *m_tiles = nullptr;
    std::vector<std::unique_ptr<Transport>> m_workers;
    std::vector<std::uint64_t> m_rows; // of the masks, m for each tile
};

} // namespace

std::unique_ptr<Contender> makeLemonContender(int threads, Clock clock)
{
    return std::make_unique<LemonContender>(threads, clock);
}

} // namespace nms::bench

#else

namespace nms::bench {

std::unique_ptr<Contender> makeLemonContender(int, Clock)
{
    return nullptr;
}

} // namespace nms::bench

#endif
