// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/prune_rows.h"

#include "core/bench/timing.h"
#include "core/prune/prune_layer.h"
#include "core/prune/reconstruction_error.h"
#include "core/sparsity/mask_counter.h"
#include "gpu/cuda/bench/solve_rows.h"
#include "gpu/cuda/cuda_algebra.h"

#include <cmath>
#include <utility>

namespace nms::warp::bench {
namespace {

/// Makes each input correlate with the one before it, and gives each its own scale.
void correlate(Matrix<float> &x)
{
    for (std::int64_t row = 0; row < x.rows(); ++row) {
        float before = 0;
        for (std::int64_t col = 0; col < x.cols(); ++col) {
            before = x(row, col) + 0.7F * before;
            x(row, col) = before * std::exp2(float(col * 7 % 13) / 3 - 2);
        }
    }
}

bool holds(const PruneOptions &options, const Mask &mask)
{
    MaskCounter counter(options.promise(), mask.rows(), mask.cols());
    return counter.add(mask, 0, mask.rows()) && counter.finish();
}

} // namespace

Result<bool> benchPruning(Machine &machine, int device, std::int64_t side, const Report &report)
{
    const auto algebra = makeCudaAlgebra(device);
    if (!algebra)
        return fail(algebra.error());
    bool right = true;
    for (const auto &[rows, cols] : {std::pair<std::int64_t, std::int64_t>{384, 1536}, {side, side}}) {
        const Matrix<float> weights = gaussianWeights(rows, cols);
        Matrix<float> x = gaussianWeights(4096, cols);
        correlate(x);
        PruneRow row{.rows = rows, .cols = cols};
        const double begun = nms::bench::secondsOf(nms::bench::Clock::Wall);
        auto sum = (*algebra)->startGram(cols, 0);
        if (!sum)
            return fail(sum.error());
        if (const Status added = (*sum)->add(x.span()); !added)
            return fail(added.error());
        Result<Matrix<double>> h = (*sum)->finish();
        if (!h)
            return fail(h.error());
        row.gramSeconds = nms::bench::secondsOf(nms::bench::Clock::Wall) - begun;
        const Result<Gram> rounded = gramOf(*h, x.rows());
        if (!rounded)
            return fail(rounded.error());
        const Gram &gram = *rounded;
        for (const FrameworkTraits &traits : frameworks()) {
            PruneOptions options;
            options.framework = traits.framework;
            options.acceptSingular = true; // there may be more inputs than the 4096 samples
            options.tiles.pattern = {8, 16};
            const auto layer = pruneLayer({weights.span(), &gram}, options, {*machine.backend, **algebra}, {});
            if (!layer)
                return fail(layer.error());
            const auto error = reconstructionError(weights.span(), layer->weights.span(), gram, **algebra, 0);
            if (!error)
                return fail(error.error());
            row.framework = traits.name.data();
            row.seconds = layer->seconds;
            row.tileSeconds = layer->tileSeconds;
            row.steps = layer->iterations;
            row.error = error->relative();
            row.right = holds(options, layer->mask);
            right = right && row.right;
            report.write(row);
        }
    }
    return right;
}

} // namespace nms::warp::bench
