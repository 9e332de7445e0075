// SPDX-License-Identifier: Apache-2.0
// The methods implemented as plainly as possible, to check the fast ones against. They share no code.
#pragma once

#include "core/base/matrix.h"
#include "core/solver/solution.h"

#include <cstdint>
#include <vector>

namespace nms::naive {

/// M×M values, row-major.
struct Tile {
    int n = 0;
    int m = 0;
    std::vector<double> score;

    double largest() const;
    double operator()(int i, int j) const { return score[std::size_t(i * m + j)]; }
};

using Kept = std::vector<char>; // M×M, 0 or 1

Tile takeTile(Span2d<const float> score, const TileGrid &grid, std::int64_t tile, int n);
double objective(const Tile &tile, const Kept &kept);

/// N·Σα + N·Σβ + Σ max(0, A − α − β)
double bound(const Tile &tile, const std::vector<double> &alpha, const std::vector<double> &beta);

/// Greedy on `key`, then swaps, the best ones or the first that fit; (j − i) mod m < n for a tile whose scores are all
/// zero.
Kept roundPlan(const Tile &tile, const std::vector<double> &key, bool bestSwaps);

/// Continues from `kept`, which has at most n in every row and column.
void complete(const Tile &tile, const std::vector<double> &key, bool bestSwaps, Kept &kept);

/// Replaces (i, j) and (k, l) by (i, l) and (k, j) in a mask with n everywhere, on scores in 29-bit integers: for row i the
/// exchange with the largest gain (the first k, j, l on ties), while one gains 2 or more; the rows in turn until none
/// gains, or 4·n·m exchanges are done. Returns their number.
int exchange(const Tile &tile, Kept &kept);

/// Three stored steps in the log domain (TSENOR, algorithm 1), with the dual matrix Q, computed in the precision of Real:
/// double, or float as common implementations do.
template <class Real> class DykstraIn
{
public:
    DykstraIn(const Tile &tile, double tau);
    void iterate();

    double plan(const Tile &tile, int i, int j) const;
    double capacityResidual() const { return m_capacityResidual; }
    std::vector<double> alpha(const Tile &tile) const;
    std::vector<double> beta(const Tile &tile) const;

    std::vector<double> state() const;
    void setState(const std::vector<double> &state);

private:
    std::vector<double> thresholds(const Tile &tile, const std::vector<Real> &logs) const;

    int m_n;
    int m_m;
    double m_tau;
    std::vector<Real> m_logPlan;
    std::vector<Real> m_logQ;
    std::vector<Real> m_rowLogs; // sum of the logarithms of each row's scale factors
    std::vector<Real> m_columnLogs;
    Real m_capacityResidual = 0;
};
using Dykstra = DykstraIn<double>;

/// Successive shortest paths by Bellman–Ford, starting from the empty mask, on scores in 40-bit integers. `proven`: whether
/// the final distances prove the mask optimal.
Kept optimum(const Tile &tile, bool &proven);

} // namespace nms::naive
