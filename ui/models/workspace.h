// SPDX-License-Identifier: Apache-2.0
// The state shared by all widgets: open files, the tensor and what is shown of it, runs and settings.
#pragma once

#include "core/base/result.h"
#include "core/io/mask_facts.h"
#include "core/jobs/compare_matrix.h"
#include "core/jobs/score_matrix.h"
#include "core/prune/prune_options.h"
#include "core/session/solver_session.h"
#include "core/solver/solution.h"
#include "core/view/matrix_view.h"
#include "core/view/tile_figure.h"
#include "ui/models/backend_choice.h"
#include "ui/models/loaded_tensor.h"
#include "ui/models/run_settings.h"

#include <QObject>
#include <QString>

#include <memory>
#include <optional>
#include <vector>

class QUndoStack;

namespace nms {

class PruneRun;
class RunList;
class SettingsHistory;
class WorkspacePrivate;

/// Lives on the GUI thread; every slot returns at once, work is done in the background and reported by a signal.
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
    /// The large tensor that is being read, from a few of its rows; tensor() is still the one before. Null while nothing is
    /// read, and where there is no preview.
    std::shared_ptr<const TensorPreview> preview() const;
    /// To be called by a view that has drawn preview(): reading, which takes all cores, waits for that for a moment.
    void notePreviewDrawn();

    /// Limit of the host memory of the open tensor and its run together, in bytes; initially half of the host's memory. An
    /// operation that would exceed it is refused with a message that lists the memory of each part.
    std::int64_t memoryLimit() const;
    void setMemoryLimit(std::int64_t bytes);

    // What is shown
    MatrixView view() const;
    std::optional<std::int64_t> selectedTile() const; // in grid()
    TileGrid grid() const; // of shownOptions().pattern over tensor()
    TileGrid grid(int m) const; // over tensor()
    /// Σ of the scores of each tile of grid(), row-major; null without a tensor.
    std::shared_ptr<const std::vector<double>> tileScores() const;
    double scoreTotal() const; // of tensor(); 0 without one
    std::optional<TileFigure> rankFigure() const; // the figure chosen for ranking tiles; empty: TileFigures::usual()

    // Running
    const std::vector<BackendChoice> &backends() const;
    QString backendId() const; // of the chosen backend
    /// The backend that solves options().method: the chosen one, or the CPU if that lacks the method.
    const BackendChoice &solvingBackend() const;
    SolveOptions options() const; // the settings for the next run
    /// True if options() can be watched iteration by iteration; other methods solve without intermediate states.
    bool canWatch() const;
    /// The settings with which the run on screen was started; options() if there is no run.
    SolveOptions shownOptions() const;
    const BackendChoice &shownBackend() const; // solvingBackend() for the run on screen
    bool isLive() const; // canWatch() for the run on screen
    /// True if the settings differ from those of the run on screen.
    bool settingsDiffer() const;
    jobs::ScoreChoice score() const; // whose sum a mask is to maximise
    bool isScoring() const; // the score is being computed
    RunSettings settings() const; // all of the above, for the next run
    QUndoStack &undoStack() const; // changes of the settings and of the list of runs
    SettingsHistory &settingsHistory() const;
    SessionStatus sessionStatus() const;
    HistoryInfo history() const;
    const std::vector<IterationStats> &iterationStats() const; // of the current run, in order
    /// The state that the views show: the live one, or the one scrubbed to. Null without a run, and if the requested
    /// iteration cannot be shown.
    std::shared_ptr<const Snapshot> shownSnapshot() const;
    bool isScrubbing() const; // shownSnapshot() is from history
    std::optional<int> scrubbedTo() const; // the requested iteration
    /// Set while shownSnapshot() is only the nearest iteration that could be shown at once: progress of the requested
    /// iteration, in [0, 1].
    std::optional<double> refining() const;
    std::optional<Error> scrubError() const; // why the requested iteration cannot be shown
    /// The finished run's mask; null before the end.
    std::shared_ptr<const Solution> solution() const;
    std::shared_ptr<const Solution> shownSolution() const; // null while an earlier iteration is shown
    std::optional<Breakpoint> breakpoint() const;
    double pace() const; // upper limit of iterations per second, for this and later runs; 0: no limit

    // Runs that have ended
    RunList &runs() const;
    /// The run of runs() that is on screen: one shown again, or the run itself, once it is in the list.
    std::optional<int> shownRun() const;
    /// True if a run of the list is shown without having been solved again: it has no plan, and its iterations cannot be
    /// shown. A run that is in progress meanwhile continues.
    bool showsKeptRun() const;
    std::optional<int> runInProgress() const; // its id in runs(), if it is there already

