// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/device_matrix.h"

#include <memory>
#include <utility>

namespace nms {

/// The plan of a region: a matrix on the host, or on the device that made it. All that reads its values works with either;
/// of one on a device block() fetches what it says, everything else the whole plan, once.
class RegionPlan
{
public:
    RegionPlan() = default;
    RegionPlan(Matrix<float> values) : m_host(std::move(values)) { }
    RegionPlan(std::shared_ptr<const DeviceMatrix> values) : m_device(std::move(values)) { }

    std::int64_t rows() const { return m_device ? m_device->rows() : m_host.rows(); }
    std::int64_t cols() const { return m_device ? m_device->cols() : m_host.cols(); }
    std::int64_t size() const { return rows() * cols(); }
    bool empty() const { return size() == 0; }

    /// Null where it lies on the host.
    const std::shared_ptr<const DeviceMatrix> &onDevice() const { return m_device; }

    const Matrix<float> &onHost() const { return m_device ? m_device->all() : m_host; }
    const float *data() const { return onHost().data(); }
    float operator()(std::int64_t row, std::int64_t col) const { return onHost()(row, col); }
    Matrix<float> block(std::int64_t row0, std::int64_t col0, std::int64_t blockRows, std::int64_t blockCols) const
    {
        return m_device ? m_device->block(row0, col0, blockRows, blockCols)
                        : copyOf(m_host.span().block(row0, col0, blockRows, blockCols));
    }

    /// Of one on the host: to be written, or taken away.
    Matrix<float> &host() { return m_host; }

private:
    Matrix<float> m_host;
    std::shared_ptr<const DeviceMatrix> m_device;
};

} // namespace nms
