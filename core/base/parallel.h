// SPDX-License-Identifier: Apache-2.0
// Loops over independent pieces of work on all cores (TBB; std::thread where TBB is not installed).
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

namespace nms {

/// Number of threads that a loop with `threads` = 0 uses.
int hardwareThreads();

/// Calls body(begin, end) over [0, count) in blocks of at most `grain`, on at most `threads` threads (0: all cores).
/// The order of the blocks is unspecified; `body` must be safe to run concurrently. `stop` is checked between blocks.
/// It works in a forked child, too: the workers of the parent do not exist there, so each loop starts its own threads.
/// Returns false when it was stopped before all blocks ran. An exception in `body` stops the loop and is rethrown.
bool parallelBlocks(std::int64_t count, std::int64_t grain, int threads, const std::stop_token &stop,
                    const std::function<void(std::int64_t begin, std::int64_t end)> &body);

} // namespace nms
