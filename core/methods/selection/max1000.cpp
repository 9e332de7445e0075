// SPDX-License-Identifier: Apache-2.0
#include "core/methods/method.h"
#include "core/methods/selection/random_masks.h"
#include "core/methods/solve_options.h"
#include "core/methods/tile_solver.h"
#include "core/tile/masks/bound.h"
#include "core/tile/masks/mask_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>

namespace nms {

namespace {

constexpr int candidates = 1000;

/// Caches the masks that were requested last: the blocks of a run share them.
std::shared_ptr<const RandomMasks> masksFor(NmPattern pattern, std::uint64_t seed)
{
    static std::mutex mutex;
    static std::shared_ptr<const RandomMasks> last;
    const std::scoped_lock lock(mutex);
    if (!last || last->pattern() != pattern || last->seed() != seed)
        last = std::make_shared<const RandomMasks>(pattern, candidates, seed);
    return last;
}

/// The best of 1000 random feasible masks, the same 1000 for every tile: the mask of a tile depends on its scores and the
/// seed alone.
class Max1000 : public TileSolver
{
public:
    Max1000(NmPattern pattern, std::uint64_t seed, SimdLevel level)
        : m_pattern(pattern), m_level(level), m_masks(masksFor(pattern, seed)), m_bound(level)
    {
        m_work.n = pattern.n;
        m_work.m = pattern.m;
    }

    TileResult solve(const TileScores &scores, std::int64_t, const std::stop_token &, TileMask &out) override
    {
        if (scores.maximum() > 0) {
            const int bits = 31 - std::bit_width(unsigned(m_pattern.n * m_pattern.m)); // available for one score
            const double scale = std::ldexp(1.0, bits - 1 - std::ilogb(scores.maximum()));
            const int best = maskKernels(m_level, scores.stride())
                                 .bestCandidate(m_work, scores.row(0), scale, m_masks->rows(0), candidates);
            out = {};
            std::copy_n(m_masks->rows(best), m_pattern.m, out.rows.data());
        } else {
            out = TileMask::band(m_pattern);
        }
        return m_bound.judge(scores, m_pattern.n, out);
    }

private:
    NmPattern m_pattern;
    SimdLevel m_level;
    std::shared_ptr<const RandomMasks> m_masks;
    SelectionWork m_work;
    ThresholdSweeps m_bound;
};

std::unique_ptr<TileSolver> makeMax1000(const SolveOptions &options, SimdLevel level)
{
    return std::make_unique<Max1000>(options.pattern, options.seed, level);
}

} // namespace

const MethodTraits max1000Traits = {.method = Method::Max1000,
                                    .name = "max1000",
                                    .title = "Best of 1000 random",
                                    .isSeeded = true,
                                    .passes = candidates,
                                    .makeTile = makeMax1000};

} // namespace nms
