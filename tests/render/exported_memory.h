// SPDX-License-Identifier: Apache-2.0
// Memory that one Vulkan device gives to another, standing in for a solver's: the importer cannot tell.
#pragma once

#include "core/base/device_matrix.h"
#include "gpu/vulkan/resources.h"

#include <atomic>
#include <memory>

namespace nms::test {

class ExportedMemory : public SharedMemory
{
public:
    /// Unsupported where the device does not give away memory that the host can write, of the type that an importer takes.
    static Result<std::shared_ptr<ExportedMemory>> create(const std::shared_ptr<const vulkan::Device> &device,
                                                          std::int64_t bytes);

    float *data() const { return m_data; } // mapped
    int handlesOpened() const { return m_handles; }
    int reads() const { return m_reads; }
    void claimToBeOn(const DeviceId &device) { m_id = device; }
    void keepHandles() { m_keepsHandles = true; }

    DeviceId device() const override { return m_id; }
    std::int64_t bytes() const override { return m_bytes; }
    Result<int> openHandle() const override;
    Status read(void *to, std::int64_t offset, std::int64_t rowBytes, std::int64_t strideBytes,
                std::int64_t rows) const override;

private:
    std::shared_ptr<const vulkan::Device> m_device;
    DeviceId m_id{};
    std::int64_t m_bytes = 0;
    vulkan::UniqueMemory m_memory;
    float *m_data = nullptr;
    bool m_keepsHandles = false;
    mutable std::atomic<int> m_handles = 0;
    mutable std::atomic<int> m_reads = 0;
};

} // namespace nms::test
