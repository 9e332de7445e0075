// SPDX-License-Identifier: Apache-2.0
// Which dimensions of a tensor form the rows and columns of a matrix, and which count a stack of such matrices.
#pragma once

#include "core/base/result.h"
#include "core/base/stack_layout.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// What each dimension of a tensor is: one small letter for each, outermost first. `o` (out) and `i` (in) form the matrix,
/// or `r` and `c` (rows and columns) where it is unknown which is which; any other letter counts the stack (`h`, `w`, `d`
/// for a kernel's positions, `e` for experts). Of the matrix's two letters, the one that comes first in the file is the
/// rows. A letter of the matrix may occur more than once: these dimensions are joined, the first varying slowest.
///
///
///     "oihw"  PyTorch's conv2d kernel: h × w matrices, out × in
///     "hwio"  the same in Keras: in × out
///     "eoi"   a stack of experts
///     "ioo"   Keras' attention kernel (in, heads, dim): one matrix in × (heads · dim)
struct Axes {
    std::string letters; // empty: no matrix, or not determined yet
    std::string reason; // what the tensor is and how that was determined: "conv2d kernel", "given by --axes"; without
                        // letters, what it is instead of a matrix

    bool operator==(const Axes &) const = default;
};

/// Why `letters` do not fit so many dimensions: "has 4 dimensions, but \"oi\" has 2 letters"; empty where they do.
std::string axesProblem(std::string_view letters, std::size_t dimensions);

/// A tensor cut into `count` matrices of rows × cols. The *stacked view* has all of them one below the other, in the order
/// of the file's stack dimensions: count · rows rows. A row of it has `cols` elements of the file, not always contiguous.
/// Sizes from untrusted files saturate; they never wrap around.
class Stack
{
public:
    Stack() = default; // no matrices
    /// `letters` must satisfy axesProblem(), or be empty: then two dimensions are one matrix, any other number none.
    Stack(std::span<const std::int64_t> shape, std::string_view letters);
    /// Of a tensor in memory whose dimensions step by `strides` elements, one for each, of either sign or 0.
    Stack(std::span<const std::int64_t> shape, std::string_view letters, std::span<const std::int64_t> strides);

    std::int64_t count() const { return m_count; }
    std::int64_t rows() const { return m_rows; } // of one matrix
    std::int64_t cols() const { return m_cols; }

    /// "out × in", "in × out", "rows × columns"; empty where there is no matrix.
    std::string names() const;

    /// True where the stacked view has the file's own element order, so that its rows follow one another in the file.
    bool isFileOrder() const { return m_fileOrder; }

    /// Offset of the first element of row `row` of the stacked view, in elements from the tensor's first.
    std::int64_t rowOffset(std::int64_t row) const;
    /// Offset of column `col` from column 0 of its row, in elements.
    std::int64_t columnOffset(std::int64_t col) const;

    /// True where the columns of each row are adjacent: columnOffset(col) = col.
    bool columnsAreNeighbours() const { return evenStep(m_col) == 1 || m_cols == 1; }
    /// The distance between consecutive rows of a matrix, if it is constant; 0 for a single row.
    std::optional<std::int64_t> rowStep() const { return evenStep(m_row); }
    /// The same for all rows of the stacked view.
    std::optional<std::int64_t> stackedRowStep() const;

    /// All of the above at once, for code that walks through the memory itself.
    StackLayout layout() const;

    /// The indices of matrix `matrix` along the stack dimensions: {1, 2}; empty where there is no stack.
    std::vector<std::int64_t> indexOf(std::int64_t matrix) const;
    /// The inverse of indexOf(); -1 where there is no such matrix.
    std::int64_t matrixAt(std::span<const std::int64_t> index) const;

private:
    static std::int64_t place(const std::vector<Dimension> &dimensions, std::int64_t index);

    std::vector<Dimension> m_stack, m_row, m_col;
    std::int64_t m_count = 0, m_rows = 0, m_cols = 0;
    char m_rowLetter = 0, m_colLetter = 0;
    bool m_fileOrder = true;
};

/// One `--axes GLOB=LETTERS`: the axes of the tensors whose path matches (core/base/glob.h: `*` also matches "/").
struct AxesRule {
    std::string glob;
    std::string letters;

    bool matches(const std::string &path) const;
    /// Usage error where `text` is not GLOB=LETTERS.
    static Result<AxesRule> parse(std::string_view text);
};

} // namespace nms
