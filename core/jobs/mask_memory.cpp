// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/mask_memory.h"

#include "core/base/cpu_clones.h"
#include "core/base/parallel.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace nms::jobs {

namespace {

/// A byte, 0 or 1, for each of eight bits: each byte of the product keeps one bit, and becomes 1.
NMS_INLINE std::uint64_t spread(std::uint64_t bits)
{
    constexpr std::uint64_t everyByte = 0x0101010101010101, bitOfByte = 0x8040201008040201;
    return ((bits * everyByte & bitOfByte) + 0x7f * everyByte) >> 7 & everyByte;
}

/// Of eight bytes, how many are not 0.
NMS_INLINE int nonzeroBytes(std::uint64_t bytes)
{
    constexpr std::uint64_t low = 0x7f7f7f7f7f7f7f7f;
    return std::popcount((((bytes & low) + low) | bytes) & ~low);
}

/// The first `cols` bits, a byte for each.
NMS_CPU_CLONES void expandRow(const std::uint64_t *words, std::int64_t cols, std::byte *out)
{
    for (std::int64_t col = 0; col < cols; col += 8) {
        const std::uint64_t bytes = spread(words[col / 64] >> (col % 64) & 0xff);
        std::memcpy(out + col, &bytes, std::size_t(std::min<std::int64_t>(8, cols - col)));
    }
}

/// The same; returns the number of bytes that this changes.
NMS_CPU_CLONES std::int64_t exchangeRow(const std::uint64_t *words, std::int64_t cols, std::byte *out)
{
    std::int64_t changed = 0;
    for (std::int64_t col = 0; col < cols; col += 8) {
        const std::uint64_t bytes = spread(words[col / 64] >> (col % 64) & 0xff);
        const auto count = std::size_t(std::min<std::int64_t>(8, cols - col));
        std::uint64_t before = bytes; // also where fewer than eight bytes are left
        std::memcpy(&before, out + col, count);
        changed += nonzeroBytes(before ^ bytes);
        std::memcpy(out + col, &bytes, count);
    }
    return changed;
}

/// The same where the bytes are not adjacent.
std::int64_t scatterRow(const Mask &mask, std::int64_t row, const Stack &stack, std::byte *out, bool compare)
{
    std::int64_t changed = 0;
    for (std::int64_t col = 0; col < mask.cols(); ++col) {
        const auto value = std::byte(mask.at(row, col) ? 1 : 0);
        std::byte &to = out[stack.columnOffset(col)];
        changed += compare && to != value ? 1 : 0;
        to = value;
    }
    return changed;
}

} // namespace

std::int64_t writeMask(const Mask &mask, std::int64_t row0, const Stack &stack, std::byte *data, int threads, bool compare)
{
    const bool neighbours = stack.columnsAreNeighbours();
    constexpr std::int64_t cellsPerBlock = 1 << 18;
    std::atomic<std::int64_t> changed = 0;
    parallelBlocks(mask.rows(), rowsPerBlock(mask.cols(), cellsPerBlock), threads, {},
                   [&](std::int64_t begin, std::int64_t end) {
                       std::int64_t count = 0;
                       for (std::int64_t row = begin; row < end; ++row) {
                           std::byte *to = data + stack.rowOffset(row0 + row);
                           if (!neighbours)
                               count += scatterRow(mask, row, stack, to, compare);
                           else if (compare)
                               count += exchangeRow(mask.row64(row).data(), mask.cols(), to);
                           else
                               expandRow(mask.row64(row).data(), mask.cols(), to);
                       }
                       changed += count;
                   });
    return changed;
}

} // namespace nms::jobs
