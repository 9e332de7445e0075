// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/snapshot.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace nms {

/// Indices into `stats` of the points of a chart line: up to `most` + 1, always with the first and the last. They are spread
/// evenly over the iteration numbers, even if `stats` is thinned out unevenly.
std::vector<std::size_t> chartPoints(const std::vector<IterationStats> &stats, std::size_t most);

/// The first iteration whose residual is `limit` or less; empty if there is none.
std::optional<int> firstConverged(const std::vector<IterationStats> &stats, double limit);

} // namespace nms
