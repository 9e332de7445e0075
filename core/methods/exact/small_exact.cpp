// SPDX-License-Identifier: Apache-2.0
#include "core/methods/exact/small_exact.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace nms {

static_assert(GroupSolver::maxM == strideFor(GroupSolver::maxM));
static_assert(TableGroup::tiles == GroupSolver::groupTiles);
static_assert(SweptGroup::tiles == GroupSolver::groupTiles && SweptGroup::maxM == GroupSolver::maxM);

namespace {

typedef std::uint8_t Bytes __attribute__((vector_size(16)));
typedef std::uint32_t Numbers __attribute__((vector_size(16)));
typedef std::uint64_t Words __attribute__((vector_size(16)));

/// Interleaves the bytes of the two halves: each byte of the first is followed by that of the second.
Bytes zipped(Bytes bytes)
{
    const Bytes second = __builtin_shufflevector(bytes, bytes, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    return __builtin_shufflevector(bytes, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/// Transposes 4 × 4 bytes: byte i of the four numbers becomes the four bytes of number i.
Numbers transposed(const std::uint32_t *numbers)
{
    Bytes bytes;
    std::memcpy(&bytes, numbers, sizeof bytes);
    return Numbers(zipped(zipped(bytes)));
}

/// In each half, the lowest m bits of every byte joined without gaps; the other bits must be 0.
Words packedBits(Words bytes, int m)
{
    const int gap = 8 - m;
    bytes = (bytes & 0x00ff00ff00ff00ffU) | (bytes & 0xff00ff00ff00ff00U) >> gap;
    bytes = (bytes & 0x0000ffff0000ffffU) | (bytes & 0xffff0000ffff0000U) >> 2 * gap;
    return (bytes & 0x00000000ffffffffU) | (bytes & 0xffffffff00000000U) >> 4 * gap;
}

/// Four rows of sixteen masks, packed. In `masks` the four rows of a tile are the bytes of its number; in `rows` each tile
/// has m bits, eight tiles in a word.
void bitsOfRows(const std::uint32_t (&masks)[16], int m, std::uint64_t (&rows)[4][2])
{
    const Numbers a = transposed(masks), b = transposed(masks + 4), c = transposed(masks + 8), d = transposed(masks + 12);
    const Numbers ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Numbers cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const Words bits[4] = {packedBits(Words(__builtin_shufflevector(ab0, cd0, 0, 1, 4, 5)), m),
                           packedBits(Words(__builtin_shufflevector(ab0, cd0, 2, 3, 6, 7)), m),
                           packedBits(Words(__builtin_shufflevector(ab2, cd2, 0, 1, 4, 5)), m),
                           packedBits(Words(__builtin_shufflevector(ab2, cd2, 2, 3, 6, 7)), m)};
    std::memcpy(rows, bits, sizeof bits);
}

/// The first tile with an invalid score.
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

/// A zero-padded copy of a group, for tiles that are ragged, narrower than the kernels read, or too few. −0 becomes 0.
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

std::int64_t GroupSolver::solveRun(const TileRun &run, const std::stop_token &, RunMask &mask, TileResult *results)
{
    const int m = m_pattern.m;
    const std::int64_t row0 = run.row0(), rows = run.row1() - row0;
    std::int64_t col0 = run.col0();
    for (std::int64_t done = 0; done < run.count; done += groupTiles, col0 += groupTiles * m) {
        const std::int64_t cols = std::min<std::int64_t>(groupTiles * m, run.col1() - col0); // within the run
        const int tiles = int(std::min<std::int64_t>(groupTiles, run.count - done));
        const Span2d<const float> cells = run.columns(col0, cols);
        alignas(64) GroupRows kept;
        // Kernels read sixteen whole tiles, even where the last of them belong to the next run.
        const bool whole = m == m_width && rows == m && groupTiles * m <= run.cells.cols - (col0 - run.col0());
        bool solved = whole && solveGroup(cells.data, cells.stride, tiles, results + done, kept);
        solved = solved || solveGroup(padded(cells), m_width * groupTiles, tiles, results + done, kept);
        if (!solved)
            return run.first + done + firstInvalid(cells, m);
        for (std::int64_t i0 = 0; i0 < rows; i0 += 4) {
            std::uint64_t bits[4][2];
            bitsOfRows(kept[i0 / 4], m, bits);
            for (std::int64_t i = i0; i < std::min(rows, i0 + 4); ++i) {
                const std::uint64_t left = bits[i - i0][0], right = bits[i - i0][1];
                if (m <= 4) {
                    mask.put(row0 + i, col0, cols, left | right << 8 * m);
                } else {
                    mask.put(row0 + i, col0, std::min<std::int64_t>(cols, 8 * m), left);
                    mask.put(row0 + i, col0 + 8 * m, cols - 8 * m, right);
                }
            }
        }
    }
    return run.end();
}

bool ExactTable::solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows)
{
    alignas(64) double objective[groupTiles];
    if (!m_kernel(cells, stride, rows[0], objective))
        return false;
    for (int tile = 0; tile < tiles; ++tile)
        results[tile] = {objective[tile], objective[tile]};
    return true;
}

ExactSweeps::ExactSweeps(NmPattern pattern, SimdLevel level)
    : GroupSolver(pattern), m_sweep(sweepKernels(level, pattern.n, pattern.m)), m_search(exactKernels(level, maxM))
{
    m_work.n = pattern.n;
    m_work.m = pattern.m;
    for (int line = 0; line < maxM; ++line) {
        const std::int32_t beyond = line < pattern.m ? 0 : ExactWork::padding;
        std::fill_n(m_work.scores + line * maxM, maxM, beyond);
        std::fill_n(m_work.transposed + line * maxM, maxM, beyond);
        m_work.alpha[line] = m_work.beta[line] = 0;
    }
}

/// Searches one tile, from where the sweeps left it. False where the result is not a proof.
bool ExactSweeps::search(int tile)
{
    const int m = m_pattern.m;
    for (int i = 0; i < m; ++i) {
        m_work.alpha[i] = m_group.alpha[i][tile];
        m_work.beta[i] = m_group.beta[i][tile];
        for (int j = 0; j < m; ++j)
            m_work.scores[i * maxM + j] = m_work.transposed[j * maxM + i] = m_group.quantised[i][j][tile];
    }
    m_search.keep(m_work);
    m_search.keepTies(m_work);
    std::int32_t iterations = ExactWork::sweeps;
    for (; m_work.rowsBelow | m_work.rowsAbove | m_work.columnsBelow | m_work.columnsAbove; ++iterations)
        m_search.augment(m_work);
    const bool proven = m_search.conclude(m_work);
    m_group.iterations[tile] = iterations;
    m_group.rows[0][tile] = m_group.rows[1][tile] = 0;
    for (int i = 0; i < m; ++i)
        m_group.rows[i / 4][tile] |= std::uint32_t(m_work.rows[i]) << (i % 4 * 8);
    return proven;
}

/// The sum of all scores: an upper bound for any mask.
double ExactSweeps::total(int tile) const
{
    double sum = 0;
    for (int i = 0; i < m_pattern.m; ++i)
        for (int j = 0; j < m_pattern.m; ++j)
            sum += double(std::bit_cast<float>(m_group.scores[i][j][tile]));
    return sum;
}

bool ExactSweeps::solveGroup(const float *cells, std::ptrdiff_t stride, int tiles, TileResult *results, GroupRows &rows)
{
    if (!m_sweep.sweep(cells, stride, m_group))
        return false;
    std::uint32_t unproven = 0;
    for (int tile = 0; tile < tiles; ++tile)
        if (m_group.iterations[tile] == 0 && !search(tile))
            unproven |= std::uint32_t(1) << tile;
    alignas(64) double objective[groupTiles];
    m_sweep.sumKept(m_group, objective);
    for (int tile = 0; tile < tiles; ++tile) {
        const bool proven = !(unproven >> tile & 1);
        const double bound = proven ? objective[tile] : total(tile);
        results[tile] = {objective[tile], bound, 0, m_group.iterations[tile], proven};
    }
    std::copy_n(&m_group.rows[0][0], 2 * groupTiles, &rows[0][0]);
    return true;
}

} // namespace nms
