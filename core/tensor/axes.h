// SPDX-License-Identifier: Apache-2.0
// Which dimensions of a tensor are the rows and the columns of a matrix, and which count a stack of such matrices.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// What each dimension of a tensor is, as one small letter for each, outermost first: `o` (out) and `i` (in) make the
/// matrix, or `r` and `c` (rows and columns) where nobody says which is which; any other letter counts the stack (`h`, `w`,
/// `d` of a kernel's position, `e` of experts). Of the two letters of the matrix the one that comes first in the file are
/// the rows. A letter of the matrix may stand more than once: these dimensions are joined, the first the slowest.
///
///     "oihw"  PyTorch's conv2d kernel: h × w matrices, out × in
///     "hwio"  the same of Keras: in × out
///     "eoi"   a stack of experts
///     "ioo"   Keras' attention kernel (in, heads, dim): one matrix in × (heads · dim)
struct Axes {
    std::string letters; // empty: no matrix, or nobody has told yet
    std::string reason; // what the tensor is and who says so: "conv2d kernel", "given by --axes"; without letters, what it
                        // is instead of a matrix

    bool operator==(const Axes &) const = default;
};

/// Why these letters are none for so many dimensions: "has 4 dimensions, but \"oi\" has 2 letters"; empty where they are.
std::string axesProblem(std::string_view letters, std::size_t dimensions);

/// A tensor cut into `count` matrices of rows × cols. The *stacked view* has all of them one below the other, in the order
/// of the file's stack dimensions: count · rows rows. A row of it is `cols` elements of the file, not always neighbours.
/// Sizes of untrusted files are saturated, never wrapped.
class Stack
{
public:
    Stack() = default; // no matrices
    /// `letters` as axesProblem() allows, or empty: then two dimensions are one matrix, others none.
    Stack(std::span<const std::int64_t> shape, std::string_view letters);

    std::int64_t count() const { return m_count; }
    std::int64_t rows() const { return m_rows; } // of one matrix
    std::int64_t cols() const { return m_cols; }

    /// "out × in", "in × out", "rows × columns"; empty where there is no matrix.
    std::string names() const;

    /// True where the stacked view is the file's own order, so that its rows follow one another in the file.
    bool isFileOrder() const { return m_fileOrder; }

    /// Where row `row` of the stacked view has its first element, in elements from the tensor's first.
    std::int64_t rowPlace(std::int64_t row) const;
    /// How far column `col` is from column 0 of its row, in elements.
    std::int64_t columnPlace(std::int64_t col) const;

    /// The places along the stack dimensions of matrix `matrix`: {1, 2}; empty where there is no stack.
    std::vector<std::int64_t> indexOf(std::int64_t matrix) const;
    /// The inverse; -1 where there is no such matrix.
    std::int64_t matrixAt(std::span<const std::int64_t> index) const;

private:
    struct Dimension {
        std::int64_t size;
        std::int64_t stride;
    };
    static std::int64_t place(const std::vector<Dimension> &dimensions, std::int64_t index);

    std::vector<Dimension> m_stack, m_row, m_col;
    std::int64_t m_count = 0, m_rows = 0, m_cols = 0;
    char m_rowLetter = 0, m_colLetter = 0;
    bool m_fileOrder = true;
};

/// One `--axes GLOB=LETTERS`: what is said of the tensors whose path matches (core/base/glob.h: `*` also across "/").
struct AxesRule {
    std::string glob;
    std::string letters;

    bool matches(const std::string &path) const;
    /// Usage error for what is no GLOB=LETTERS.
    static Result<AxesRule> parse(std::string_view text);
};

} // namespace nms
