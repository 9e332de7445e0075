// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_bound.h"

#include <algorithm>
#include <cmath>

namespace nms {

double dualValue(const TileProblem &tile, const std::vector<double> &alpha, const std::vector<double> &beta)
{
    double value = 0;
    for (int row = 0; row < tile.rows(); ++row)
        value += tile.rowSums[std::size_t(row)] * alpha[std::size_t(row)];
    for (int col = 0; col < tile.cols(); ++col)
        value += tile.colSums[std::size_t(col)] * beta[std::size_t(col)];
    for (int row = 0; row < tile.rows(); ++row)
        for (int col = 0; col < tile.cols(); ++col)
            value += tile.limit(row, col) *
                std::max(0.0, tile.scores(row, col) - alpha[std::size_t(row)] - beta[std::size_t(col)]);
    return value;
}

void judge(const TileProblem &tile, TileIterate &iterate)
{
    const auto relative = [](double sum, double wanted, double mean) {
        const double by = wanted > 0 ? wanted : mean > 0 ? mean : 1;
        return std::abs(sum - wanted) / by;
    };
    const double total = tile.total();
    std::vector<double> colSums(std::size_t(tile.cols()), 0);
    iterate.rowResidual = iterate.columnResidual = iterate.capExcess = iterate.objective = 0;
    for (int row = 0; row < tile.rows(); ++row) {
        double sum = 0;
        for (int col = 0; col < tile.cols(); ++col) {
            const double value = iterate.plan(row, col);
            sum += value;
            colSums[std::size_t(col)] += value;
            iterate.objective += value * tile.scores(row, col);
            iterate.capExcess = std::max(iterate.capExcess, value - tile.caps(row, col));
        }
        iterate.rowResidual =
            std::max(iterate.rowResidual, relative(sum, tile.rowSums[std::size_t(row)], total / tile.rows()));
    }
    for (int col = 0; col < tile.cols(); ++col)
        iterate.columnResidual =
            std::max(iterate.columnResidual,
                     relative(colSums[std::size_t(col)], tile.colSums[std::size_t(col)], total / tile.cols()));
    if (!iterate.alpha.empty())
        iterate.upperBound = dualValue(tile, iterate.alpha, iterate.beta);
}

} // namespace nms
