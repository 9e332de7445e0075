// SPDX-License-Identifier: Apache-2.0
#include "core/prune/layer_run.h"

#include "core/base/number_text.h"
#include "core/prune/frameworks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>

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

namespace {

/// row · H · rowᵀ of every row that `rowOf` gives, in float32 with H scaled to a diagonal near one, summed in double.
Result<std::vector<double>> energies(std::int64_t count, const Gram &gram, LinearAlgebra &algebra, int threads,
                                     const std::function<void(std::int64_t row, std::span<float> out)> &rowOf)
{
    const double unit = gram.meanSquare() > 0 ? gram.meanSquare() : 1;
    const std::int64_t cols = gram.inputs();
    Matrix<float> h(cols, cols);
    std::transform(gram.h.data(), gram.h.data() + gram.h.size(), h.data(),
                   [unit](double value) { return static_cast<float>(value / unit); });
    const auto product = algebra.symmetric(h.span(), threads);
    if (!product)
        return fail(product.error());
    h = {};
    constexpr std::int64_t panel = 512;
    Matrix<float> rows(std::min(panel, count), cols), image(rows.rows(), cols);
    std::vector<double> sums(static_cast<std::size_t>(count));
    for (std::int64_t first = 0; first < count; first += panel) {
        const std::int64_t height = std::min(panel, count - first);
        const Span2d<float> part = rows.span().block(0, 0, height, cols), out = image.span().block(0, 0, height, cols);
        for (std::int64_t row = 0; row < height; ++row)
            rowOf(first + row, part.row(row));
        if (const Status done = (*product)->multiply(part, out); !done)
            return fail(done.error());
        for (std::int64_t row = 0; row < height; ++row) {
            double sum = 0;
            for (std::int64_t col = 0; col < cols; ++col)
                sum += double(part(row, col)) * double(out(row, col));
            sums[std::size_t(first + row)] = std::max(0.0, sum) * unit;
        }
    }
    return sums;
}

} // namespace

Result<std::vector<double>> errorByOutput(Span2d<const float> weights, Span2d<const float> pruned, const Gram *gram,
                                          LinearAlgebra &algebra, int threads)
{
    const auto difference = [&](std::int64_t row, std::span<float> out) {
        for (std::int64_t col = 0; col < weights.cols; ++col)
            out[std::size_t(col)] = weights(row, col) - pruned(row, col);
    };
    if (gram != nullptr)
        return energies(weights.rows, *gram, algebra, threads, difference);
    std::vector<float> delta(static_cast<std::size_t>(weights.cols));
    std::vector<double> sums;
    for (std::int64_t row = 0; row < weights.rows; ++row) {
        difference(row, delta);
        sums.push_back(std::transform_reduce(delta.begin(), delta.end(), 0.0, std::plus<>(),
                                             [](float value) { return double(value) * double(value); }));
    }
    return sums;
}

Result<ReconstructionError> reconstructionError(Span2d<const float> weights, Span2d<const float> pruned, const Gram &gram,
                                                LinearAlgebra &algebra, int threads)
{
    const Result<std::vector<double>> lost = errorByOutput(weights, pruned, &gram, algebra, threads);
    if (!lost)
        return fail(lost.error());
    const Result<std::vector<double>> whole =
        energies(weights.rows, gram, algebra, threads,
                 [&](std::int64_t row, std::span<float> out) { std::ranges::copy(weights.row(row), out.begin()); });
    if (!whole)
        return fail(whole.error());
    return ReconstructionError{std::accumulate(lost->begin(), lost->end(), 0.0),
                               std::accumulate(whole->begin(), whole->end(), 0.0)};
}

} // namespace nms
