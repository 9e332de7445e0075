// SPDX-License-Identifier: Apache-2.0
// One queue's share of a batch solve: it processes panels of as many tile rows as fit into its memory.
#pragma once

#include "gpu/cuda/batch_job.h"
#include "gpu/cuda/queue.h"

#include <array>
#include <optional>

namespace nms::warp {

/// Solves panels of one job after another, on one thread at a time, and keeps its memory between jobs. Two panels are in
/// progress at a time: while the device works on one, the next is copied and enqueued behind it.
class PanelWorker
{
public:
    /// `sharers`: number of workers on the queue's device, including this one. All jobs are solved with `options`.
    PanelWorker(Queue &queue, int sharers, const SolveOptions &options);

    /// Solves panels until none is left. If memory runs out it continues with panels of half the size. Panels that could not
    /// be solved are put back. All enqueued work has ended when it returns.
    Status run(BatchJob &job);

private:
    struct Slot {
        Buffer<std::byte> weights;
        Buffer<std::uint64_t> mask;
        Buffer<TileFigures> figures;
        Buffer<std::int32_t> exponents; // of solves that take several launches
        Buffer<float> factors;
        Buffer<std::int32_t> iterations;
        HostBuffer<std::uint64_t> hostMask;
        HostBuffer<TileFigures> hostFigures;
        Panel panel; // in progress
        Queue::Mark end = 0; // of the panel's work
    };

    Status solvePanels();
    std::int64_t bytesPerTileRow() const;
    std::int64_t bytesHeld() const;
    Status takeMemory();
    Status takeBuffers();
    Status takeBuffers(Slot &slot);
    bool halve();
    bool sliced() const;
    Status start(Slot &slot);
    Status startUploads(const Slot &slot, const TileGrid &grid);
    Status startSlices(const Slot &slot, const MaskLaunch &launch);
    Status startLaunch(const Launch &launch);
    Status store(Slot &slot);
    void storeSegment(const Slot &slot, const Segment &segment);

    Queue &m_queue;
    const int m_sharers;
    const SolveOptions m_options;
    BatchJob *m_job = nullptr;
    std::array<Slot, 2> m_slots;
    std::size_t m_slotsUsed = 0;
    std::int64_t m_tileRows = 0; // of a panel
    std::array<std::optional<Queue::Mark>, 2> m_launches; // the last two launches
    std::size_t m_launch = 0; // index of the older one
};

} // namespace nms::warp
