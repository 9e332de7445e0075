// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/bound.h"

#include "core/solver/tile/lane_select.h"

#include <algorithm>

namespace nms {

double dualBound(const TileScores &scores, int n, const double *alpha, const double *beta)
{
    const int m = scores.m();
    double lines = 0, entries = 0;
    for (int i = 0; i < m; ++i) {
        lines += alpha[i] + beta[i];
        const float *row = scores.row(i);
        for (int j = 0; j < m; ++j)
            entries += std::max(0.0, double(row[j]) - alpha[i] - beta[j]);
    }
    return n * lines + entries;
}

struct ThresholdSweeps::Scratch {
    TileArray<double> byRow; // lanes are columns
    TileArray<double> byColumn; // lanes are rows
    TileArray<double> sorted;
    alignas(64) TileLine<double> nth;
    alignas(64) TileLine<double> next;
};

ThresholdSweeps::ThresholdSweeps() : m_scratch(new Scratch) { }

ThresholdSweeps::~ThresholdSweeps() = default;

double ThresholdSweeps::bound(const TileScores &scores, int n, double *alpha, double *beta, int sweeps)
{
    double best = dualBound(scores, n, alpha, beta);
    Scratch &s = *m_scratch;
    const int m = scores.m(), stride = scores.stride();
    for (int i = 0; i < stride; ++i) {
        for (int j = 0; j < stride; ++j) {
            const double value = i < m ? double(scores.row(i)[j]) : 0.0;
            s.byRow.row(i, stride)[j] = value;
            s.byColumn.row(j, stride)[i] = value;
        }
    }
    const auto half = [&](const TileArray<double> &table, const double *offset, double *out) {
        selectLanes(table.values.data(), offset, stride, m, n, s.sorted, s.nth.data(), s.next.data());
        for (int l = 0; l < m; ++l)
            out[l] = 0.5 * (s.nth[std::size_t(l)] + s.next[std::size_t(l)]);
    };
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        half(s.byColumn, beta, alpha);
        half(s.byRow, alpha, beta);
        best = std::min(best, dualBound(scores, n, alpha, beta));
    }
    return best;
}

TileResult ThresholdSweeps::judge(const TileScores &scores, int n, const TileMask &mask, double *alpha, double *beta,
                                  int sweeps)
{
    TileResult result;
    result.objective = keptScore(scores, mask);
    result.upperBound = std::max(result.objective, bound(scores, n, alpha, beta, sweeps));
    return result;
}

TileResult ThresholdSweeps::judge(const TileScores &scores, int n, const TileMask &mask)
{
    constexpr int sweeps = 4;
    TileLine<double> alpha = {}, beta = {};
    return judge(scores, n, mask, alpha.data(), beta.data(), sweeps);
}

} // namespace nms
