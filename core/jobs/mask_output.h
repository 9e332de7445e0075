// SPDX-License-Identifier: Apache-2.0
// Helpers that write masks to a file. Private to core/jobs.
#pragma once

#include "core/io/mask_writer.h"
#include "core/solver/solution.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace nms::jobs {

/// The attributes stored with a mask. `source` is the path of the weights file, of which only the file name is stored;
/// `score` is given if it is not |W|.
MaskFacts factsOf(const SolveOptions &options, const SolutionTotals &totals, const std::string &source,
                  const std::string &score = {});

/// Calls move(first, rows) for blocks of [0, rows) of at most `cells` entries, so that a stop request does not wait for a
/// whole large panel. Cancelled if a stop was requested.
Status inBlocks(std::int64_t rows, std::int64_t cols, std::int64_t cells, const std::stop_token &stop,
                const std::function<Status(std::int64_t first, std::int64_t rows)> &move);

/// Passes rows [first, first + rows) of `mask`, whose first row is row `row0` of the tensor's stacked view, to a writer in
/// which the tensor has been begun.
Status writeRows(MaskWriter &writer, std::int64_t row0, const Mask &mask, std::int64_t first, std::int64_t rows);

} // namespace nms::jobs
