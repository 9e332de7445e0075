// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/tensor_pieces.h"

#include <algorithm>
#include <numeric>

namespace nms::jobs {

std::int64_t rowsTogether(const TensorInfo &tensor, const SolveOptions &options)
{
    const bool apart = tensor.matrixRows() % options.pattern.m != 0 || traitsOf(options.method).takesWholeMatrix;
    return apart ? tensor.matrixRows() : tensor.rows();
}

std::vector<TensorPiece> piecesOf(const TensorInfo &tensor, const SolveOptions &options, std::int64_t weights)
{
    const std::int64_t m = options.pattern.m, height = std::max<std::int64_t>(1, rowsTogether(tensor, options));
    const std::int64_t fitting = weights / std::max<std::int64_t>(1, tensor.cols()); // rows
    std::int64_t step = 0; // rows of a piece
    if (height <= fitting)
        step = fitting / height * height; // whole matrices
    else if (traitsOf(options.method).takesWholeMatrix)
        step = height;
    std::vector<TensorPiece> pieces;
    if (step > 0) {
        for (std::int64_t row = 0; row < tensor.rows(); row += step)
            pieces.push_back({row, std::min(step, tensor.rows() - row)});
        return pieces;
    }
    step = std::max(m, fitting / m * m);
    for (std::int64_t first = 0; first < tensor.rows(); first += height)
        for (std::int64_t row = 0; row < height; row += step)
            pieces.push_back({first + row, std::min(step, height - row)});
    return pieces;
}

std::vector<int> divided(std::span<const std::int64_t> costs, int ranks)
{
    std::vector<std::size_t> order(costs.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
    std::vector<std::int64_t> load(std::size_t(ranks), 0);
    std::vector<int> owner(costs.size());
    for (const std::size_t index : order) {
        const auto least = std::ranges::min_element(load);
        owner[index] = int(least - load.begin());
        *least += costs[index];
    }
    return owner;
}

} // namespace nms::jobs
