// SPDX-License-Identifier: Apache-2.0
// Values that lie on a device where others than their maker may read them: what a solver leaves for a viewer that draws on
// the same card, without a way through the host's memory.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace nms {

/// The same for a device in every interface to it: VkPhysicalDeviceIDProperties::deviceUUID, cudaDeviceProp::uuid.
using DeviceId = std::array<std::uint8_t, 16>;

/// An allocation on a device. Whoever opens it has a share of its own: the memory lasts until the last one has let go, in
/// whatever order. Thread-safe.
class SharedMemory
{
public:
    virtual ~SharedMemory() = default;

    virtual DeviceId device() const = 0;
    virtual std::int64_t bytes() const = 0; // all of it, as an importer must say

    /// A new file descriptor, opaque to all but the device's driver; an import takes it over, else close() it.
    virtual Result<int> openHandle() const = 0;

    /// To packed rows on the host, waiting for it: `rows` of `rowBytes`, `strideBytes` apart, from `offset` on.
    virtual Status read(void *to, std::int64_t offset, std::int64_t rowBytes, std::int64_t strideBytes,
                        std::int64_t rows) const = 0;
};

/// rows × cols floats, packed, at the beginning of shared memory. Nobody reads them before they are complete, and they stay
/// as they are as long as anybody holds this. Thread-safe. What cannot be read (a device that was lost) is NaN, which has a
/// colour of its own: the solve on that device tells of the failure.
class DeviceMatrix
{
public:
    DeviceMatrix(std::shared_ptr<const SharedMemory> memory, std::int64_t rows, std::int64_t cols)
        : m_memory(std::move(memory)), m_rows(rows), m_cols(cols)
    { }

    std::int64_t rows() const { return m_rows; }
    std::int64_t cols() const { return m_cols; }
    const std::shared_ptr<const SharedMemory> &memory() const { return m_memory; }

    // Copies on the host; each costs a transfer, but for all() after the first time.
    Matrix<float> block(std::int64_t row0, std::int64_t col0, std::int64_t rows, std::int64_t cols) const;
    Matrix<float> everyRow(std::int64_t step) const; // rows 0, step, 2 · step, …
    const Matrix<float> &all() const;

private:
    Matrix<float> read(std::int64_t first, std::int64_t rows, std::int64_t cols, std::int64_t stride) const;

    const std::shared_ptr<const SharedMemory> m_memory;
    const std::int64_t m_rows;
    const std::int64_t m_cols;
    mutable std::once_flag m_fetched;
    mutable Matrix<float> m_all;
};

} // namespace nms
