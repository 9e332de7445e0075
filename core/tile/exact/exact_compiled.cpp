// SPDX-License-Identifier: Apache-2.0
// The complete solve of a tile, and the table of its steps. Compiled once for each level.
#include "core/tile/exact/exact_kernels.h"

#include "core/simd/stride.h"
#include "core/tile/exact/coarse_steps.h"
#include "core/tile/exact/mask_steps.h"
#include "core/tile/exact/score_steps.h"
#include "core/tile/exact/search_steps.h"
#include "core/tile/exact/sweep_steps.h"

namespace nms {

namespace {

[[gnu::always_inline]] inline bool isBalanced(const ExactWork &work)
{
    return !(work.rowsBelow | work.rowsAbove | work.columnsBelow | work.columnsAbove);
}

template <int P> void solve(ExactBatchTile *const *tiles, int count)
{
    using Coarse = ShortShape<P>;
    for (int t = 0; t < count; ++t) {
        ExactWork &work = tiles[t]->work;
        tiles[t]->iterations = ExactWork::sweeps;
        // In double: the scale of a tile of denormals exceeds float's range.
        quantise<P>(work, tiles[t]->values, ExactWork::unit / double(tiles[t]->largest));
        coarsen<P>(work);
        for (int v = 0; v < Coarse::vectors; ++v) {
            Coarse::store(work.coarseAlpha, v, typename Coarse::Vector{});
            Coarse::store(work.coarseBeta, v, typename Coarse::Vector{});
        }
    }
    // A half sweep depends on the other half of its own tile, but not on other tiles, so they are interleaved.
    for (int sweep = 0; sweep < ExactWork::coarseSweeps; ++sweep) {
        for (int t = 0; t < count; ++t)
            coarseAlpha<P>(tiles[t]->work, sweep > 0);
        for (int t = 0; t < count; ++t)
            coarseBeta<P>(tiles[t]->work, sweep > 0);
    }
    for (int t = 0; t < count; ++t) {
        widen<P>(tiles[t]->work.coarseBeta, tiles[t]->work.beta);
        sweepAlpha<P>(tiles[t]->work);
    }
    for (int t = 0; t < count; ++t)
        sweepBeta<P>(tiles[t]->work);
    for (int t = 0; t < count; ++t) {
        ExactWork &work = tiles[t]->work;
        tiles[t]->proven = keepRows<P>(work);
        if (!tiles[t]->proven) {
            keepColumns<P>(work);
            keepTies<P>(work);
            for (; !isBalanced(work); ++tiles[t]->iterations)
                augment<P>(work);
            tiles[t]->proven = conclude<P>(work);
        }
        tiles[t]->objective = keptScore<P>(work, tiles[t]->values);
    }
}

template <int P>
constexpr ExactKernels kernels = {quantise<P>, coarseSweep<P>, sweep<P>,     keep<P>,   countLines<P>, keepTies<P>,
                                  augment<P>,  conclude<P>,    keptScore<P>, gather<P>, solve<P>};

} // namespace

const ExactKernels &NMS_LEVEL::exactKernels(int stride)
{
    return withStride(stride, [](auto p) -> const ExactKernels & { return kernels<p>; });
}

} // namespace nms
