// SPDX-License-Identifier: Apache-2.0
#include "core/solver/baselines/baselines.h"

#include "core/solver/tile/bound.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace nms {

std::uint64_t largestOf(const float *values, int step, int m, int n)
{
    TileLine<int> order;
    std::iota(order.begin(), order.begin() + m, 0);
    std::nth_element(order.begin(), order.begin() + (n - 1), order.begin() + m, [&](int a, int b) {
        const float x = values[a * step], y = values[b * step];
        return x != y ? x > y : a < b;
    });
    std::uint64_t bits = 0;
    for (int k = 0; k < n; ++k)
        bits |= std::uint64_t(1) << order[std::size_t(k)];
    return bits;
}

namespace {

class StandardNm : public TileSolver
{
public:
    StandardNm(NmPattern pattern, bool alongRows) : m_pattern(pattern), m_alongRows(alongRows) { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        const auto [n, m] = m_pattern;
        out = {};
        for (int line = 0; line < m; ++line) {
            if (m_alongRows) {
                out.rows[std::size_t(line)] = largestOf(scores.row(line), 1, m, n);
                continue;
            }
            for (std::uint64_t bits = largestOf(scores.row(0) + line, scores.stride(), m, n); bits; bits &= bits - 1)
                out.add(std::countr_zero(bits), line);
        }
        TileResult result;
        result.objective = result.upperBound = keptScore(scores, out);
        return result;
    }

private:
    NmPattern m_pattern;
    bool m_alongRows;
};

/// N:M along rows, then along columns of what survived (Zhang et al. 2023, Bi-Mask). Columns that had fewer than n
/// survivors keep fewer.
class BiNm : public TileSolver
{
public:
    explicit BiNm(NmPattern pattern) : m_pattern(pattern) { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        const auto [n, m] = m_pattern;
        TileMask survivors;
        for (int i = 0; i < m; ++i)
            survivors.rows[std::size_t(i)] = largestOf(scores.row(i), 1, m, n);
        out = {};
        for (int j = 0; j < m; ++j) {
            TileLine<float> column;
            for (int i = 0; i < m; ++i)
                column[std::size_t(i)] = survivors.at(i, j) ? scores.row(i)[j] : -1.0F; // below every score
            for (std::uint64_t bits = largestOf(column.data(), 1, m, n); bits; bits &= bits - 1)
                if (survivors.at(std::countr_zero(bits), j))
                    out.add(std::countr_zero(bits), j);
        }
        return m_bound.judge(scores, n, out);
    }

private:
    NmPattern m_pattern;
    ThresholdSweeps m_bound;
};

} // namespace

std::unique_ptr<TileSolver> makeStandardNm(NmPattern pattern, bool alongRows)
{
    return std::make_unique<StandardNm>(pattern, alongRows);
}

std::unique_ptr<TileSolver> makeBiNm(NmPattern pattern)
{
    return std::make_unique<BiNm>(pattern);
}

} // namespace nms
