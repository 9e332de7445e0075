// SPDX-License-Identifier: Apache-2.0
// Memory that another API allocated on the device that draws.
#pragma once

#include "core/base/device_matrix.h"
#include "gpu/vulkan/resources.h"

#include <memory>
#include <optional>
#include <vector>

namespace nms::vulkan {

/// A mapping of another owner's allocation, to copy from.
struct ImportedBuffer {
    UniqueMemory memory;
    UniqueBuffer buffer;

    // Called before and after the copies, to acquire and release ownership of the buffer. Its contents are complete: the
    // writer waited for them on the host before these commands are submitted.
    void takeOver(VkCommandBuffer commands, std::uint32_t queueFamily) const;
    void giveBack(VkCommandBuffer commands, std::uint32_t queueFamily) const;
};

/// Opens each allocation once and keeps it open until its owner has released it. One thread at a time.
class SharedImports
{
public:
    explicit SharedImports(const Device &device);

    /// The device whose memory can be opened here: this one, if its driver supports the extensions and they are enabled.
    /// None once an import has failed: it is not tried again.
    const std::optional<DeviceId> &device() const { return m_id; }

    /// Null if it cannot be opened. It may be released once the commands that read it have finished.
    std::shared_ptr<const ImportedBuffer> open(const std::shared_ptr<const SharedMemory> &memory);

    /// Closes allocations that their owners have released, as device memory is scarce.
    void closeUnused();

private:
    struct Known {
        std::weak_ptr<const SharedMemory> memory;
        std::shared_ptr<const ImportedBuffer> buffer;
    };
    Result<ImportedBuffer> import(const SharedMemory &memory) const;

    const Device &m_device;
    std::optional<DeviceId> m_id;
    std::vector<Known> m_known;
};

} // namespace nms::vulkan
