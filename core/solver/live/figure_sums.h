// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/methods/tile_solver.h"
#include "core/solver/snapshot.h"

namespace nms {

/// The figures of many tiles at one iteration. Sums of sums in a fixed order do not depend on who made the parts.
struct FigureSums {
    IterationStats sums; // meanResidual and entropy as plain sums
    std::int64_t running = 0; // tiles that further iterations change

    void add(const PlanFigures &figures);
    void add(const FigureSums &other);
    IterationStats stats(const TileGrid &grid, int iteration, Stage stage, double seconds) const;
};

TileStats tileStats(const PlanFigures &figures, int m, double totalScore);

} // namespace nms
