// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/backend/simulated_queue.h"
#include "tests/render/exported_memory.h"

namespace nms::test {

/// A solver's device whose memory Vulkan opens, as if both were one.
class ExportingQueue : public SimulatedQueue
{
public:
    ExportingQueue(std::shared_ptr<const vulkan::Device> maker, const DeviceId &id)
        : SimulatedQueue({.sharingId = id}), m_maker(std::move(maker))
    { }
    Result<warp::SharedBlock> takeShared(std::int64_t bytes) override
    {
        auto memory = ExportedMemory::create(m_maker, bytes);
        if (!memory)
            return fail(memory.error());
        return warp::SharedBlock{*memory, (*memory)->data()};
    }

private:
    std::shared_ptr<const vulkan::Device> m_maker;
};

} // namespace nms::test
