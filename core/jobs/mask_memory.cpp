// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/mask_memory.h"

#include "core/base/parallel.h"
#include "core/tensor/row_panels.h"

#include <cstring>
#include <span>

namespace nms::jobs {

namespace {

/// The first `cols` bits, a byte for each. Eight at a time: each byte of the product keeps one bit, and becomes 1.
void expandRow(std::span<const std::uint64_t> words, std::int64_t cols, std::byte *out)
{
    constexpr std::uint64_t everyByte = 0x0101010101010101, bitOfByte = 0x8040201008040201;
    std::int64_t col = 0;
    for (; col + 8 <= cols; col += 8) {
        const std::uint64_t bits = words[std::size_t(col / 64)] >> (col % 64) & 0xff;
        const std::uint64_t spread = ((bits * everyByte & bitOfByte) + 0x7f * everyByte) >> 7 & everyByte;
        std::memcpy(out + col, &spread, sizeof spread);
    }
    for (; col < cols; ++col)
        out[col] = std::byte(words[std::size_t(col / 64)] >> (col % 64) & 1U);
}

} // namespace

void writeMask(const Mask &mask, std::int64_t row0, const Stack &stack, std::byte *data, int threads)
{
    const bool neighbours = stack.columnsAreNeighbours();
    constexpr std::int64_t cellsPerBlock = 1 << 18;
    parallelBlocks(mask.rows(), rowsPerBlock(mask.cols(), cellsPerBlock), threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t row = begin; row < end; ++row) {
                           std::byte *to = data + stack.rowPlace(row0 + row);
                           if (neighbours)
                               expandRow(mask.row64(row), mask.cols(), to);
                           else
                               for (std::int64_t col = 0; col < mask.cols(); ++col)
                                   to[stack.columnPlace(col)] = std::byte(mask.at(row, col) ? 1 : 0);
                       }
                   });
}

} // namespace nms::jobs
