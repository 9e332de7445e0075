// SPDX-License-Identifier: Apache-2.0
// A breakpoint in words.
#pragma once

#include "core/session/breakpoint.h"
#include "core/sparsity/tile_grid.h"

#include <QString>

namespace nms {

/// "residual < 1 %, plan gap < 0.5 % of tile 3, 5, or iteration 50"; empty if nothing is set.
QString conditionText(const Breakpoint &breakpoint, const TileGrid &grid);

/// "Paused at iteration 37: residual 0.9842 % of tile 3, 5 is below 1 %".
QString hitText(const BreakpointHit &hit, const TileGrid &grid);

} // namespace nms
