// SPDX-License-Identifier: Apache-2.0
// What is known of every tile of the state on screen.
#pragma once

#include "core/solver/snapshot.h"
#include "core/solver/solution.h"
#include "core/view/tile_figure.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace nms {

class Workspace;

/// Plain values over what it shares. Table, map, inspector and ranks all ask this, and so agree.
class TileFigures
{
public:
    TileFigures() = default;
    /// The plan's figures are `snapshot`'s, the mask's `solution`'s; either may be null, and what is of another grid counts
    /// as null. `scores`: Σ of each tile's scores, which the mask's loss needs.
    TileFigures(const TileGrid &grid, std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const Solution> solution,
                std::shared_ptr<const std::vector<double>> scores);
    /// Of what the workspace shows: while an earlier iteration is looked at, there is no mask.
    static TileFigures of(const Workspace &workspace);

    const TileGrid &grid() const { return m_grid; }
    bool isEmpty() const { return !m_snapshot && !m_solution; }
    bool has(TileFigure figure) const;
    std::vector<TileFigure> available() const; // in the order of the enumeration
    /// By which tiles are ranked where nothing else was asked for: the plan's gap, or the mask's where there is no plan.
    TileFigure usual() const { return has(TileFigure::PlanGap) ? TileFigure::PlanGap : TileFigure::MaskGap; }

    float of(std::int64_t tile, TileFigure figure) const; // NaN where it is not known
    /// 1 + the number of tiles with more: tiles alike share a rank. Nothing where the figure is not known.
    std::optional<std::int64_t> rankOf(std::int64_t tile, TileFigure figure) const;

    friend bool operator==(const TileFigures &, const TileFigures &) = default;

private:
    TileGrid m_grid;
    std::shared_ptr<const Snapshot> m_snapshot;
    std::shared_ptr<const Solution> m_solution;
    std::shared_ptr<const std::vector<double>> m_scores;
};

/// Σ of the scores of each tile, row-major.
std::vector<double> sumTiles(const Matrix<float> &score, const TileGrid &grid);

} // namespace nms
