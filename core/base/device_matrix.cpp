// SPDX-License-Identifier: Apache-2.0
#include "core/base/device_matrix.h"

#include <algorithm>
#include <limits>

namespace nms {

Matrix<float> DeviceMatrix::read(std::int64_t first, std::int64_t rows, std::int64_t cols, std::int64_t stride) const
{
    constexpr auto size = std::int64_t(sizeof(float));
    Matrix<float> values(rows, cols);
    if (values.empty())
        return values;
    if (!m_memory->read(values.data(), first * size, cols * size, stride * size, rows))
        std::fill_n(values.data(), values.size(), std::numeric_limits<float>::quiet_NaN());
    return values;
}

Matrix<float> DeviceMatrix::block(std::int64_t row0, std::int64_t col0, std::int64_t rows, std::int64_t cols) const
{
    return read(row0 * m_cols + col0, rows, cols, m_cols);
}

Matrix<float> DeviceMatrix::everyRow(std::int64_t step) const
{
    return read(0, (m_rows + step - 1) / step, m_cols, step * m_cols);
}

const Matrix<float> &DeviceMatrix::all() const
{
    std::call_once(m_fetched, [this] { m_all = read(0, m_rows, m_cols, m_cols); });
    return m_all;
}

} // namespace nms
