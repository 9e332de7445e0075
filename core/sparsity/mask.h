// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// rows × cols bits, 1 = kept. Row-major; every row starts at a new 64-bit word, bit j % 64 of word j/64 is column j, the
/// bits after the last column are 0. Different rows may be written by different threads.
class Mask
{
public:
    Mask() = default;
    Mask(std::int64_t rows, std::int64_t cols)
        : m_rows(rows), m_cols(cols), m_words(static_cast<std::size_t>(rows * ((cols + 63) / 64)))
    { }

    std::int64_t rows() const { return m_rows; }
    std::int64_t cols() const { return m_cols; }
    std::int64_t wordsPerRow() const { return (m_cols + 63) / 64; }
    bool at(std::int64_t row, std::int64_t col) const { return row64(row)[std::size_t(col / 64)] >> (col % 64) & 1; }
    void set(std::int64_t row, std::int64_t col, bool kept)
    {
        std::uint64_t &word = row64(row)[std::size_t(col / 64)];
        const std::uint64_t bit = std::uint64_t(1) << (col % 64);
        word = kept ? word | bit : word & ~bit;
    }
    std::span<std::uint64_t> row64(std::int64_t row)
    {
        return {m_words.data() + row * wordsPerRow(), std::size_t(wordsPerRow())};
    }
    std::span<const std::uint64_t> row64(std::int64_t row) const
    {
        return {m_words.data() + row * wordsPerRow(), std::size_t(wordsPerRow())};
    }

    std::int64_t kept() const; // number of ones

    /// Copies `part` over the rows from row0 on; both have the same number of columns.
    void assignRows(std::int64_t row0, const Mask &part);

    friend bool operator==(const Mask &, const Mask &) = default;

private:
    std::int64_t m_rows = 0;
    std::int64_t m_cols = 0;
    std::vector<std::uint64_t> m_words;
};

} // namespace nms
