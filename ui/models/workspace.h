// SPDX-License-Identifier: Apache-2.0
// What is open, what is looked at, what runs: the one state that all widgets share.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_facts.h"
#include "core/jobs/score_matrix.h"
#include "core/prune/prune_options.h"
#include "core/session/comparison.h"
#include "core/session/solver_session.h"
#include "core/solver/solution.h"
#include "core/view/matrix_view.h"
#include "core/view/tile_figure.h"
#include "ui/models/backend_choice.h"
#include "ui/models/loaded_tensor.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>
#include <vector>

namespace nms {

class PruneRun;
class WorkspacePrivate;

/// Lives on the GUI thread; every slot returns at once, work goes on in the background and ends in a signal.
class Workspace : public QObject
{
    Q_OBJECT
public:
    /// The first backend is the default; one with id "cpu" must be among them.
    explicit Workspace(std::vector<BackendChoice> backends, QObject *parent = nullptr);
    ~Workspace() override;

    // Files and tensors
    const std::vector<OpenFile> &files() const;
    std::shared_ptr<const LoadedTensor> tensor() const; // null before the first
    bool isLoading() const;
    double loadProgress() const; // share of the rows read, in [0, 1]

    /// What the open tensor and its run may take of the host's memory together, in bytes: half of it at first. What would
    /// take more is refused with a message that says what takes how much.
    std::int64_t memoryLimit() const;
    void setMemoryLimit(std::int64_t bytes);

    // Looking
    MatrixView view() const;
    std::optional<std::int64_t> selectedTile() const; // in grid()
    TileGrid grid() const; // of shownOptions().pattern over tensor()
    TileGrid grid(int m) const; // over tensor()
    /// Σ of the scores of each tile of grid(), row-major; null without a tensor.
    std::shared_ptr<const std::vector<double>> tileScores() const;
    double scoreTotal() const; // of tensor(); 0 without one
    /// What tiles are ranked by: as chosen, or else the usual one of what is known (TileFigures).
    TileFigure rankFigure() const;

    // Running
    const std::vector<BackendChoice> &backends() const;
    QString backendId() const; // the chosen one
    /// The one that solves options().method: the chosen one, or the CPU where that lacks the method.
    const BackendChoice &solvingBackend() const;
    SolveOptions options() const; // the settings: of the next run
    /// True where that can be watched iteration by iteration; other methods solve in one go.
    bool canWatch() const;
    /// Of the run on screen, which keeps its settings; options() where there is none.
    SolveOptions shownOptions() const;
    const BackendChoice &shownBackend() const; // likewise
    bool isLive() const; // canWatch(), likewise
    /// The settings are not those of the run on screen.
    bool settingsDiffer() const;
    jobs::ScoreChoice score() const; // what a mask is to keep
    bool isScoring() const; // it is being made
    SessionStatus sessionStatus() const;
    HistoryInfo history() const;
    const std::vector<IterationStats> &iterationStats() const; // of the current run, in order
    /// What the views show: the live state, or the scrubbed-to one. Null without a run, and where the iteration asked for
    /// cannot be shown.
    std::shared_ptr<const Snapshot> shownSnapshot() const;
    bool isScrubbing() const; // shownSnapshot() is from history
    std::optional<int> scrubbedTo() const; // the iteration asked for
    std::optional<Error> scrubError() const; // why it cannot be shown
    /// The finished run's mask. Null before.
    std::shared_ptr<const Solution> solution() const;
    std::shared_ptr<const Solution> shownSolution() const; // null while an earlier iteration is looked at
    std::optional<Breakpoint> breakpoint() const;

    // Pruning the tensor as a layer
    PruneRun &pruning() const; // the run and its inputs
    PruneOptions pruneOptions() const; // of the next run: tiles as in options()
    /// True where the views show the pruning in place of the solve, and commands of the transport go to it.
    bool showsPruning() const;

    // Comparing
    const std::vector<ComparisonRow> &comparison() const;
    bool isComparing() const;
    int comparisonTotal() const;

public slots:
    void openFile(const QString &fileName);
    void closeFile(const QString &fileName);
    void cancelLoading();
    void selectTensor(const QString &fileName, const QString &path);
    void setView(nms::MatrixView view);
    void selectTile(std::optional<std::int64_t> tile); // and nothing else
    void flyToTile(std::int64_t tile); // selects it and asks the viewport to go there

    void setOptions(const nms::SolveOptions &options); // the run on screen stays; a pruning is dropped
    void takeBackSettings(); // to those of the run on screen
    void setRankFigure(nms::TileFigure figure);
    /// Of this and later tensors; drops the run. Wanda takes the calibration file. Where it cannot be had a message says
    /// why, and the score is |W| again.
    void setScore(const nms::jobs::ScoreChoice &choice);
    void setBackend(const QString &id);
    void run(); // starts, or goes on; where the settings differ from the run's, starts a new one
    void pause();
    void togglePause();
    void step(int iterations = 1); // likewise, paused
    void runTo(int iteration); // likewise
    void cancel();
    void restart(); // by the settings
    void rewindHere(); // the solver goes back to the scrubbed-to iteration
    void scrubTo(int iteration);
    void followLive(); // ends scrubbing
    void setBreakpoint(std::optional<nms::Breakpoint> breakpoint);
    void watchRegion(nms::TileRegion region); // what the viewport sees
    void setViewerDevice(const std::optional<nms::DeviceId> &device); // where it draws, if it can open memory of others

    void setPruneOptions(const nms::PruneOptions &options); // a change drops the pruning; its tiles are not looked at
    void setCalibration(const QString &fileName); // of the tensors of the open file; empty: none
    void setShowsPruning(bool shows);
    void prune(); // starts, or goes on
    void pruneStep(int steps = 1); // starts paused when nothing runs
    void restartPruning();
    void comparePruning(); // frameworks × kinds × the usual patterns on the open tensor; cancels where one goes on

    void startComparison(const std::vector<nms::ComparisonCase> &cases);
    void cancelComparison();

    /// Writes the finished mask (.h5 or .safetensors) beside the target and renames. Ends in message() and exportEnded().
    void exportMask(const QString &fileName, nms::MaskFormat format = nms::MaskFormat::Bytes);

signals:
    void filesChanged();
    void loadingChanged();
    void tensorChanged();
    void viewChanged(nms::MatrixView view);
    void selectedTileChanged();
    void flyRequested(std::int64_t tile);
    void scoreChanged(); // tensor() has other scores, and is otherwise the same
    void optionsChanged(); // options(), shownOptions(), or whether they differ
    void rankFigureChanged();
    /// A command is about to take the settings: who edits them puts in what has been typed.
    void settingsWanted();
    void sessionChanged(); // status, statistics, history
    void snapshotChanged(); // shownSnapshot()
    void solutionChanged();
    void pruningChanged(); // anything of the pruning, and whether it is shown
    void comparisonRowAdded();
    void comparisonChanged(); // started, ended, cleared
    void exportEnded(const QString &fileName, bool isWritten);
    void message(nms::MessageLevel level, const QString &text, nms::MessageSubject subject);

private:
    friend class WorkspacePrivate;
    std::unique_ptr<WorkspacePrivate> d;
};

} // namespace nms
