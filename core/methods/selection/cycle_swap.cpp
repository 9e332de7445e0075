// SPDX-License-Identifier: Apache-2.0
// Greedy selection improved along cycles of four entries: (i, l) and (k, j) in place of (i, j) and (k, l), the exchange of
// Hubara et al. 2021 (arXiv 2102.08124), until none gains. Then no two rows could distribute the columns that they keep
// better between them.
#include "core/methods/method.h"
#include "core/methods/solve_options.h"
#include "core/methods/tile_solver.h"
#include "core/tile/masks/bound.h"
#include "core/tile/masks/rounding.h"

namespace nms {

namespace {

class CycleSwap : public TileSolver
{
public:
    CycleSwap(NmPattern pattern, SimdLevel level)
        : m_pattern(pattern), m_level(level), m_rounding(level), m_exchanges(pattern, level), m_bound(level)
    { }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        out = scores.maximum() > 0 ? m_rounding.greedy(scores, m_pattern.n) : TileMask::band(m_pattern);
        Rounding::swapUntilFull(scores, m_pattern.n, out, Rounding::Choice::Best, m_level);
        const int exchanges = m_exchanges.exchange(scores, out);
        TileResult result = m_bound.judge(scores, m_pattern.n, out);
        result.iterations = exchanges;
        return result;
    }

private:
    NmPattern m_pattern;
    SimdLevel m_level;
    Rounding m_rounding;
    MaskStart m_exchanges;
    ThresholdSweeps m_bound;
};

std::unique_ptr<TileSolver> makeCycleSwap(const SolveOptions &options, SimdLevel level)
{
    return std::make_unique<CycleSwap>(options.pattern, level);
}

} // namespace

const MethodTraits cycleSwapTraits = {
    .method = Method::CycleSwap, .name = "cycle-swap", .title = "Greedy + exchanges", .makeTile = makeCycleSwap};

} // namespace nms
