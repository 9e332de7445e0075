// SPDX-License-Identifier: Apache-2.0
#include "core/solver/tile/exact/small/group_solver.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nms {

static_assert(GroupSolver::maxM == strideFor(GroupSolver::maxM));

namespace {

typedef std::uint8_t Bytes __attribute__((vector_size(16)));
typedef std::uint32_t Numbers __attribute__((vector_size(16)));
typedef std::uint64_t Words __attribute__((vector_size(16)));

/// The bytes of the first half, each followed by that of the second.
Bytes zipped(Bytes bytes)
{
    const Bytes second = __builtin_shufflevector(bytes, bytes, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    return __builtin_shufflevector(bytes, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/// From byte i of four numbers to the four bytes of number i.
Numbers turned(const std::uint32_t *numbers)
{
    Bytes bytes;
    std::memcpy(&bytes, numbers, sizeof bytes);
    return Numbers(zipped(zipped(bytes)));
}

/// The lowest m bits of each byte without the gaps, in either half; the others must be 0.
Words closedUp(Words bytes, int m)
{
    const int gap = 8 - m;
    bytes = (bytes & 0x00ff00ff00ff00ffU) | (bytes & 0xff00ff00ff00ff00U) >> gap;
    bytes = (bytes & 0x0000ffff0000ffffU) | (bytes & 0xffff0000ffff0000U) >> 2 * gap;
    return (bytes & 0x00000000ffffffffU) | (bytes & 0xffffffff00000000U) >> 4 * gap;
}

/// Four rows of sixteen masks, of which each tile's are the bytes of a number: m bits of each tile, eight tiles in a word.
void bitsOfRows(const std::uint32_t (&masks)[16], int m, std::uint64_t (&rows)[4][2])
{
    const Numbers a = turned(masks), b = turned(masks + 4), c = turned(masks + 8), d = turned(masks + 12);
    const Numbers ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Numbers cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const Words bits[4] = {closedUp(Words(__builtin_shufflevector(ab0, cd0, 0, 1, 4, 5)), m),
                           closedUp(Words(__builtin_shufflevector(ab0, cd0, 2, 3, 6, 7)), m),
                           closedUp(Words(__builtin_shufflevector(ab2, cd2, 0, 1, 4, 5)), m),
                           closedUp(Words(__builtin_shufflevector(ab2, cd2, 2, 3, 6, 7)), m)};
    std::memcpy(rows, bits, sizeof bits);
}

/// Puts the lowest `count` bits into a row whose bits there are 0.
void putBits(std::span<std::uint64_t> row, std::int64_t col0, std::int64_t count, std::uint64_t bits)
{
    bits &= ~std::uint64_t(0) >> (64 - count);
    const std::size_t word = std::size_t(col0 / 64);
    const int shift = int(col0 % 64);
    row[word] |= bits << shift;
    if (shift + count > 64)
        row[word + 1] |= bits >> (64 - shift);
}

/// The first tile with a score that is none.
std::int64_t firstInvalid(Span2d<const float> cells, int m)
{
    std::int64_t first = (cells.cols + m - 1) / m;
    for (std::int64_t i = 0; i < cells.rows; ++i)
        for (std::int64_t col = 0; col < cells.cols; ++col)
            if (const float value = cells(i, col); !(value >= 0 && std::isfinite(value)))
                first = std::min(first, col / m);
    return first;
}

} // namespace

GroupSolver::GroupSolver(NmPattern pattern) : m_pattern(pattern), m_width(strideFor(pattern.m)) { }

/// A group out of tiles that are ragged, fewer, or narrower than kernels read them. No −0 is left.
const float *GroupSolver::padded(Span2d<const float> cells)
{
    const int m = m_pattern.m, stride = m_width * groupTiles;
    std::fill_n(m_padded.data(), m_width * stride, 0.0F);
    for (std::int64_t i = 0; i < cells.rows; ++i) {
        float *to = m_padded.data() + i * stride;
        for (std::int64_t col = 0; col < cells.cols; col += m, to += m_width)
            for (std::int64_t j = 0; j < std::min<std::int64_t>(m, cells.cols - col); ++j)
                to[j] = cells(i, col + j) + 0.0F;
    }
    return m_padded.data();
}

std::int64_t GroupSolver::solveRun(const TileRun &run, const std::stop_token &, Mask &mask, TileResult *results)
{
    const int m = m_pattern.m;
    const std::int64_t row0 = run.row0(), rows = std::min<std::int64_t>(m, run.grid.rows - row0);
    std::int64_t col0 = run.col0();
    for (std::int64_t done = 0; done < run.count; done += groupTiles, col0 += groupTiles * m) {
        const std::int64_t cols = std::min<std::int64_t>(groupTiles * m, run.grid.cols - col0);
        const int tiles = int(std::min<std::int64_t>(groupTiles, run.count - done));
        const Span2d<const float> cells = run.score.block(row0, col0, rows, cols);
        alignas(64) GroupRows kept;
        const bool whole = rows == m_width && cols == groupTiles * m_width;
        bool solved = whole && solveGroup(cells.data, cells.stride, tiles, results + done, kept);
        solved = solved || solveGroup(padded(cells), m_width * groupTiles, tiles, results + done, kept);
        if (!solved)
            return run.first + done + firstInvalid(cells, m);
        const std::int64_t own = std::min<std::int64_t>(cols, tiles * m); // what is read beyond belongs to the next run
        for (std::int64_t i0 = 0; i0 < rows; i0 += 4) {
            std::uint64_t bits[4][2];
            bitsOfRows(kept[i0 / 4], m, bits);
            for (std::int64_t i = i0; i < std::min(rows, i0 + 4); ++i) {
                const std::span<std::uint64_t> row = mask.row64(row0 + i);
                const std::uint64_t left = bits[i - i0][0], right = bits[i - i0][1];
                if (m <= 4) {
                    putBits(row, col0, own, left | right << 8 * m);
                } else {
                    putBits(row, col0, std::min<std::int64_t>(own, 8 * m), left);
                    if (own > 8 * m)
                        putBits(row, col0 + 8 * m, own - 8 * m, right);
                }
            }
        }
    }
    return run.end();
}

} // namespace nms
