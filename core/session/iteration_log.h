// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nms {

/// The scalars of a run's iterations, in order. Beyond `most` of them those in between are thinned out evenly: kept are
/// multiples of a power of two that grows with the run, and the newest eighth. One thread at a time.
class IterationLog
{
public:
    static constexpr std::size_t usual = std::size_t(1) << 16;

    explicit IterationLog(std::size_t most = usual);

    /// Iterations that do not come after all that are there are passed over.
    void append(std::span<const IterationStats> stats);
    void dropAfter(int iteration);
    void clear();

    const std::vector<IterationStats> &all() const { return m_stats; }
    std::span<const IterationStats> since(int iteration) const; // those with a larger number
    std::optional<IterationStats> at(int iteration) const; // nothing where it was thinned out

    std::int64_t bytes() const;
    /// What a log of `most` takes once a run has done so many iterations, growing included.
    static std::int64_t bytesFor(std::int64_t iterations, std::size_t most = usual);

private:
    void append(const IterationStats &stats);
    void thinOut();

    std::size_t m_most;
    std::vector<IterationStats> m_stats;
};

} // namespace nms
