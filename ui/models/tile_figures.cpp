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

/// use(value of a tile by its number): what the figure is made of is decided once for all tiles. The figure must be known.
template <class Use> auto TileFigures::withValues(TileFigure figure, Use use) const
{
    switch (figure) {
    case TileFigure::PlanGap:
        return use([plan = m_snapshot->tiles.data()](std::size_t tile) { return plan[tile].gap; });
    case TileFigure::Residual:
        return use([plan = m_snapshot->tiles.data()](std::size_t tile) { return plan[tile].residual; });
    case TileFigure::Undecided:
        return use([plan = m_snapshot->tiles.data()](std::size_t tile) { return plan[tile].undecided; });
    case TileFigure::PlanLost:
        return use([plan = m_snapshot->tiles.data()](std::size_t tile) { return plan[tile].lost; });
    case TileFigure::MaskGap:
        return use([mask = m_solution->tiles.data()](std::size_t tile) { return float(mask[tile].gap()); });
    case TileFigure::MaskLost:
        break;
    }
    return use([mask = m_solution->tiles.data(), scores = m_scores->data()](std::size_t tile) {
        return scores[tile] > 0 ? float(1 - mask[tile].objective / scores[tile]) : 0.F;
    });
}

float TileFigures::of(std::int64_t tile, TileFigure figure) const
{
    if (!has(figure))
        return std::numeric_limits<float>::quiet_NaN();
    return withValues(figure, [tile](auto value) { return value(std::size_t(tile)); });
}

void TileFigures::write(TileFigure figure, std::span<float> values) const
{
    if (!has(figure)) {
        std::fill(values.begin(), values.end(), std::numeric_limits<float>::quiet_NaN());
        return;
    }
    withValues(figure, [values](auto value) {
        for (std::size_t tile = 0; tile < values.size(); ++tile)
            values[tile] = value(tile);
    });
}

std::optional<float> TileFigures::common(TileFigure figure) const
{
    const std::size_t count = std::size_t(m_grid.count());
    if (!has(figure) || count < 2)
        return std::nullopt;
    return withValues(figure, [count](auto value) -> std::optional<float> {
        const float first = value(0);
        for (std::size_t tile = 1; tile < count; ++tile)
            if (value(tile) != first)
                return std::nullopt;
        return first;
    });
}

std::optional<std::int64_t> TileFigures::worst(TileFigure figure) const
{
    const std::size_t count = std::size_t(m_grid.count());
    if (!has(figure) || count == 0)
        return std::nullopt;
    return withValues(figure, [count](auto value) {
        std::size_t worst = 0;
        for (std::size_t tile = 1; tile < count; ++tile)
            if (value(tile) > value(worst))
                worst = tile;
        return std::int64_t(worst);
    });
}

std::optional<std::int64_t> TileFigures::rankOf(std::int64_t tile, TileFigure figure) const
{
    if (!has(figure))
        return std::nullopt;
    return withValues(figure, [own = std::size_t(tile), count = std::size_t(m_grid.count())](auto value) {
        const float limit = value(own);
        std::int64_t worse = 0;
        for (std::size_t other = 0; other < count; ++other)
            worse += value(other) > limit;
        return 1 + worse;
    });
}

} // namespace nms
