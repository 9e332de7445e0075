// SPDX-License-Identifier: Apache-2.0
#include "core/solver/baselines/baselines.h"
#include "core/solver/tile/bound.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nms {

namespace {

constexpr int candidates = 1000;

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers with every standard library.
class Random
{
public:
    explicit Random(std::uint64_t seed) : m_state(seed) { }
    std::uint64_t next()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    void shuffle(TileLine<int> &line, int count)
    {
        for (int k = count - 1; k > 0; --k) // 32 random bits times k + 1: a bias below 2⁻²⁶
            std::swap(line[std::size_t(k)], line[std::size_t((next() >> 32) * std::uint64_t(k + 1) >> 32)]);
    }

private:
    std::uint64_t m_state;
};

/// The best of 1000 random feasible masks: a band under a random order of rows and of columns.
class Max1000 : public TileSolver
{
public:
    Max1000(NmPattern pattern, std::uint64_t seed) : m_pattern(pattern), m_seed(seed) { }

    TileResult solve(const TileScores &scores, std::int64_t tile, const std::stop_token &, TileMask &out) override
    {
        const auto [n, m] = m_pattern;
        Random random(Random(m_seed).next() ^ Random(std::uint64_t(tile)).next());
        TileLine<int> rows, columns, bestRows, bestColumns;
        std::iota(rows.begin(), rows.begin() + m, 0);
        std::iota(columns.begin(), columns.begin() + m, 0);
        double best = -1;
        for (int candidate = 0; candidate < candidates && scores.maximum() > 0; ++candidate) {
            random.shuffle(rows, m);
            random.shuffle(columns, m);
            double sum = 0;
            for (int i = 0; i < m; ++i) {
                const float *row = scores.row(rows[std::size_t(i)]);
                for (int k = 0; k < n; ++k)
                    sum += row[columns[std::size_t(i + k < m ? i + k : i + k - m)]];
            }
            if (sum > best) {
                best = sum;
                bestRows = rows;
                bestColumns = columns;
            }
        }
        if (best < 0) {
            out = TileMask::band(m_pattern);
        } else {
            out = {};
            for (int i = 0; i < m; ++i)
                for (int k = 0; k < n; ++k)
                    out.add(bestRows[std::size_t(i)], bestColumns[std::size_t((i + k) % m)]);
        }
        return m_bound.judge(scores, n, out);
    }

private:
    NmPattern m_pattern;
    std::uint64_t m_seed;
    ThresholdSweeps m_bound;
};

} // namespace

std::unique_ptr<TileSolver> makeMax1000(NmPattern pattern, std::uint64_t seed)
{
    return std::make_unique<Max1000>(pattern, seed);
}

} // namespace nms
