// SPDX-License-Identifier: Apache-2.0
// The optimum by an independent solver: LEMON's NetworkSimplex.
#pragma once

#include "core/solver/solution.h"

#include <gtest/gtest.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace nms::test {

/// The largest Σ score∘S in integers, over S with n in every row and column.
class Lemon
{
public:
    explicit Lemon(NmPattern pattern) : m_pattern(pattern), m_cost(m_graph), m_capacity(m_graph), m_supply(m_graph)
    {
        std::vector<lemon::SmartDigraph::Node> rows, columns;
        for (int k = 0; k < pattern.m; ++k) {
            rows.push_back(m_graph.addNode());
            columns.push_back(m_graph.addNode());
            m_supply[rows.back()] = pattern.n;
            m_supply[columns.back()] = -pattern.n;
        }
        for (const auto row : rows)
            for (const auto column : columns) {
                m_arcs.push_back(m_graph.addArc(row, column));
                m_capacity[m_arcs.back()] = 1;
            }
    }

    std::int64_t optimum(const std::vector<std::int64_t> &score)
    {
        for (std::size_t k = 0; k < m_arcs.size(); ++k)
            m_cost[m_arcs[k]] = -score[k];
        lemon::NetworkSimplex<lemon::SmartDigraph, std::int64_t> simplex(m_graph);
        simplex.upperMap(m_capacity).costMap(m_cost).supplyMap(m_supply);
        EXPECT_EQ(simplex.run(), simplex.OPTIMAL);
        return -simplex.totalCost<std::int64_t>();
    }

private:
    NmPattern m_pattern;
    lemon::SmartDigraph m_graph;
    std::vector<lemon::SmartDigraph::Arc> m_arcs;
    lemon::SmartDigraph::ArcMap<std::int64_t> m_cost;
    lemon::SmartDigraph::ArcMap<std::int64_t> m_capacity;
    lemon::SmartDigraph::NodeMap<std::int64_t> m_supply;
};

/// Checks that the mask of a tile in `solution` is optimal in integers, and that the figures of the tile are right. The
/// quantisation is implemented here a second time: 24 bits relative to the maximum of the tile.
inline void expectOptimum(Span2d<const float> scores, const Solution &solution, std::int64_t tile, Lemon &lemon)
{
    const TileGrid &grid = solution.grid;
    const std::int64_t row0 = grid.rowOf(tile) * grid.m, col0 = grid.colOf(tile) * grid.m;
    const Span2d<const float> cells = scores.block(row0, col0, grid.realRows(tile), grid.realCols(tile));
    double most = 0;
    for (std::int64_t i = 0; i < cells.rows; ++i)
        for (std::int64_t j = 0; j < cells.cols; ++j)
            most = std::max(most, double(cells(i, j)));
    std::vector<std::int64_t> integers(std::size_t(grid.m * grid.m));
    std::int64_t kept = 0;
    double objective = 0;
    for (std::int64_t i = 0; i < cells.rows && most > 0; ++i)
        for (std::int64_t j = 0; j < cells.cols; ++j) {
            const std::int64_t value = std::llround(double(cells(i, j)) * (16777215 / most));
            integers[std::size_t(i * grid.m + j)] = value;
            if (solution.mask.at(row0 + i, col0 + j)) {
                kept += value;
                objective += double(cells(i, j));
            }
        }
    ASSERT_EQ(kept, lemon.optimum(integers));
    const TileResult &result = solution.tiles[std::size_t(tile)];
    ASSERT_TRUE(result.converged);
    ASSERT_EQ(result.objective, result.upperBound);
    ASSERT_NEAR(result.objective, objective, 1e-12 * objective);
}

} // namespace nms::test
