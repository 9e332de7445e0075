// SPDX-License-Identifier: Apache-2.0
// Small transport problems tried out plan by plan: an answer that shares nothing with the solvers.
#pragma once

#include "core/sandbox/tile_problem.h"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

namespace nms::test {

/// The largest Σ A·S of all integral plans; empty where there is none. Sums and caps are small integers.
class EveryPlan
{
public:
    explicit EveryPlan(const TileProblem &tile) : m_tile(tile), m_rowLeft(tile.rowSums), m_colLeft(tile.colSums)
    {
        fill(0, 0);
    }

    std::optional<double> best() const { return m_best; }

private:
    void fill(int entry, double score)
    {
        const int row = entry / m_tile.cols(), col = entry % m_tile.cols();
        if (row == m_tile.rows()) {
            if (std::ranges::all_of(m_colLeft, [](double left) { return left == 0; }))
                m_best = std::max(m_best.value_or(score), score);
            return;
        }
        double &rowLeft = m_rowLeft[std::size_t(row)], &colLeft = m_colLeft[std::size_t(col)];
        const double most = std::min({rowLeft, colLeft, m_tile.caps(row, col)});
        const bool isLast = col + 1 == m_tile.cols(); // takes what the row has left
        for (double amount = isLast ? rowLeft : 0; amount <= most; ++amount) {
            rowLeft -= amount;
            colLeft -= amount;
            fill(entry + 1, score + amount * m_tile.scores(row, col));
            rowLeft += amount;
            colLeft += amount;
        }
    }

    const TileProblem &m_tile;
    std::vector<double> m_rowLeft;
    std::vector<double> m_colLeft;
    std::optional<double> m_best;
};

/// Integer scores from −9 to 9, sums that a random plan has, and caps of 0 to 3 or none that this plan may break: about half
/// of these can be met.
inline TileProblem smallProblem(std::mt19937 &random)
{
    const auto upTo = [&](int most) {
        return int(random() % unsigned(most + 1));
    };
    const int rows = 1 + upTo(3), cols = 1 + upTo(2);
    TileProblem tile = TileProblem::ofPattern(Matrix<double>(rows, cols), 0);
    for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col) {
            tile.scores(row, col) = upTo(18) - 9;
            const int amount = upTo(2);
            tile.rowSums[std::size_t(row)] += amount;
            tile.colSums[std::size_t(col)] += amount;
            const int cap = upTo(4);
            tile.caps(row, col) = cap == 4 ? TileProblem::noCap : cap;
        }
    return tile;
}

} // namespace nms::test
