// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/methods/tile_solver.h"
#include "core/solver/snapshot.h"

namespace nms {

/// Sums of the figures of many tiles at one iteration. Partial sums are added in a fixed order, so the result does not
/// depend on the threads.
struct FigureSums {
    IterationStats sums; // meanResidual and entropy are sums here
    std::int64_t running = 0; // number of tiles that further iterations would change

    void add(const PlanFigures &figures);
    void add(const FigureSums &other);
    IterationStats stats(const TileGrid &grid, int iteration, Stage stage, double seconds) const;
};

TileStats tileStats(const PlanFigures &figures, int entries, double totalScore);

} // namespace nms
