// SPDX-License-Identifier: Apache-2.0
// Memory that others made on the device that draws.
#pragma once

#include "core/base/device_matrix.h"
#include "gpu/vulkan/resources.h"

#include <memory>
#include <optional>
#include <vector>

namespace nms::vulkan {

/// A share of somebody else's allocation, to copy from.
struct ImportedBuffer {
    UniqueMemory memory;
    UniqueBuffer buffer;

    // Around the copies: the buffer belongs to us while it is read. What was written there is complete, as whoever made it
    // has waited for that on the host before these commands are submitted.
    void takeOver(VkCommandBuffer commands, std::uint32_t queueFamily) const;
    void giveBack(VkCommandBuffer commands, std::uint32_t queueFamily) const;
};

/// Opens each allocation once and keeps it as long as somebody else does. One thread at a time.
class SharedImports
{
public:
    explicit SharedImports(const Device &device);

    /// Whose memory can be opened here: this device's, where the driver has the extensions and they are enabled. Nothing
    /// once an import has failed: then it is not tried again.
    const std::optional<DeviceId> &device() const { return m_id; }

    /// Null where it cannot be opened. It may be let go once the commands that read it are done.
    std::shared_ptr<const ImportedBuffer> open(const std::shared_ptr<const SharedMemory> &memory);

    /// Lets go of what nobody else has any more: memory on a device is scarce.
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
