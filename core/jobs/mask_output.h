// SPDX-License-Identifier: Apache-2.0
// Masks on their way into a file. Private to core/jobs.
#pragma once

#include "core/io/mask_writer.h"
#include "core/solver/solution.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace nms::jobs {

/// What is stored beside a mask; `source` is the weights file, of which the name alone is told; `score` where it is not |W|.
MaskFacts factsOf(const SolveOptions &options, const SolutionTotals &totals, const std::string &source,
                  const std::string &score = {});

/// Calls move(first, rows) for blocks of [0, rows) of at most `cells` entries, so that a stop does not wait for all of a
/// large panel. Cancelled when it was requested.
Status inBlocks(std::int64_t rows, std::int64_t cols, std::int64_t cells, const std::stop_token &stop,
                const std::function<Status(std::int64_t first, std::int64_t rows)> &move);

/// Rows [first, first + rows) of `mask`, which begins at row `row0` of the tensor's stacked view, to a writer in which the
/// tensor has begun.
Status writeRows(MaskWriter &writer, std::int64_t row0, const Mask &mask, std::int64_t first, std::int64_t rows);

} // namespace nms::jobs
