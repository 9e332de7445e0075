// SPDX-License-Identifier: Apache-2.0
#include "core/methods/factory.h"
#include "core/methods/method.h"
#include "core/tile/masks/bound.h"
#include "core/tile/masks/rounding.h"

#include <algorithm>
#include <array>

namespace nms {

namespace {

/// Greedy selection on the scores, at least half the optimum (Hubara et al. 2021). Rows and columns that it leaves short of
/// n are filled by the best swaps or, for plain `greedy`, by the first that fit.
class Greedy : public TileSolver
{
public:
    Greedy(NmPattern pattern, bool swaps, SimdLevel level)
        : m_pattern(pattern), m_choice(swaps ? Rounding::Choice::Best : Rounding::Choice::First), m_level(level),
          m_rounding(level), m_bound(level)
    { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        out = scores.maximum() > 0 ? m_rounding.greedy(scores, m_pattern.n) : TileMask::band(m_pattern);
        Rounding::swapUntilFull(scores, m_pattern.n, out, m_choice, m_level);
        return m_bound.judge(scores, m_pattern.n, out);
    }

private:
    NmPattern m_pattern;
    Rounding::Choice m_choice;
    SimdLevel m_level;
    Rounding m_rounding;
    ThresholdSweeps m_bound;
};

/// Keeps the entries of the mask of `source`, filled up in the same way. With `swaps` the mask is then improved by
/// exchanges until none gains (MaskStart), which are counted as iterations; the bound is that of `source`.
class GreedyFrom : public TileSolver
{
public:
    GreedyFrom(NmPattern pattern, bool swaps, std::unique_ptr<StartSource> source, SimdLevel level)
        : m_pattern(pattern), m_source(std::move(source)), m_swaps(swaps), m_level(level), m_start(pattern, level)
    { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &stop, TileMask &out) override
    {
        const TileResult before = m_source->mask(scores, stop, out);
        if (scores.maximum() == 0)
            out = TileMask::band(m_pattern);
        m_start.complete(scores, out, m_swaps ? Rounding::Choice::Best : Rounding::Choice::First);
        TileResult result;
        result.iterations = m_swaps ? m_start.exchange(scores, out) : 0;
        result.objective = keptScore(scores, out, m_level);
        result.upperBound = std::max(result.objective, before.upperBound);
        return result;
    }

private:
    NmPattern m_pattern;
    std::unique_ptr<StartSource> m_source;
    bool m_swaps;
    SimdLevel m_level;
    MaskStart m_start;
};

template <bool swaps> std::unique_ptr<TileSolver> makeGreedy(const SolveOptions &options, SimdLevel level)
{
    if (options.warmStart)
        return std::make_unique<GreedyFrom>(options.pattern, swaps, makeStartSource(options, level), level);
    return std::make_unique<Greedy>(options.pattern, swaps, level);
}

constexpr std::array greedyStarts = {Method::BiNm};
constexpr std::array swapStarts = {Method::Dykstra, Method::Capped, Method::Greedy, Method::BiNm, Method::Max1000};

} // namespace

const MethodTraits greedyTraits = {.method = Method::Greedy,
                                   .name = "greedy",
                                   .title = "Greedy",
                                   .comparedByDefault = true,
                                   .warmStarts = greedyStarts,
                                   .device = DeviceProgram::Greedy,
                                   .makeTile = makeGreedy<false>};

const MethodTraits greedySwapTraits = {.method = Method::GreedySwap,
                                       .name = "greedy+swap",
                                       .title = "Greedy + swaps",
                                       .warmStarts = swapStarts,
                                       .device = DeviceProgram::GreedySwap,
                                       .makeTile = makeGreedy<true>};

} // namespace nms
