// SPDX-License-Identifier: Apache-2.0
// How what a viewer looks at leaves the device while the solve goes on there.
#pragma once

#include "core/solver/snapshot.h"
#include "gpu/cuda/live_state.h"
#include "gpu/cuda/queue.h"
#include "gpu/cuda/shared_plans.h"

namespace nms::warp {

/// Plan and thresholds of the region, and the figures of all tiles, are put down on the device in the order of the solve's
/// own queue; from there a second queue copies them into pinned memory meanwhile. One capture at a time.
///
/// At 8192² and 8:16 a screen of 10⁶ entries is 4 MB of plan, 0.5 MB of thresholds and 4 MB of figures: 0.15 ms of PCI
/// Express 5 × 16, once a frame and beside the iterations.
class LiveCapture
{
public:
    /// Both on one device, and outliving it.
    LiveCapture(Queue &solving, Queue &copying) : m_solving(solving), m_copying(copying), m_shared(solving) { }
    LiveCapture(const LiveCapture &) = delete;
    ~LiveCapture();

    /// Of `problem` in `state`, with `figures` by tile, into `out`, which must stay as it is until end(). False: under way.
    /// A region of more than a band (32 MiB) that comes to the host is complete at once.
    Result<bool> begin(const Problem &problem, const LiveState &state, const Buffer<LiveTile> &figures, const TileGrid &grid,
                       const TileRegion &region, Snapshot &out);

    /// Memory of the host that captures of any region take, at most.
    static std::int64_t hostBytes(const TileGrid &grid);

    /// A viewer on the device itself gets the plan where it lies: complete when begin() returns, in memory that nobody
    /// writes to before the last holder of that plan has let go.
    void setViewer(const std::optional<DeviceId> &viewer) { m_shared.setViewer(viewer); }

    /// Waits for what is under way, if anything is. Whatever it answers, nothing is then.
    Status end();

private:
    /// Tile rows [first, first + count) of the region.
    struct Band {
        std::int64_t first = 0;
        std::int64_t count = 0;
        float *plan = nullptr; // on the device
    };
    Status takeBuffers(const Snapshot &out, std::int64_t bandRows, bool withPlan);
    Status copyBand(const Problem &problem, const LiveState &state, const Snapshot &out, Band band);
    void finishBand(Snapshot &out, Band band) const;

    Queue &m_solving;
    Queue &m_copying;
    SharedPlans m_shared;
    Snapshot *m_out = nullptr; // of the capture under way
    Band m_band; // all of it
    Buffer<float> m_plan;
    Buffer<float> m_thresholds;
    Buffer<LiveTile> m_figures;
    HostBuffer<float> m_hostPlan;
    HostBuffer<float> m_hostThresholds;
    HostBuffer<LiveTile> m_hostFigures;
};

} // namespace nms::warp
