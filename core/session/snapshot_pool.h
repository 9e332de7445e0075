// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/snapshot.h"

#include <memory>
#include <mutex>
#include <vector>

namespace nms {

/// Snapshots whose memory is reused after their last reader has released them. A snapshot may outlive its pool.
class SnapshotPool
{
public:
    std::shared_ptr<Snapshot> take();

private:
    // One is with the viewer, one is published, one is being filled: more than two spares are never used.
    static constexpr std::size_t maxSpares = 2;
    struct Spares {
        Spares() { snapshots.reserve(maxSpares); } // the deleter must not throw
        std::mutex mutex;
        std::vector<std::unique_ptr<Snapshot>> snapshots;
    };
    std::shared_ptr<Spares> m_spares = std::make_shared<Spares>();
};

} // namespace nms
