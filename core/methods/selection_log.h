// SPDX-License-Identifier: Apache-2.0
// The decisions of methods that choose a mask entry by entry, and the projections of those that have iterations: what a
// person can follow of them.
#pragma once

#include "core/methods/solve_options.h"
#include "core/tile/masks/rounding_log.h"

#include <span>
#include <stop_token>

namespace nms {

/// Logs the decisions of a method without iterations on log.scores(), with the options' warm start: log.mask() is the mask
/// of the method, bit for bit. False where the method does not decide entry by entry; the log is then unchanged. When `stop`
/// is requested it may return early, and the log must not be used.
bool logSelection(const SolveOptions &options, SimdLevel level, const std::stop_token &stop, RoundingLog &log);

/// A step of an iteration that makes the plan satisfy one kind of constraint.
enum class Projection { Rows, Columns, Cap };

/// The projections of one iteration, in order (of `exact`: of one sweep); empty for methods without iterations.
std::span<const Projection> projectionsOf(Method method);

} // namespace nms
