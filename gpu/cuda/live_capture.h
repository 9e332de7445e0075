// SPDX-License-Identifier: Apache-2.0
// Copies the region that a viewer shows from the device while the solve continues there.
#pragma once

#include "core/solver/snapshot.h"
#include "gpu/cuda/live_state.h"
#include "gpu/cuda/queue.h"
#include "gpu/cuda/shared_plans.h"

namespace nms::warp {

/// Plan and thresholds of the region, and the figures of all tiles, are written to buffers on the device in the order of the
/// solve's own queue; a second queue then copies these buffers to pinned memory while iterations continue. One capture at a
/// time.
///
/// At 8192² and 8:16, a screen of 10⁶ entries is 4 MB of plan, 0.5 MB of thresholds and 4 MB of figures: 0.15 ms over PCI
/// Express 5 × 16, once per frame and in parallel with the iterations.
class LiveCapture
{
public:
    /// Both queues are on one device and must outlive this object.
    LiveCapture(Queue &solving, Queue &copying) : m_solving(solving), m_copying(copying), m_shared(solving) { }
    LiveCapture(const LiveCapture &) = delete;
    ~LiveCapture();

    /// Captures the region of `problem` in `state`, with `figures` by tile, into `out`, which must not be used until end().
    /// Returns false if the capture is still in progress. A region larger than a band (32 MiB) that is copied to the host is
    /// complete immediately (true).
    Result<bool> begin(const Problem &problem, const LiveState &state, const Buffer<LiveTile> &figures, const TileGrid &grid,
                       const TileRegion &region, Snapshot &out);

    /// Maximum host memory that a capture of any region needs.
    static std::int64_t hostBytes(const TileGrid &grid);

    /// A viewer on the same device gets the plan in device memory: it is complete when begin() returns, and not overwritten
    /// while any holder of the plan exists.
    void setViewer(const std::optional<DeviceId> &viewer) { m_shared.setViewer(viewer); }

    /// Waits for a capture in progress, if there is one. None is in progress afterwards, even if an error is returned.
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
    Snapshot *m_out = nullptr; // of the capture in progress
    Band m_band; // the last band, not finished yet
    Buffer<float> m_plan;
    Buffer<float> m_thresholds;
    Buffer<LiveTile> m_figures;
    HostBuffer<float> m_hostPlan;
    HostBuffer<float> m_hostThresholds;
    HostBuffer<LiveTile> m_hostFigures;
};

} // namespace nms::warp
