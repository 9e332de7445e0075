// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tile_lab.h"

#include "ui/models/tile_inspection.h"

#include <algorithm>

namespace nms {

TileLab::TileLab(Workspace &workspace, QObject *parent)
    : QObject(parent), m_workspace(workspace), m_task([this](const Error &error) {
          emit m_workspace.message(MessageLevel::Error, QString::fromStdString(error.line()), MessageSubject::Tensor);
      })
{
    connect(&TileInspection::of(workspace), &TileInspection::changed, this, &TileLab::follow);
}

void TileLab::setActive(bool isActive)
{
    if (m_isActive == isActive)
        return;
    m_isActive = isActive;
    if (isActive) {
        follow();
    } else {
        m_task.cancel();
        m_tensor.reset(); // not kept alive by a page that nobody sees
    }
}

Span2d<const float> TileLab::cellsOf(const Side &side) const
{
    const TileGrid grid = m_workspace.grid(side.options.pattern.m);
    const std::int64_t tile = grid.index(side.tileRow, side.tileCol);
    return m_tensor->score->span().block(side.tileRow * grid.m, side.tileCol * grid.m, grid.realRows(tile),
                                         grid.realCols(tile));
}

TileLab::Side TileLab::sideFor(const SolveOptions &options) const
{
    const TileGrid grid = m_workspace.grid();
    Side side;
    side.options = options;
    side.options.threads = 1;
    side.tileRow = grid.rowOf(*m_tile) * grid.m / options.pattern.m;
    side.tileCol = grid.colOf(*m_tile) * grid.m / options.pattern.m;
    const Span2d<const float> cells = cellsOf(side);
    for (std::int64_t i = 0; i < cells.rows; ++i)
        for (std::int64_t j = 0; j < cells.cols; ++j)
            side.total += double(cells(i, j));
    return side;
}

/// Another tile, another state: the settings stay where the user has moved them, unless the run itself has others now.
void TileLab::follow()
{
    if (!m_isActive)
        return;
    const TileInspection &inspection = TileInspection::of(m_workspace);
    const auto tensor = m_workspace.tensor();
    const bool hadTile = m_tile.has_value(), isSameTensor = tensor == m_tensor;
    m_tensor = tensor;
    m_tile = inspection.isThere() && !m_tensor->notFinite ? m_workspace.selectedTile() : std::nullopt;
    if (!m_tile) {
        m_task.cancel();
        m_before = m_after = {};
        emit changed();
        return;
    }
    const SolveOptions last = m_before.options;
    m_before = sideFor(m_workspace.shownOptions());
    m_before.trace = inspection.trace();
    Side wanted = sideFor(hadTile && last == m_before.options ? m_after.options : m_before.options);
    const bool isSame = isSameTensor && wanted.options == m_after.options && wanted.tileRow == m_after.tileRow &&
        wanted.tileCol == m_after.tileCol && (m_after.trace || isSolving());
    if (isSame) {
        emit changed();
        return;
    }
    m_after = std::move(wanted);
    solveAfter();
}

void TileLab::setOptions(const SolveOptions &options)
{
    if (!m_tile || !m_tensor || !options.validate())
        return;
    m_after = sideFor(options);
    solveAfter();
}

void TileLab::reset()
{
    if (m_tile)
        setOptions(m_before.options);
}

void TileLab::solveAfter()
{
    m_task.cancel();
    if (!canTrace(m_after.options)) {
        emit changed();
        return;
    }
    if (isQuick(m_after.options)) {
        if (auto trace = traceTile(cellsOf(m_after), m_after.options))
            m_after.trace = std::make_shared<const TileTrace>(std::move(*trace));
        emit changed();
        return;
    }
    m_task.start([this, options = m_after.options, tensor = m_tensor,
                  cells = cellsOf(m_after)](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        auto trace = traceTile(cells, options, {}, context.stop);
        auto solved = trace ? std::make_shared<const TileTrace>(std::move(*trace)) : nullptr;
        return [this, solved, tensor] {
            m_after.trace = solved;
            emit changed();
        };
    });
    emit changed();
}

} // namespace nms
