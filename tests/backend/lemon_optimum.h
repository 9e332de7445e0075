// SPDX-License-Identifier: Apache-2.0
// An optimum that owes nothing to this project: LEMON's NetworkSimplex.
#pragma once

#include "core/sparsity/nm_pattern.h"

#include <gtest/gtest.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

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

} // namespace nms::test
