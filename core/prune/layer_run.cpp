// SPDX-License-Identifier: Apache-2.0
#include "core/prune/layer_run.h"

#include "core/base/number_text.h"
#include "core/prune/frameworks.h"

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

/// Whether H goes with the layer and the framework can work with it.
Status checkProblem(const LayerProblem &layer, const PruneOptions &options, LinearAlgebra &algebra)
{
    const FrameworkTraits &traits = traitsOf(options.framework);
    if (!traits.usesInputs)
        return {};
    const std::int64_t inputs = layer.weights.cols;
    if (layer.gram == nullptr)
        return fail(ErrorKind::Usage, "calibration", std::string(traits.title) + " needs the inputs of the layer",
                    "give --calibration");
    if (layer.gram->inputs() != inputs)
        return fail(ErrorKind::Input, "H",
                    "is of " + formatCount(layer.gram->inputs()) + " inputs, but the layer has " + formatCount(inputs),
                    "give the activations of this layer");
    if (!traits.usesGram)
        return {};
    if (!options.acceptSingular)
        return checkFullRank(*layer.gram, algebra, options.tiles.threads);
    return {};
}

} // namespace

Result<std::unique_ptr<LayerRun>> startLayer(const LayerProblem &layer, const PruneOptions &options, PruneParts parts)
{
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    if (const Status fits = checkProblem(layer, options, parts.algebra); !fits)
        return fail(fits.error());
    switch (options.framework) {
    case Framework::Magnitude:
    case Framework::Wanda:
        return startScored(layer, options, parts);
    case Framework::SparseGpt:
        return startSparseGpt(layer, options, parts);
    case Framework::Alps:
        return startAlps(layer, options, parts);
    }
    return fail(ErrorKind::Internal, "framework", "is unknown");
}

Result<PrunedLayer> pruneLayer(const LayerProblem &layer, const PruneOptions &options, PruneParts parts,
                               const Progress &progress)
{
    constexpr std::int64_t thousandths = 1000;
    Result<std::unique_ptr<LayerRun>> run = startLayer(layer, options, parts);
    if (!run)
        return fail(run.error());
    std::vector<PruneStep> steps;
    while (!(*run)->finished()) {
        if (progress.stop.stop_requested())
            return fail(ErrorKind::Cancelled, "prune", "was stopped");
        if (const Status advanced = (*run)->advance(1, progress.stop, steps); !advanced)
            return fail(advanced.error());
        if (progress.report)
            progress.report(std::llround((*run)->fraction() * double(thousandths)), thousandths);
    }
    return (*run)->layer();
}

ReconstructionError &ReconstructionError::operator+=(const ReconstructionError &other)
{
    lost += other.lost;
    whole += other.whole;
    return *this;
}

Result<ReconstructionError> reconstructionError(Span2d<const float> weights, Span2d<const float> pruned, const Gram &gram,
                                                LinearAlgebra &algebra, int threads)
{
    // Products in float32 with H scaled to a diagonal near one; sums of what they leave in double.
    const double unit = gram.meanSquare() > 0 ? gram.meanSquare() : 1;
    Matrix<float> h(gram.inputs(), gram.inputs());
    std::transform(gram.h.data(), gram.h.data() + gram.h.size(), h.data(),
                   [unit](double value) { return static_cast<float>(value / unit); });
    const auto product = algebra.symmetric(h.span(), threads);
    if (!product)
        return fail(product.error());
    h = {};
    constexpr std::int64_t panel = 512;
    const std::int64_t cols = weights.cols;
    Matrix<float> rows(std::min(panel, weights.rows), cols), image(rows.rows(), cols);
    ReconstructionError error;
    for (std::int64_t first = 0; first < weights.rows; first += panel) {
        const std::int64_t count = std::min(panel, weights.rows - first);
        const Span2d<float> part = rows.span().block(0, 0, count, cols), out = image.span().block(0, 0, count, cols);
        for (const bool difference : {false, true}) {
            for (std::int64_t row = 0; row < count; ++row)
                for (std::int64_t col = 0; col < cols; ++col)
                    part(row, col) = weights(first + row, col) - (difference ? pruned(first + row, col) : 0.0F);
            if (const Status done = (*product)->multiply(part, out); !done)
                return fail(done.error());
            double sum = 0;
            for (std::int64_t row = 0; row < count; ++row)
                for (std::int64_t col = 0; col < cols; ++col)
                    sum += double(part(row, col)) * double(out(row, col));
            (difference ? error.lost : error.whole) += std::max(0.0, sum) * unit;
        }
    }
    return error;
}

} // namespace nms
