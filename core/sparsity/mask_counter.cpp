// SPDX-License-Identifier: Apache-2.0
#include "core/sparsity/mask_counter.h"

#include "core/base/cpu_clones.h"

#include <algorithm>
#include <bit>

namespace nms {

namespace {

/// `count` repeated in each field of m bits, m a power of two (64: the count itself).
std::uint64_t inEachField(int count, int m)
{
    std::uint64_t fields = 0;
    for (int at = 0; at < 64; at += m)
        fields |= std::uint64_t(count) << at;
    return fields;
}

/// Whether every field of m bits in the words has n ones, by summing over fields of 2, 4, … m bits.
template <int m> NMS_INLINE bool fieldsKeep(const std::uint64_t *words, std::int64_t count, std::uint64_t wanted)
{
    std::uint64_t wrong = 0;
    for (std::int64_t k = 0; k < count; ++k) {
        std::uint64_t x = words[k];
        x -= x >> 1 & 0x5555555555555555U;
        if constexpr (m >= 4)
            x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
        if constexpr (m >= 8)
            x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
        if constexpr (m >= 16)
            x = (x + (x >> 8)) & 0x00ff00ff00ff00ffU;
        if constexpr (m >= 32)
            x = (x + (x >> 16)) & 0x0000ffff0000ffffU;
        if constexpr (m >= 64)
            x = (x + (x >> 32)) & 0x00000000ffffffffU;
        wrong |= x ^ wanted;
    }
    return wrong == 0;
}

NMS_CPU_CLONES bool fieldsKeep(const std::uint64_t *words, std::int64_t count, int m, std::uint64_t wanted)
{
    switch (m) {
    case 2:
        return fieldsKeep<2>(words, count, wanted);
    case 4:
        return fieldsKeep<4>(words, count, wanted);
    case 8:
        return fieldsKeep<8>(words, count, wanted);
    case 16:
        return fieldsKeep<16>(words, count, wanted);
    case 32:
        return fieldsKeep<32>(words, count, wanted);
    default:
        return fieldsKeep<64>(words, count, wanted);
    }
}

/// Adds a row's bits to the columns' counts; returns the number of ones.
template <int planes> NMS_INLINE std::int64_t addBits(const std::uint64_t *words, std::int64_t count, std::uint64_t *counts)
{
    std::int64_t ones = 0;
    for (std::int64_t k = 0; k < count; ++k) {
        std::uint64_t carry = words[k];
        ones += std::popcount(carry);
        for (int p = 0; p < planes; ++p) {
            std::uint64_t &plane = counts[p * count + k];
            const std::uint64_t next = plane & carry;
            plane ^= carry;
            carry = next;
        }
    }
    return ones;
}

NMS_CPU_CLONES std::int64_t addBits(const std::uint64_t *words, std::int64_t count, int planes, std::uint64_t *counts)
{
    switch (planes) {
    case 1:
        return addBits<1>(words, count, counts);
    case 2:
        return addBits<2>(words, count, counts);
    case 3:
        return addBits<3>(words, count, counts);
    case 4:
        return addBits<4>(words, count, counts);
    case 5:
        return addBits<5>(words, count, counts);
    case 6:
        return addBits<6>(words, count, counts);
    default:
        return addBits<7>(words, count, counts);
    }
}

/// Number of ones in the row's columns [col0, col0 + count), count ≤ 64.
NMS_INLINE int onesOf(const std::uint64_t *words, std::int64_t col0, int count)
{
    const std::uint64_t *word = words + col0 / 64;
    const int shift = int(col0 % 64);
    std::uint64_t bits = word[0] >> shift;
    if (shift + count > 64)
        bits |= word[1] << (64 - shift);
    return std::popcount(bits & ~std::uint64_t(0) >> (64 - count));
}

/// Whether each of the first `tiles` groups of m columns has n ones.
NMS_CPU_CLONES bool groupsKeep(const std::uint64_t *words, std::int64_t tiles, int m, int n)
{
    bool right = true;
    for (std::int64_t tile = 0; tile < tiles; ++tile)
        right &= onesOf(words, tile * m, m) == n;
    return right;
}

} // namespace

MaskCounter::MaskCounter(const MaskPromise &promise, std::int64_t rows, std::int64_t cols, std::int64_t row0)
    : m_promise(promise), m_grid{rows, cols, promise.pattern.m}, m_row0(row0),
      m_planes(std::bit_width(unsigned(promise.pattern.m))), m_counts(std::size_t((cols + 63) / 64 * m_planes)),
      m_fullTiles(std::size_t((cols + 63) / 64))
{
    const std::int64_t full = cols / m_grid.m * m_grid.m;
    for (std::int64_t col = 0; col < full; col += 64)
        m_fullTiles[std::size_t(col / 64)] = ~std::uint64_t(0) >> (64 - std::min<std::int64_t>(64, full - col));
}

Status MaskCounter::broken(const char *line, std::int64_t number, std::int64_t tileCol, int kept, bool atMost) const
{
    const std::int64_t tileRow = (m_row0 + m_row) / m_grid.m;
    return refused("tile (" + std::to_string(tileRow) + ", " + std::to_string(tileCol) + ")",
                   std::string(line) + " " + std::to_string(number) + " keeps " + std::to_string(kept) +
                       (atMost ? ", may keep at most " : ", must keep ") + std::to_string(m_promise.pattern.n));
}

/// Checks a row tile by tile and reports the first tile that is wrong. Notes tiles that keep fewer than n.
Status MaskCounter::findRow(Row words)
{
    const int m = m_grid.m, n = m_promise.pattern.n;
    // Where only rows count, rows of the ragged last row of tiles still have their full length.
    const bool raggedRow = m_promise.lines == MaskPromise::Lines::RowsAndColumns && isRaggedTileRow();
    for (std::int64_t tileCol = 0; tileCol < m_grid.tileCols(); ++tileCol) {
        const int length = int(std::min<std::int64_t>(m, m_grid.cols - tileCol * m));
        const int kept = onesOf(words.data(), tileCol * m, length);
        const bool mayBeShort = raggedRow || length < m;
        m_allFull = m_allFull && (mayBeShort || kept == n);
        if (kept > n || (kept < n && !mayBeShort && m_promise.exactly))
            return broken("row", m_row0 + m_row, tileCol, kept, mayBeShort || !m_promise.exactly);
    }
    return {};
}

Status MaskCounter::countRow(Row words)
{
    const int m = m_grid.m, n = m_promise.pattern.n;
    const std::int64_t full = m_grid.cols / m;
    const bool raggedTileRow = isRaggedTileRow();
    if (!raggedTileRow && m >= 2 && std::has_single_bit(unsigned(m)) && m_grid.cols % 64 == 0) {
        if (fieldsKeep(words.data(), std::int64_t(words.size()), m, inEachField(n, m)))
            return {};
    } else if (!raggedTileRow && groupsKeep(words.data(), full, m, n)) {
        if (full == m_grid.tileCols() || onesOf(words.data(), full * m, int(m_grid.cols - full * m)) <= n)
            return {};
    }
    return findRow(words);
}

/// Called after the last row of a row of tiles.
Status MaskCounter::countColumns()
{
    const std::size_t words = m_fullTiles.size();
    const int m = m_grid.m, n = m_promise.pattern.n;
    const bool both = m_promise.lines == MaskPromise::Lines::RowsAndColumns;
    const bool raggedRow = isRaggedTileRow();
    for (std::size_t word = 0; word < words; ++word) {
        std::uint64_t more = 0, equal = ~std::uint64_t(0);
        for (int p = m_planes - 1; p >= 0; --p) {
            const std::uint64_t plane = m_counts[std::size_t(p) * words + word];
            const std::uint64_t wanted = n >> p & 1 ? ~std::uint64_t(0) : 0;
            more |= equal & plane & ~wanted;
            equal &= ~(plane ^ wanted);
        }
        // Where only columns count, columns of the ragged last column of tiles still have their full length.
        const bool last = word + 1 == words && m_grid.cols % 64 != 0;
        const std::uint64_t real = last ? ~std::uint64_t(0) >> (64 - m_grid.cols % 64) : ~std::uint64_t(0);
        const std::uint64_t full = raggedRow ? 0 : both ? m_fullTiles[word] : real;
        const std::uint64_t notFull = full & ~equal;
        m_allFull = m_allFull && notFull == 0;
        if (const std::uint64_t wrong = m_promise.exactly ? more | notFull : more) {
            const int bit = std::countr_zero(wrong);
            int kept = 0;
            for (int p = 0; p < m_planes; ++p)
                kept |= int(m_counts[std::size_t(p) * words + word] >> bit & 1) << p;
            const std::int64_t col = std::int64_t(word) * 64 + bit;
            return broken("column", col, col / m, kept, !m_promise.exactly || !(full >> bit & 1));
        }
    }
    std::fill(m_counts.begin(), m_counts.end(), 0);
    return {};
}

Status MaskCounter::add(const Mask &mask, std::int64_t first, std::int64_t rows)
{
    using enum MaskPromise::Lines;
    const bool countsRows = m_promise.lines == RowsAndColumns || m_promise.lines == Rows;
    const bool countsColumns = m_promise.lines == RowsAndColumns || m_promise.lines == Columns;
    for (std::int64_t row = first; row < first + rows; ++row, ++m_row) {
        const Row words = mask.row64(row);
        if (m_grid.cols % 64 != 0 && words.back() >> (m_grid.cols % 64) != 0)
            return refused("row " + std::to_string(m_row0 + m_row), "has bits behind its last column");
        if (countsRows)
            if (Status counted = countRow(words); !counted)
                return counted;
        if (!countsColumns) {
            for (const std::uint64_t word : words)
                m_kept += std::popcount(word);
            continue;
        }
        m_kept += addBits(words.data(), std::int64_t(words.size()), m_planes, m_counts.data());
        if ((m_row + 1) % m_grid.m == 0 || m_row + 1 == m_grid.rows)
            if (Status counted = countColumns(); !counted)
                return counted;
    }
    return {};
}

Status MaskCounter::finish() const
{
    if (m_row != m_grid.rows)
        return refused("mask", "has " + std::to_string(m_row) + " rows, must have " + std::to_string(m_grid.rows));
    const std::int64_t wanted = m_promise.pattern.shareOf(m_grid.rows * m_grid.cols);
    const bool wrong = m_promise.exactly ? m_kept != wanted : m_kept > wanted;
    if (m_promise.lines == MaskPromise::Lines::None && wrong)
        return refused("mask",
                       "keeps " + std::to_string(m_kept) + ", must keep " + (m_promise.exactly ? "" : "at most ") +
                           std::to_string(wanted));
    return {};
}

Unexpected<Error> refused(std::string where, const std::string &what)
{
    return fail(ErrorKind::Internal, std::move(where), "the mask was refused when it was handed over: " + what,
                "this is a fault of nmscope, not of the file: please report it with shape, pattern and method; another "
                "--method may do meanwhile");
}

} // namespace nms
