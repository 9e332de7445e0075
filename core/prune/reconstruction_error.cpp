// SPDX-License-Identifier: Apache-2.0
#include "core/prune/reconstruction_error.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

namespace nms {

ReconstructionError &ReconstructionError::operator+=(const ReconstructionError &other)
{
    lost += other.lost;
    whole += other.whole;
    return *this;
}

namespace {

/// H scaled to a diagonal near one, for products in float32.
struct ScaledGram {
    std::unique_ptr<SymmetricOperator> h;
    double unit = 1; // H divided by the matrix in `h`
    std::int64_t cols = 0;
};

Result<ScaledGram> scaledOf(const Gram &gram, LinearAlgebra &algebra, int threads)
{
    const double unit = gram.meanSquare() > 0 ? gram.meanSquare() : 1;
    Matrix<float> h(gram.inputs(), gram.inputs());
    std::transform(gram.h.data(), gram.h.data() + gram.h.size(), h.data(),
                   [unit](double value) { return static_cast<float>(value / unit); });
    auto product = algebra.symmetric(h.span(), threads);
    if (!product)
        return fail(product.error());
    return ScaledGram{std::move(*product), unit, gram.inputs()};
}

/// row · H · rowᵀ for every row that `rowOf` provides, summed in double.
Result<std::vector<double>> energies(std::int64_t count, const ScaledGram &scaled,
                                     const std::function<void(std::int64_t row, std::span<float> out)> &rowOf)
{
    const std::int64_t cols = scaled.cols;
    constexpr std::int64_t panel = 512;
    Matrix<float> rows(std::min(panel, count), cols), image(rows.rows(), cols);
    std::vector<double> sums(static_cast<std::size_t>(count));
    for (std::int64_t first = 0; first < count; first += panel) {
        const std::int64_t height = std::min(panel, count - first);
        const Span2d<float> part = rows.span().block(0, 0, height, cols), out = image.span().block(0, 0, height, cols);
        for (std::int64_t row = 0; row < height; ++row)
            rowOf(first + row, part.row(row));
        if (const Status done = scaled.h->multiply(part, out); !done)
            return fail(done.error());
        for (std::int64_t row = 0; row < height; ++row) {
            double sum = 0;
            for (std::int64_t col = 0; col < cols; ++col)
                sum += double(part(row, col)) * double(out(row, col));
            sums[std::size_t(first + row)] = std::max(0.0, sum) * scaled.unit;
        }
    }
    return sums;
}

void difference(Span2d<const float> weights, Span2d<const float> pruned, std::int64_t row, std::span<float> out)
{
    for (std::int64_t col = 0; col < weights.cols; ++col)
        out[std::size_t(col)] = weights(row, col) - pruned(row, col);
}

Result<std::vector<double>> lostByOutput(Span2d<const float> weights, Span2d<const float> pruned, const ScaledGram &scaled)
{
    return energies(weights.rows, scaled,
                    [&](std::int64_t row, std::span<float> out) { difference(weights, pruned, row, out); });
}

} // namespace

Result<std::vector<double>> errorByOutput(Span2d<const float> weights, Span2d<const float> pruned, const Gram *gram,
                                          LinearAlgebra &algebra, int threads)
{
    if (gram != nullptr) {
        const Result<ScaledGram> scaled = scaledOf(*gram, algebra, threads);
        return scaled ? lostByOutput(weights, pruned, *scaled) : fail(scaled.error());
    }
    std::vector<float> delta(static_cast<std::size_t>(weights.cols));
    std::vector<double> sums;
    for (std::int64_t row = 0; row < weights.rows; ++row) {
        difference(weights, pruned, row, delta);
        sums.push_back(std::transform_reduce(delta.begin(), delta.end(), 0.0, std::plus<>(),
                                             [](float value) { return double(value) * double(value); }));
    }
    return sums;
}

Result<ReconstructionError> reconstructionError(Span2d<const float> weights, Span2d<const float> pruned, const Gram &gram,
                                                LinearAlgebra &algebra, int threads)
{
    const Result<ScaledGram> scaled = scaledOf(gram, algebra, threads);
    if (!scaled)
        return fail(scaled.error());
    const Result<std::vector<double>> lost = lostByOutput(weights, pruned, *scaled);
    if (!lost)
        return fail(lost.error());
    const Result<std::vector<double>> whole = energies(weights.rows, *scaled, [&](std::int64_t row, std::span<float> out) {
        std::ranges::copy(weights.row(row), out.begin());
    });
    if (!whole)
        return fail(whole.error());
    return ReconstructionError{std::accumulate(lost->begin(), lost->end(), 0.0),
                               std::accumulate(whole->begin(), whole->end(), 0.0)};
}

} // namespace nms