    // Pruning the tensor as a layer
    PruneRun &pruning() const; // the run and its inputs
    PruneOptions pruneOptions() const; // for the next pruning; its tiles are those of options()
    /// True if the views show the pruning instead of the solve, and Transport controls the pruning.
    bool showsPruning() const;

    // Comparing
    const std::vector<ComparisonRow> &comparison() const;
    bool isComparing() const;
    int comparisonTotal() const;

public slots:
    void openFile(const QString &fileName); // and shows its first matrix; a session or tile by sessionFileWanted()
    void openFileAt(const QString &fileName, const QString &path); // and shows this tensor; an empty path: none
    void closeFile(const QString &fileName);
    void cancelLoading();
    void selectTensor(const QString &fileName, const QString &path);
    void setView(nms::MatrixView view);
    void selectTile(std::optional<std::int64_t> tile); // without moving the viewport
    void flyToTile(std::int64_t tile); // selects it and asks the viewport to go there

    void setOptions(const nms::SolveOptions &options); // keeps the run on screen; drops the pruning
    void resetSettingsToRun(); // resets the settings to those of the run on screen
    void setSettings(const nms::RunSettings &settings); // like setOptions(), setScore() and setBackend() together
    void setRankFigure(nms::TileFigure figure);
    /// Sets the score of this and later tensors; drops the run. Wanda uses the calibration file. If the score cannot be
    /// computed, a message says why, and the score is |W| again.
    void setScore(const nms::jobs::ScoreChoice &choice);
    void setBackend(const QString &id);
    void run(); // starts or continues; starts a new run if the settings differ from the run's
    void pause();
    void togglePause();
    void step(int iterations = 1); // like run(), then pauses
    void runTo(int iteration); // like run(), then pauses
    void cancel();
    void restart(); // a new run with the current settings
    void rewindHere(); // the solver goes back to the iteration scrubbed to
    void scrubTo(int iteration);
    void followLive(); // ends scrubbing
    /// Opens the run's file and tensor if needed, takes over its settings, and shows its mask and figures. It is solved
    /// again if its mask is not in memory or the file has changed since.
    void showRun(int id);
    void keepRun(); // adds the run in progress to runs(), as far as it has got
    void setBreakpoint(std::optional<nms::Breakpoint> breakpoint);
    void setPace(double iterationsPerSecond);
    void watchRegion(nms::TileRegion region); // the tiles visible in the viewport
    /// The device that the viewport draws on, if it can open memory exported by another API.
    void setViewerDevice(const std::optional<nms::DeviceId> &device);

    void setPruneOptions(const nms::PruneOptions &options); // a change drops the pruning; `options.tiles` is ignored
    void setCalibration(const QString &fileName); // for the tensors of the open file; empty: none
    void setShowsPruning(bool shows);
    void prune(); // starts or continues
    void pruneStep(int steps = 1); // if there is no run, starts one paused
    void restartPruning();
    /// Frameworks × kinds × the usual patterns on the open tensor; if a comparison is running, cancels it instead.
    void comparePruning();

    void startComparison(const std::vector<nms::ComparisonCase> &cases);
    void cancelComparison();

    /// Writes the finished mask (.h5 or .safetensors) to a temporary file next to the target and renames it. At the end,
    /// message() and exportEnded() are emitted.
    void exportMask(const QString &fileName, nms::MaskFormat format = nms::MaskFormat::Bytes);

signals:
    void filesChanged();
    void sessionFileWanted(const QString &fileName); // the user wants to open it, or a tile of the sandbox
    void loadingChanged();
    void previewChanged();
    void tensorChanged();
    void viewChanged(nms::MatrixView view);
    void selectedTileChanged();
    void flyRequested(std::int64_t tile);
    void scoreChanged(); // tensor() has other scores, but the same weights
    void optionsChanged(); // settings(), shownOptions(), whether they differ, or shownRun()
    void rankFigureChanged();
    /// A command is about to read the settings: editors must now apply values that have been typed.
    void aboutToReadSettings();
    void sessionChanged(); // status, statistics, history
    void snapshotChanged(); // shownSnapshot()
    void solutionChanged();
    void pruningChanged(); // state or settings of the pruning, or whether it is shown
    void comparisonRowAdded();
    void comparisonChanged(); // started, ended, cleared
    void exportEnded(const QString &fileName, bool isWritten);
    void message(nms::MessageLevel level, const QString &text, nms::MessageSubject subject);

private:
    friend class WorkspacePrivate;
    std::unique_ptr<WorkspacePrivate> d;
};

} // namespace nms
