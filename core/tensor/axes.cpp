// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/axes.h"

#include "core/base/checked.h"
#include "core/base/glob.h"

#include <algorithm>
#include <limits>

namespace nms {

namespace {

constexpr std::string_view matrixLetters = "oirc";

std::int64_t sizeOf(std::span<const std::int64_t> sizes)
{
    return saturatingProduct(sizes);
}

std::string_view nameOf(char letter)
{
    switch (letter) {
    case 'o':
        return "out";
    case 'i':
        return "in";
    case 'r':
        return "rows";
    case 'c':
        return "columns";
    default:
        return {};
    }
}

bool has(std::string_view letters, char letter)
{
    return letters.find(letter) != std::string_view::npos;
}

} // namespace

std::string axesProblem(std::string_view letters, std::size_t dimensions)
{
    if (letters.size() != dimensions)
        return "has " + std::to_string(dimensions) + (dimensions == 1 ? " dimension" : " dimensions") + ", but \"" +
            std::string(letters) + "\" has " + std::to_string(letters.size()) +
            (letters.size() == 1 ? " letter" : " letters");
    const bool isSmall = std::all_of(letters.begin(), letters.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    const bool told = has(letters, 'o') && has(letters, 'i') && !has(letters, 'r') && !has(letters, 'c');
    const bool untold = has(letters, 'r') && has(letters, 'c') && !has(letters, 'o') && !has(letters, 'i');
    if (!isSmall || told == untold)
        return "\"" + std::string(letters) + "\" does not say which dimensions are o (out) and i (in)";
    return {};
}

namespace {

std::vector<std::int64_t> packedStrides(std::span<const std::int64_t> shape)
{
    std::vector<std::int64_t> strides(shape.size());
    for (std::size_t i = 0; i < shape.size(); ++i)
        strides[i] = sizeOf(shape.subspan(i + 1));
    return strides;
}

} // namespace

Stack::Stack(std::span<const std::int64_t> shape, std::string_view letters) : Stack(shape, letters, packedStrides(shape)) { }

Stack::Stack(std::span<const std::int64_t> shape, std::string_view letters, std::span<const std::int64_t> strides)
{
    if (letters.empty() && shape.size() == 2)
        letters = "rc";
    if (letters.empty() || !axesProblem(letters, shape.size()).empty())
        return;
    const std::size_t first = letters.find_first_of(matrixLetters);
    m_rowLetter = letters[first];
    m_colLetter = m_rowLetter == 'o' ? 'i' : m_rowLetter == 'i' ? 'o' : m_rowLetter == 'r' ? 'c' : 'r';
    std::vector<std::int64_t> stack, rows, cols;
    int before = 0; // 0 stack, 1 rows, 2 columns: in the file's own order it never decreases
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const int part = letters[i] == m_rowLetter ? 1 : letters[i] == m_colLetter ? 2 : 0;
        (part == 0 ? m_stack : part == 1 ? m_row : m_col).push_back({shape[i], strides[i]});
        (part == 0 ? stack : part == 1 ? rows : cols).push_back(shape[i]);
        if (shape[i] == 1)
            continue; // may be anywhere
        m_fileOrder = m_fileOrder && part >= before;
        before = part;
    }
    m_count = sizeOf(stack);
    m_rows = sizeOf(rows);
    m_cols = sizeOf(cols);
}

std::string Stack::names() const
{
    if (m_rowLetter == 0)
        return {};
    return std::string(nameOf(m_rowLetter)) + " × " + std::string(nameOf(m_colLetter));
}

std::int64_t Stack::place(const std::vector<Dimension> &dimensions, std::int64_t index)
{
    std::int64_t sum = 0;
    for (auto dimension = dimensions.rbegin(); dimension != dimensions.rend(); ++dimension) {
        sum += index % dimension->size * dimension->stride;
        index /= dimension->size;
    }
    return sum;
}

std::optional<std::int64_t> Stack::stackedRowStep() const
{
    return evenStep(layout().rows);
}

StackLayout Stack::layout() const
{
    StackLayout layout{m_stack, m_col};
    layout.rows.insert(layout.rows.end(), m_row.begin(), m_row.end());
    return layout;
}

std::int64_t Stack::rowOffset(std::int64_t row) const
{
    return place(m_stack, row / m_rows) + place(m_row, row % m_rows);
}

std::int64_t Stack::columnOffset(std::int64_t col) const
{
    return place(m_col, col);
}

std::vector<std::int64_t> Stack::indexOf(std::int64_t matrix) const
{
    std::vector<std::int64_t> index(m_stack.size());
    for (std::size_t i = m_stack.size(); i-- > 0;) {
        index[i] = matrix % m_stack[i].size;
        matrix /= m_stack[i].size;
    }
    return index;
}

std::int64_t Stack::matrixAt(std::span<const std::int64_t> index) const
{
    if (index.size() != m_stack.size() || m_count == std::numeric_limits<std::int64_t>::max())
        return -1;
    std::int64_t matrix = 0;
    for (std::size_t i = 0; i < index.size(); ++i) {
        if (index[i] < 0 || index[i] >= m_stack[i].size)
            return -1;
        matrix = matrix * m_stack[i].size + index[i];
    }
    return matrix;
}

bool AxesRule::matches(const std::string &path) const
{
    return glob == path || matchesGlob(glob, path);
}

Result<AxesRule> AxesRule::parse(std::string_view text)
{
    const std::size_t equals = text.rfind('=');
    const std::string_view letters = equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1);
    if (equals == 0 || letters.empty() || !axesProblem(letters, letters.size()).empty())
        return fail(
            ErrorKind::Usage, "--axes", "\"" + std::string(text) + "\" does not say what the dimensions are",
            "write GLOB=LETTERS with one letter for each dimension, as in '*conv*=oihw': o (out) and i (in) make the "
            "matrix, any other letter counts the stack");
    return AxesRule{std::string(text.substr(0, equals)), std::string(letters)};
}

} // namespace nms
