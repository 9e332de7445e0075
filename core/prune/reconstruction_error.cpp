// SPDX-License-Identifier: Apache-2.0
#include "core/prune/reconstruction_error.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>

namespace nms {

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
