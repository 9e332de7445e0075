// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/snapshot.h"

#include <cstddef>
#include <vector>

namespace nms {

/// Which of a run's iterations a line is drawn through: up to `most` + 1, spread evenly over the iterations, however many
/// are left out between those in `stats`; the first and the last always.
std::vector<std::size_t> chartPoints(const std::vector<IterationStats> &stats, std::size_t most);

} // namespace nms
