// SPDX-License-Identifier: Apache-2.0
// Why the selected tile is as it is: shared by the panels that tell it and the viewport that marks it.
#pragma once

#include "core/jobs/tile_explanation.h"
#include "core/jobs/tile_statements.h"
#include "core/methods/tile_trace.h"
#include "ui/models/background_task.h"
#include "ui/models/workspace.h"

#include <QObject>
#include <QString>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace nms {

/// Follows the selected tile and the state that the workspace shows. Numbers and sentences are those of the state on screen;
/// the decisions of the rounding come from the same tile solved again by itself (core/methods/tile_trace.h), on this thread
/// if that takes less than a frame. While a run goes on only the plan is explained. GUI thread.
class TileInspection : public QObject
{
    Q_OBJECT
public:
    /// The inspection of this workspace, which owns it.
    static TileInspection &of(Workspace &workspace);

    /// False without a selected tile, and while a pruning is shown.
    bool isThere() const { return m_tile.has_value(); }
    const jobs::ExplainedTile &explained() const { return m_explained; }
    const jobs::TileExplanation &explanation() const { return m_explanation; }
    const jobs::TileStatements &statements() const { return m_statements; }

    /// The tile solved again up to the iteration shown; null while it is being solved, while the run goes on, and where the
    /// method ranks the whole matrix.
    std::shared_ptr<const TileTrace> trace() const { return m_trace; }
    /// Why there are no decisions to show, or why they are not those of the mask on screen; may be empty.
    QString note() const;

    // The decision looked at, an index in trace()->steps
    std::optional<int> step() const { return m_step; }
    void setStep(std::optional<int> step);
    void moveStep(int by); // from before the first to the last
    void toNextSwap(); // the next swap or exchange, from the end on the first; none: nothing

    /// The mask after the decision looked at, and those before; empty without one.
    std::optional<TileMask> maskAtStep() const;

    void update(); // at once; otherwise it follows the workspace within 60 ms

signals:
    void changed(); // everything above
    void stepChanged();

private:
    explicit TileInspection(Workspace &workspace);
    void follow();
    void explain();
    void state(); // what follows from m_explained
    void requestTrace();
    void takeTrace(const Result<TileTrace> &trace);

    struct Sources { // what the current explanation was made of
        std::shared_ptr<const LoadedTensor> tensor;
        std::weak_ptr<const Snapshot> snapshot; // not kept alive: a plan of the whole matrix
        std::optional<int> iteration; // of the snapshot, if there is one
        std::shared_ptr<const Solution> solution;
        std::optional<std::int64_t> tile;
        SolveOptions options;
        bool isRunning = false;
        bool operator==(const Sources &other) const;
    };
    Sources sources() const;

    Workspace &m_workspace;
    QTimer m_timer;
    BackgroundTask m_task;
    Sources m_sources;
    std::optional<std::int64_t> m_tile;
    Matrix<float> m_plan;
    std::vector<float> m_potentials;
    jobs::ExplainedTile m_explained;
    jobs::TileExplanation m_explanation;
    jobs::TileStatements m_statements;
    std::shared_ptr<const TileTrace> m_trace;
    int m_deviations = 0; // entries in which the trace's mask differs from the one on screen
    std::optional<int> m_step;
};

/// True if a tile of these options is solved within a fraction of a frame.
bool isQuick(const SolveOptions &options);

} // namespace nms
