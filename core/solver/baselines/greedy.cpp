// SPDX-License-Identifier: Apache-2.0
#include "core/solver/baselines/baselines.h"
#include "core/solver/tile/bound.h"
#include "core/solver/tile/rounding.h"

namespace nms {

namespace {

/// Greedy selection on the scores, at least half the optimum (Hubara et al. 2021). What it leaves short of n is completed
/// by the best swaps or, for plain `greedy`, by the first that fit.
class Greedy : public TileSolver
{
public:
    Greedy(NmPattern pattern, bool swaps) : m_pattern(pattern), m_swaps(swaps) { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        out = scores.maximum() > 0 ? m_rounding.greedy(scores, m_pattern.n) : TileMask::band(m_pattern);
        Rounding::swapUntilFull(scores, m_pattern.n, out, m_swaps ? Rounding::Choice::Best : Rounding::Choice::First);
        return m_bound.judge(scores, m_pattern.n, out);
    }

private:
    NmPattern m_pattern;
    bool m_swaps;
    Rounding m_rounding;
    ThresholdSweeps m_bound;
};

} // namespace

std::unique_ptr<TileSolver> makeGreedy(NmPattern pattern, bool swaps)
{
    return std::make_unique<Greedy>(pattern, swaps);
}

} // namespace nms
