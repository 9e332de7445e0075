// SPDX-License-Identifier: Apache-2.0
// Mask ↔ the bytes of each MaskFormat, row-major. Private to core/io.
#pragma once

#include "core/sparsity/mask.h"
#include "core/tensor/axes.h"
#include "core/tensor/dtype.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nms {

inline std::int64_t packedBytesPerRow(std::int64_t cols)
{
    return cols / 8 + (cols % 8 != 0);
}

/// One byte, 0 or 1, for each entry.
std::vector<std::byte> maskToBytes(const Mask &mask);

/// packedBytesPerRow bytes a row, the first column in the highest bit (numpy.packbits along axis 1).
std::vector<std::byte> packMask(const Mask &mask);

/// Raw rows [rawRow0, rawRow0 + rawRows) of the tensor that `stack` describes: one byte, 0 or 1, for each element in the
/// file's order; `mask` covers the whole stacked view.
std::vector<std::byte> maskInFileOrder(const Stack &stack, const Mask &mask, std::int64_t rawRow0, std::int64_t rawRows,
                                       std::int64_t rawCols);

/// Sets the elements dropped by the mask to zero in the same raw rows of weights; each element has elementBytes bytes.
void applyInFileOrder(const Stack &stack, const Mask &mask, std::int64_t rawRow0, std::int64_t rawCols, int elementBytes,
                      std::span<std::byte> weights);

/// An entry that is not valid in a mask.
struct BadEntry {
    std::int64_t row = 0;
    std::int64_t col = 0;
    double value = 0;
};

/// The inverse of maskToBytes and packMask, written to rows [row0, row0 + rows) of `mask`. Returns the first invalid entry,
/// if there is one: a byte other than 0 and 1, or a bit set after the last column.
std::optional<BadEntry> bytesToMask(std::span<const std::byte> bytes, std::int64_t row0, std::int64_t rows, Mask &mask);
std::optional<BadEntry> unpackMask(std::span<const std::byte> bytes, std::int64_t row0, std::int64_t rows, Mask &mask);

/// The same for masks of other programs whose elements are not single bytes: sets the entries that are 1.
std::optional<BadEntry> valuesToMask(std::span<const std::byte> values, DType dtype, std::int64_t row0, std::int64_t rows,
                                     Mask &mask);

/// Sets the entries whose weight is not ±0.
void nonzerosToMask(std::span<const std::byte> weights, DType dtype, std::int64_t row0, std::int64_t rows, Mask &mask);

} // namespace nms
