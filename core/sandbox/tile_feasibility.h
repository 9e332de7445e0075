// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"
#include "core/sandbox/tile_problem.h"

namespace nms {

/// Errors of TileProblem::validateNumbers(), and Input error unless some plan satisfies all sums and caps: the totals of
/// rows and columns agree, and so much fits through the caps. The error names rows and columns that cannot be filled. Any
/// thread.
Status validateTile(const TileProblem &tile);

} // namespace nms
