// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_figures.h"

#include "ui/models/workspace.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace nms {

namespace {

bool isOfPlan(TileFigure figure)
{
    return figure != TileFigure::MaskGap && figure != TileFigure::MaskLost;
}

} // namespace

TileFigures::TileFigures(const TileGrid &grid, std::shared_ptr<const Snapshot> snapshot,
                         std::shared_ptr<const Solution> solution, std::shared_ptr<const std::vector<double>> scores)
    : m_grid(grid)
{
    const std::size_t count = std::size_t(grid.count());
    if (snapshot && snapshot->grid == grid && snapshot->tiles.size() == count)
        m_snapshot = std::move(snapshot);
    if (solution && solution->grid == grid && solution->tiles.size() == count)
        m_solution = std::move(solution);
    if (m_solution && scores && scores->size() == count)
        m_scores = std::move(scores);
}

TileFigures TileFigures::of(const Workspace &workspace)
{
    if (workspace.showsPruning())
        return {workspace.grid(), nullptr, nullptr, nullptr}; // nothing of a solve is on screen
    auto solution = workspace.shownSolution();
    return {workspace.grid(), workspace.shownSnapshot(), solution, solution ? workspace.tileScores() : nullptr};
}

bool TileFigures::has(TileFigure figure) const
{
    if (isOfPlan(figure))
        return m_snapshot != nullptr;
    return m_solution && (figure == TileFigure::MaskGap || m_scores);
}

std::vector<TileFigure> TileFigures::available() const
{
    std::vector<TileFigure> figures;
    std::copy_if(allTileFigures.begin(), allTileFigures.end(), std::back_inserter(figures),
                 [this](TileFigure figure) { return has(figure); });
    return figures;
}

TileFigure TileFigures::rankedBy(const Workspace &workspace) const
{
    const std::optional<TileFigure> chosen = workspace.rankFigure();
    return chosen && has(*chosen) ? *chosen : usual();
}

float TileFigures::of(std::int64_t tile, TileFigure figure) const
{
    if (!has(figure))
        return std::numeric_limits<float>::quiet_NaN();
    const std::size_t i = std::size_t(tile);
    switch (figure) {
    case TileFigure::PlanGap:
        return m_snapshot->tiles[i].gap;
    case TileFigure::Residual:
        return m_snapshot->tiles[i].residual;
    case TileFigure::Undecided:
        return m_snapshot->tiles[i].undecided;
    case TileFigure::PlanLost:
        return m_snapshot->tiles[i].lost;
    case TileFigure::MaskGap:
        return float(m_solution->tiles[i].gap());
    case TileFigure::MaskLost:
        break;
    }
    const double score = (*m_scores)[i];
    return score > 0 ? float(1 - m_solution->tiles[i].objective / score) : 0;
}

std::optional<std::int64_t> TileFigures::worst(TileFigure figure) const
{
    if (!has(figure) || m_grid.count() == 0)
        return std::nullopt;
    std::int64_t worst = 0;
    for (std::int64_t tile = 1; tile < m_grid.count(); ++tile)
        if (of(tile, figure) > of(worst, figure))
            worst = tile;
    return worst;
}

std::optional<std::int64_t> TileFigures::rankOf(std::int64_t tile, TileFigure figure) const
{
    if (!has(figure))
        return std::nullopt;
    const float own = of(tile, figure);
    std::int64_t worse = 0;
    for (std::int64_t other = 0; other < m_grid.count(); ++other)
        worse += of(other, figure) > own;
    return 1 + worse;
}

} // namespace nms
