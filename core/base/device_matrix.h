// SPDX-License-Identifier: Apache-2.0
// Values in device memory that other code may read: a solver leaves them there for a viewer that draws on the same card,
// without a copy through the host's memory.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace nms {

/// The same for one device in every API: VkPhysicalDeviceIDProperties::deviceUUID, cudaDeviceProp::uuid.
using DeviceId = std::array<std::uint8_t, 16>;

/// An allocation on a device. Each importer holds a reference of its own: the memory is freed when the last reference is
/// released, in whatever order. Thread-safe.
class SharedMemory
{
public:
    virtual ~SharedMemory() = default;

    virtual DeviceId device() const = 0;
    virtual std::int64_t bytes() const = 0; // of the whole allocation, the size that an importer must pass

    /// A new file descriptor that only the device's driver understands; an import takes ownership of it, otherwise close()
    /// it.
    virtual Result<int> openHandle() const = 0;

    /// Copies to packed rows on the host and waits: `rows` rows of `rowBytes`, `strideBytes` apart, starting at `offset`.
    virtual Status read(void *to, std::int64_t offset, std::int64_t rowBytes, std::int64_t strideBytes,
                        std::int64_t rows) const = 0;
};

/// rows × cols floats, packed, at the beginning of shared memory. They are complete before this object is handed out and do
/// not change as long as it exists. Thread-safe. Values that cannot be read (a lost device) are NaN, which has a colour of
/// its own; the solve on that device reports the error.
class DeviceMatrix
{
public:
    DeviceMatrix(std::shared_ptr<const SharedMemory> memory, std::int64_t rows, std::int64_t cols)
        : m_memory(std::move(memory)), m_rows(rows), m_cols(cols)
    { }

    std::int64_t rows() const { return m_rows; }
    std::int64_t cols() const { return m_cols; }
    const std::shared_ptr<const SharedMemory> &memory() const { return m_memory; }

    // Copies on the host; each call costs a transfer, all() only the first.
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
