// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/solver/solver_backend.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace nms::warp {

/// Keeps pinned host memory that is given back, for the next tensor: to pin a gigabyte takes longer than to solve it. What
/// is too small for a request is freed first, so it never holds more than was in use at once. One thread at a time; what
/// take() returns must not outlive the pool.
class HostPool
{
public:
    using Allocate = std::function<Result<HostMemory>(std::int64_t bytes)>;
    explicit HostPool(Allocate allocate) : m_allocate(std::move(allocate)) { }

    Result<HostMemory> take(std::int64_t bytes)
    {
        const auto fitting = std::ranges::find_if(m_spare, [bytes](const Block &block) { return block.bytes >= bytes; });
        Block block{nullptr, 0};
        if (fitting != m_spare.end()) {
            block = std::move(*fitting);
            m_spare.erase(fitting);
        } else {
            m_spare.clear();
            Result<HostMemory> memory = m_allocate(bytes);
            if (!memory)
                return memory;
            block = {std::move(*memory), bytes};
        }
        m_spare.reserve(m_spare.size() + ++m_inUse); // giving back cannot fail
        std::byte *start = block.memory.get();
        // Shared, as a function has to be copyable.
        return HostMemory(start, [this, kept = std::make_shared<Block>(std::move(block))](std::byte *) {
            m_spare.push_back(std::move(*kept));
            --m_inUse;
        });
    }

private:
    struct Block {
        HostMemory memory;
        std::int64_t bytes;
    };

    const Allocate m_allocate;
    std::vector<Block> m_spare;
    std::size_t m_inUse = 0; // number of blocks
};

} // namespace nms::warp
