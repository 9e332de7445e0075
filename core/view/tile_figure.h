// SPDX-License-Identifier: Apache-2.0
// The figures that are told of a tile, and their names: the same on the map, in the table, in the inspector and in the
// chart.
#pragma once

#include <array>

namespace nms {

/// A plan and the mask that it is rounded to are two things: each has a gap and a loss of its own.
enum class TileFigure { PlanGap, MaskGap, Residual, Undecided, PlanLost, MaskLost };

inline constexpr std::array allTileFigures{TileFigure::PlanGap,   TileFigure::MaskGap,  TileFigure::Residual,
                                           TileFigure::Undecided, TileFigure::PlanLost, TileFigure::MaskLost};

const char *nameOf(TileFigure figure); // "plan gap"
const char *explain(TileFigure figure); // one sentence, without a full stop

} // namespace nms
