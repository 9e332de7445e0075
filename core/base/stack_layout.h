// SPDX-License-Identifier: Apache-2.0
// Where the elements of a stack of matrices lie in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nms {

/// One dimension of memory: `size` elements, each `stride` elements after the one before; of either sign, or 0.
struct Dimension {
    std::int64_t size = 1;
    std::int64_t stride = 0;

    bool operator==(const Dimension &) const = default;
};

/// The distance of consecutive elements along `dimensions`, the last varying fastest, if it is the same everywhere; 0 where
/// there is only one element.
inline std::optional<std::int64_t> evenStep(std::span<const Dimension> dimensions)
{
    std::int64_t step = 0, size = 1; // of the dimensions seen so far, from the innermost
    for (auto dimension = dimensions.rbegin(); dimension != dimensions.rend(); ++dimension) {
        if (dimension->size == 1)
            continue;
        if (size == 1)
            step = dimension->stride;
        else if (dimension->stride != step * size)
            return std::nullopt;
        size *= dimension->size;
    }
    return step;
}

/// The matrices of a stack, one below the other. Element (row, column) lies Σ index · stride elements after the first, with
/// the row's index in the dimensions `rows` (those that count the matrices come first) and the column's in `cols`, the last
/// of each varying fastest.
struct StackLayout {
    std::vector<Dimension> rows;
    std::vector<Dimension> cols;
};

} // namespace nms
