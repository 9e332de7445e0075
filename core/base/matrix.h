// SPDX-License-Identifier: Apache-2.0
// Row-major 2-D data: Span2d is a view, Matrix owns its elements.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace nms {

/// A view of `rows` × `cols` elements; consecutive rows start `stride` elements apart.
template <class T> struct Span2d {
    T *data = nullptr;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::int64_t stride = 0;

    Span2d() = default;
    Span2d(T *data_, std::int64_t rows_, std::int64_t cols_) : Span2d(data_, rows_, cols_, cols_) { }
    Span2d(T *data_, std::int64_t rows_, std::int64_t cols_, std::int64_t stride_)
        : data(data_), rows(rows_), cols(cols_), stride(stride_)
    { }
    template <class U>
    requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>) Span2d(const Span2d<U> &other)
        : Span2d(other.data, other.rows, other.cols, other.stride)
    { }

    T &operator()(std::int64_t row, std::int64_t col) const { return data[row * stride + col]; }
    std::span<T> row(std::int64_t row) const { return {data + row * stride, static_cast<std::size_t>(cols)}; }
    Span2d block(std::int64_t row0, std::int64_t col0, std::int64_t blockRows, std::int64_t blockCols) const
    {
        return {data + row0 * stride + col0, blockRows, blockCols, stride};
    }
    bool empty() const { return rows == 0 || cols == 0; }
    std::int64_t size() const { return rows * cols; }
};

/// Leaves elements as they are where no value is given for them.
template <class T> struct UninitialisedAllocator : std::allocator<T> {
    template <class U> struct rebind {
        using other = UninitialisedAllocator<U>;
    };
    template <class U> void construct(U *place) noexcept { ::new (static_cast<void *>(place)) U; }
    template <class U, class... Values> void construct(U *place, Values &&...values)
    {
        ::new (static_cast<void *>(place)) U(std::forward<Values>(values)...);
    }
};

/// `rows` × `cols` elements, contiguous, initialised to zero.
template <class T> class Matrix
{
public:
    Matrix() = default;
    Matrix(std::int64_t rows, std::int64_t cols)
        : m_rows(rows), m_cols(cols), m_data(static_cast<std::size_t>(rows * cols), T())
    { }
    /// Numbers whose values do not matter, since all are written: memory is zeroed by the threads that write it first.
    static Matrix forOverwrite(std::int64_t rows, std::int64_t cols)
    {
        Matrix matrix;
        matrix.m_rows = rows;
        matrix.m_cols = cols;
        matrix.m_data.resize(static_cast<std::size_t>(rows * cols));
        return matrix;
    }

    std::int64_t rows() const { return m_rows; }
    std::int64_t cols() const { return m_cols; }
    std::int64_t size() const { return m_rows * m_cols; }
    bool empty() const { return m_data.empty(); }
    T *data() { return m_data.data(); }
    const T *data() const { return m_data.data(); }
    T &operator()(std::int64_t row, std::int64_t col) { return m_data[static_cast<std::size_t>(row * m_cols + col)]; }
    const T &operator()(std::int64_t row, std::int64_t col) const
    {
        return m_data[static_cast<std::size_t>(row * m_cols + col)];
    }
    Span2d<T> span() { return {m_data.data(), m_rows, m_cols}; }
    Span2d<const T> span() const { return {m_data.data(), m_rows, m_cols}; }

private:
    std::int64_t m_rows = 0;
    std::int64_t m_cols = 0;
    std::vector<T, UninitialisedAllocator<T>> m_data;
};

template <class T> Matrix<T> copyOf(Span2d<const T> values)
{
    Matrix<T> copy(values.rows, values.cols);
    for (std::int64_t row = 0; row < values.rows; ++row)
        std::ranges::copy(values.row(row), copy.span().row(row).begin());
    return copy;
}

} // namespace nms
