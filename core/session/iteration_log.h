// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/snapshot.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nms {

/// The scalars of a run's iterations, in order. Beyond `most` entries the log is thinned out evenly: it keeps the newest
/// eighth and, of the older ones, the multiples of a power of two that grows with the run. One thread at a time.
class IterationLog
{
public:
    static constexpr std::size_t usual = std::size_t(1) << 16;

    explicit IterationLog(std::size_t most = usual);

    /// Skips iterations that are not later than the last one recorded.
    void append(std::span<const IterationStats> stats);
    void dropAfter(int iteration);
    void clear();

    const std::vector<IterationStats> &all() const { return m_stats; }
    std::span<const IterationStats> since(int iteration) const; // those with a number larger than `iteration`
    std::optional<IterationStats> at(int iteration) const; // empty if it was thinned out

    std::int64_t bytes() const;
    /// Bytes of a log of at most `most` entries after so many iterations, including the copy made while it grows.
    static std::int64_t bytesFor(std::int64_t iterations, std::size_t most = usual);

private:
    void append(const IterationStats &stats);
    void thinOut();

    std::size_t m_most;
    std::vector<IterationStats> m_stats;
};

} // namespace nms
