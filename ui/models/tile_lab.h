// SPDX-License-Identifier: Apache-2.0
// One tile solved with other settings, to see at once what they change.
#pragma once

#include "core/methods/tile_trace.h"
#include "ui/models/background_task.h"
#include "ui/models/workspace.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>

namespace nms {

/// Settings of its own, which begin as those of the run on screen and then are moved; every change solves the selected tile,
/// on this thread if that takes less than a frame, otherwise in the background, where the newest settings win. With another
/// M it is the tile that contains the first cell of the selected one. Nothing here changes the workspace. GUI thread.
class TileLab : public QObject
{
    Q_OBJECT
public:
    struct Side {
        SolveOptions options;
        std::int64_t tileRow = 0; // in the grid of options.pattern
        std::int64_t tileCol = 0;
        double total = 0; // Σ of the tile's scores
        std::shared_ptr<const TileTrace> trace; // null while it is being solved, and if it cannot be solved by itself
    };

    explicit TileLab(Workspace &workspace, QObject *parent = nullptr);

    /// Solves only while active: when nobody looks, nothing is solved.
    void setActive(bool isActive);

    bool isThere() const { return m_tile.has_value(); } // a tile is selected
    bool isSolving() const { return m_task.isRunning(); }
    /// The tile as the run on screen has it, at the iteration shown; no trace without a run, and while it goes on.
    const Side &before() const { return m_before; }
    const Side &after() const { return m_after; } // with the settings of the lab

    SolveOptions options() const { return m_after.options; }
    void setOptions(const SolveOptions &options); // ignored unless they are valid
    void reset(); // back to those of the run

signals:
    void changed();

private:
    void follow();
    void solveAfter();
    Side sideFor(const SolveOptions &options) const;
    Span2d<const float> cellsOf(const Side &side) const;

    Workspace &m_workspace;
    BackgroundTask m_task;
    bool m_isActive = false;
    std::shared_ptr<const LoadedTensor> m_tensor;
    std::optional<std::int64_t> m_tile;
    Side m_before;
    Side m_after;
};

} // namespace nms
