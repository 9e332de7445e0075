// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/transport_flow.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nms {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

/// The flow so far. Nodes are the rows, then the columns; an entry is an arc from its row to its column.
class Network
{
public:
    explicit Network(const TileProblem &tile)
        : m_tile(tile), m_rows(tile.rows()), m_cols(tile.cols()), m_tolerance(flowTolerance(tile)), plan(m_rows, m_cols),
          rowLeft(tile.rowSums), colLeft(tile.colSums), m_price(std::size_t(m_rows + m_cols)),
          m_distance(std::size_t(m_rows + m_cols)), m_parent(std::size_t(m_rows + m_cols))
    {
        for (int row = 0; row < m_rows; ++row)
            m_most = std::max(m_most, *std::ranges::max_element(tile.scores.span().row(row)));
    }

    bool canGrow(int row, int col) const { return m_tile.limit(row, col) - plan(row, col) > m_tolerance; }
    bool canShrink(int row, int col) const { return plan(row, col) > m_tolerance; }

    /// Dijkstra's algorithm from all rows with something left; the nearest column with something left, or −1. Costs are the
    /// largest score minus the score, so that none is negative.
    int findPath()
    {
        const int nodes = m_rows + m_cols;
        std::fill(m_distance.begin(), m_distance.end(), infinite);
        std::fill(m_parent.begin(), m_parent.end(), -1);
        std::vector<char> isDone(std::size_t(nodes), 0);
        for (int row = 0; row < m_rows; ++row)
            if (rowLeft[std::size_t(row)] > m_tolerance)
                m_distance[std::size_t(row)] = 0;
        const auto relax = [&](int from, int to, double cost) {
            const double length = cost + m_price[std::size_t(from)] - m_price[std::size_t(to)];
            const double reached = m_distance[std::size_t(from)] + std::max(0.0, length); // below 0 by rounding alone
            if (!isDone[std::size_t(to)] && reached < m_distance[std::size_t(to)]) {
                m_distance[std::size_t(to)] = reached;
                m_parent[std::size_t(to)] = from;
            }
        };
        for (;;) {
            int node = -1;
            for (int k = 0; k < nodes; ++k)
                if (!isDone[std::size_t(k)] && m_distance[std::size_t(k)] < infinite &&
                    (node < 0 || m_distance[std::size_t(k)] < m_distance[std::size_t(node)]))
                    node = k;
            if (node < 0)
                return -1;
            isDone[std::size_t(node)] = 1;
            if (node >= m_rows) {
                const int col = node - m_rows;
                if (colLeft[std::size_t(col)] > m_tolerance)
                    return col;
                for (int row = 0; row < m_rows; ++row)
                    if (canShrink(row, col))
                        relax(node, row, m_tile.scores(row, col) - m_most);
            } else {
                for (int col = 0; col < m_cols; ++col)
                    if (canGrow(node, col))
                        relax(node, m_rows + col, m_most - m_tile.scores(node, col));
            }
        }
    }

    /// Sends what fits along the path to `col` that findPath() found.
    void augment(int col)
    {
        const double reached = m_distance[std::size_t(m_rows + col)];
        for (std::size_t node = 0; node < m_price.size(); ++node)
            m_price[node] += std::min(m_distance[node], reached);
        double amount = colLeft[std::size_t(col)];
        int first = -1;
        for (int node = m_rows + col; node >= 0; node = m_parent[std::size_t(node)]) {
            first = node;
            const int from = m_parent[std::size_t(node)];
            if (from >= 0 && node >= m_rows)
                amount = std::min(amount, m_tile.limit(from, node - m_rows) - plan(from, node - m_rows));
            else if (from >= 0)
                amount = std::min(amount, plan(node, from - m_rows));
        }
        amount = std::min(amount, rowLeft[std::size_t(first)]);
        for (int node = m_rows + col; m_parent[std::size_t(node)] >= 0; node = m_parent[std::size_t(node)]) {
            const int from = m_parent[std::size_t(node)];
            if (node >= m_rows)
                plan(from, node - m_rows) += amount;
            else
                plan(node, from - m_rows) -= amount;
        }
        rowLeft[std::size_t(first)] -= amount;
        colLeft[std::size_t(col)] -= amount;
    }

    void potentials(std::vector<double> &alpha, std::vector<double> &beta) const
    {
        alpha.resize(std::size_t(m_rows));
        beta.resize(std::size_t(m_cols));
        for (int row = 0; row < m_rows; ++row)
            alpha[std::size_t(row)] = m_most + m_price[std::size_t(row)];
        for (int col = 0; col < m_cols; ++col)
            beta[std::size_t(col)] = -m_price[std::size_t(m_rows + col)];
    }

private:
    const TileProblem &m_tile;
    const int m_rows;
    const int m_cols;
    const double m_tolerance;
    double m_most = -infinite; // the largest score

public:
    Matrix<double> plan;
    std::vector<double> rowLeft; // of the sums
    std::vector<double> colLeft;

private:
    std::vector<double> m_price; // of each node: no arc that can take more has a negative length
    std::vector<double> m_distance;
    std::vector<int> m_parent;
};

} // namespace

double flowTolerance(const TileProblem &tile)
{
    return 1e-11 * tile.total();
}

FlowShortage findShortage(const TileProblem &tile)
{
    TileProblem flat = tile;
    std::fill_n(flat.scores.data(), flat.scores.size(), 0.0); // any path will do
    Network network(flat);
    for (int col = network.findPath(); col >= 0; col = network.findPath())
        network.augment(col);
    FlowShortage shortage;
    for (const double left : network.rowLeft)
        shortage.missing += std::max(0.0, left);
    if (shortage.missing <= flowTolerance(tile))
        return {};
    // What can still be reached from the rows that are not full is the side of the cut that cannot send more.
    std::vector<char> rowReached(std::size_t(tile.rows()), 0), colReached(std::size_t(tile.cols()), 0);
    for (int row = 0; row < tile.rows(); ++row)
        rowReached[std::size_t(row)] = network.rowLeft[std::size_t(row)] > flowTolerance(tile);
    for (bool isGrowing = true; isGrowing;) {
        isGrowing = false;
        for (int row = 0; row < tile.rows(); ++row)
            for (int col = 0; col < tile.cols(); ++col) {
                char &r = rowReached[std::size_t(row)], &c = colReached[std::size_t(col)];
                if ((r && !c && network.canGrow(row, col)) || (c && !r && network.canShrink(row, col))) {
                    r = c = 1;
                    isGrowing = true;
                }
            }
    }
    for (int row = 0; row < tile.rows(); ++row)
        if (rowReached[std::size_t(row)]) {
            shortage.rows.push_back(row);
            shortage.wanted += tile.rowSums[std::size_t(row)];
        }
    for (int col = 0; col < tile.cols(); ++col)
        if (colReached[std::size_t(col)])
            shortage.cols.push_back(col);
    return shortage;
}

OptimalFlow maximiseScore(const TileProblem &tile, const std::stop_token &stop,
                          const std::function<void(const OptimalFlow &)> &seen)
{
    Network network(tile);
    OptimalFlow flow;
    const auto note = [&] {
        flow.plan = network.plan;
        network.potentials(flow.alpha, flow.beta);
    };
    for (int col = network.findPath(); col >= 0 && !stop.stop_requested(); col = network.findPath()) {
        network.augment(col);
        ++flow.augmentations;
        if (seen) {
            note();
            seen(flow);
        }
    }
    note();
    return flow;
}

} // namespace nms
