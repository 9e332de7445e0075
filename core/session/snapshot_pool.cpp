// SPDX-License-Identifier: Apache-2.0
#include "core/session/snapshot_pool.h"

namespace nms {

std::shared_ptr<Snapshot> SnapshotPool::take()
{
    std::unique_ptr<Snapshot> snapshot;
    {
        const std::scoped_lock lock(m_spares->mutex);
        if (!m_spares->snapshots.empty()) {
            snapshot = std::move(m_spares->snapshots.back());
            m_spares->snapshots.pop_back();
        }
    }
    if (!snapshot)
        snapshot = std::make_unique<Snapshot>();
    const auto giveBack = [pool = std::weak_ptr<Spares>(m_spares)](Snapshot *released) {
        std::unique_ptr<Snapshot> spare(released);
        if (released->plan.onDevice()) // its owner reuses device memory
            released->plan = {};
        if (const std::shared_ptr<Spares> spares = pool.lock()) {
            const std::scoped_lock lock(spares->mutex);
            if (spares->snapshots.size() < maxSpares)
                spares->snapshots.push_back(std::move(spare));
        }
    };
    return {snapshot.release(), giveBack};
}

} // namespace nms
