// SPDX-License-Identifier: Apache-2.0
// Figures of every tile of the state on screen.
#pragma once

#include "core/solver/snapshot.h"
#include "core/solver/solution.h"
#include "core/view/tile_figure.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace nms {

class Workspace;

/// A value type that shares its sources. Table, map, inspector and ranks all read their figures here, so that they agree.
class TileFigures
{
public:
    TileFigures() = default;
    /// The plan's figures come from `snapshot`, the mask's from `solution`; either may be null, and one with another grid is
    /// treated as null. `scores`: Σ of each tile's scores, needed for the mask's loss.
    TileFigures(const TileGrid &grid, std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const Solution> solution,
                std::shared_ptr<const std::vector<double>> scores);
    /// Figures of the state that the workspace shows; without a mask while an earlier iteration is shown.
    static TileFigures of(const Workspace &workspace);

    const TileGrid &grid() const { return m_grid; }
    bool isEmpty() const { return !m_snapshot && !m_solution; }
    bool has(TileFigure figure) const;
    std::vector<TileFigure> available() const; // in the order of the enumeration
    /// The default for ranking tiles: the plan's gap, or the mask's if there is no plan.
    TileFigure usual() const { return has(TileFigure::PlanGap) ? TileFigure::PlanGap : TileFigure::MaskGap; }

    /// The figure by which the workspace ranks what it shows: the chosen one if it is known, else usual().
    TileFigure rankedBy(const Workspace &workspace) const;

    float of(std::int64_t tile, TileFigure figure) const; // NaN if it is not known
    void write(TileFigure figure, std::span<float> values) const; // of all tiles, row-major; NaN if it is not known
    /// The value of the figure if it is known and all tiles have the same; empty also for a single tile.
    std::optional<float> common(TileFigure figure) const;
    /// 1 + the number of tiles with a larger value; equal tiles share a rank. Empty if the figure is not known.
    std::optional<std::int64_t> rankOf(std::int64_t tile, TileFigure figure) const;

    /// The first tile with the largest value; empty if the figure is not known.
    std::optional<std::int64_t> worst(TileFigure figure) const;

    friend bool operator==(const TileFigures &, const TileFigures &) = default;

private:
    template <class Use> auto withValues(TileFigure figure, Use use) const;

    TileGrid m_grid;
    std::shared_ptr<const Snapshot> m_snapshot;
    std::shared_ptr<const Solution> m_solution;
    std::shared_ptr<const std::vector<double>> m_scores;
};

} // namespace nms
