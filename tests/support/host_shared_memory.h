// SPDX-License-Identifier: Apache-2.0
// Host memory that stands for device memory, for tests without a device.
#pragma once

#include "core/base/device_matrix.h"

#include <fcntl.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <vector>

namespace nms::test {

constexpr DeviceId simulatedDeviceId{'p', 'r', 'e', 't', 'e', 'n', 'd', 'e', 'd'};
constexpr DeviceId anotherDevice{'a', 'n', 'o', 't', 'h', 'e', 'r'};

class HostSharedMemory : public SharedMemory
{
public:
    explicit HostSharedMemory(std::int64_t bytes, const DeviceId &device = simulatedDeviceId)
        : m_device(device), m_bytes(std::size_t(bytes))
    { }

    std::byte *data() { return m_bytes.data(); }
    void lose() { m_lost = true; }
    std::int64_t bytesRead() const { return m_read; } // by all readers together

    DeviceId device() const override { return m_device; }
    std::int64_t bytes() const override { return std::int64_t(m_bytes.size()); }
    /// A handle that cannot be used.
    Result<int> openHandle() const override { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
    Status read(void *to, std::int64_t offset, std::int64_t rowBytes, std::int64_t strideBytes,
                std::int64_t rows) const override
    {
        if (m_lost || offset < 0 || offset + (rows - 1) * strideBytes + rowBytes > bytes())
            return fail(ErrorKind::Device, "pretended device", "the device is lost", "none");
        for (std::int64_t row = 0; row < rows; ++row)
            std::memcpy(static_cast<std::byte *>(to) + row * rowBytes, m_bytes.data() + offset + row * strideBytes,
                        std::size_t(rowBytes));
        m_read += rows * rowBytes;
        return {};
    }

private:
    const DeviceId m_device;
    std::vector<std::byte> m_bytes;
    std::atomic<bool> m_lost = false;
    mutable std::atomic<std::int64_t> m_read = 0;
};

} // namespace nms::test
