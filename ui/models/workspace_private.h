// SPDX-License-Identifier: Apache-2.0
// Shared by workspace.cpp and workspace_*.cpp. Private to ui/models.
#pragma once

#include "core/jobs/compare_matrix.h"
#include "core/session/run_memory.h"
#include "core/view/matrix_view.h"
#include "ui/models/backend_choice.h"
#include "ui/models/background_task.h"
#include "ui/models/loaded_tensor.h"
#include "ui/models/prune_run.h"
#include "ui/models/run_list.h"
#include "ui/models/settings_history.h"
#include "ui/models/solver_run.h"
#include "ui/models/tile_scores.h"

#include <QUndoStack>

#include <functional>
#include <semaphore>

namespace nms {

class Workspace;

class WorkspacePrivate
{
public:
    WorkspacePrivate(Workspace *workspace, std::vector<BackendChoice> choices);

    void report(const Error &error, MessageSubject subject = MessageSubject::Tensor);
    Error aboutTensor(const Error &error) const;
    void report(MessageLevel level, const QString &text, MessageSubject subject = MessageSubject::Tensor);
    bool needsTensor(); // false with a message if there is no tensor that can be solved
    bool isPatternTooLarge(); // true with a message
    const BackendChoice &cpu() const; // has every method
    const SolveOptions *optionsOnScreen() const; // of the kept run or the run; null without either
    std::size_t backendOnScreen() const; // the chosen one, likewise
    std::size_t backendIndex(const QString &id) const; // the current one if there is no such backend
    void setTensor(std::shared_ptr<const LoadedTensor> loaded);
    void setPreview(std::shared_ptr<const TensorPreview> shown);
    void openFile(const QString &fileName, const std::optional<QString> &path); // no path: its first matrix
    void readTensor(const QString &fileName, const QString &path);
    bool isOpen(const QString &fileName, const QString &path) const; // as the tensor
    void makeRoomFor(const QString &fileName, const QString &path);
    void forgetTile();
    void resetWatchedRegion();
    void followGrid(); // to be called after a change that may affect the size of tiles
    bool hasRun() const { return run.status().state != SessionState::Idle; }
    bool startRun(bool paused);
    bool waitsForScores(std::function<void()> command); // true: it comes once the scores are there
    /// True, with a message that lists the memory of each part, if `wanted` does not fit in addition to memoryInUse().
    bool isTooLarge(const QString &what, const RunMemory &wanted, const QString &remedy);
    RunMemory memoryInUse() const; // by the tensor and a comparison
    std::optional<std::int64_t> roomForHistory(const SolverBackend &solver);
    void connectPruning();
    bool startPruning(bool paused);
    void applyScore();
    void dropRun();
    bool isInProgress() const; // the run has not ended
    bool isStarted() const; // there is a live run that can continue
    void leaveScrubbing();
    void noteRunState();
    bool setRunSettings(const RunSettings &settings); // without signals; false if nothing has changed
    void showWantedRun();
    bool hasMaskOf(const KeptRun &kept) const; // in memory, and of the open tensor

    Workspace *q;

    std::vector<OpenFile> files;
    std::shared_ptr<const LoadedTensor> tensor;
    std::shared_ptr<const TensorPreview> preview; // only while `loading` is running
    std::shared_ptr<std::binary_semaphore> previewDrawn; // for which its reading waits
    double loadProgress = 0;
    QString loadingFile;
    std::int64_t memoryLimit;
    RunMemory runMemory; // of the last run started

    MatrixView view = MatrixView::Weights;
    std::optional<std::int64_t> selectedTile;

    std::vector<BackendChoice> backends;
    std::size_t backend = 0;
    SolveOptions options;
    std::optional<SolveOptions> runOptions; // with which the run was started
    std::size_t runBackend = 0; // likewise, the chosen backend
    jobs::ScoreChoice runScore; // likewise
    SessionState notedState = SessionState::Idle; // of the run
    std::optional<int> runId; // of the run, in `runs`
    std::shared_ptr<const KeptRun> kept; // shown instead of the run
    std::optional<int> wantedRun; // shown once its tensor and its scores are there
    int gridM = 0; // of the tiles that are shown
    std::optional<TileFigure> rankFigure;
    TileScores tileScores;
    TileRegion watched;
    std::optional<DeviceId> viewer;
    std::optional<Breakpoint> breakpoint;
    std::optional<BreakpointHit> pausedBy; // the last one reported
    std::optional<int> scrubbedTo;
    double pace = 0;

    jobs::ScoreChoice score;
    PruneOptions pruneOptions; // except the tiles
    bool showsPruning = false;

    std::vector<ComparisonRow> comparison;
    int comparisonTotal = 0;
    RunMemory comparisonMemory; // while the comparison is running

    QUndoStack undo;
    RunList runs;
    std::unique_ptr<SettingsHistory> settingsHistory;

    // Last, so that their threads end before anything above is destroyed.
    SolverRun run;
    PruneRun pruning;
    BackgroundTask opening;
    BackgroundTask loading;
    BackgroundTask scoring;
    std::function<void()> afterScoring; // the command of a run that waits for its scores; or empty
    BackgroundTask comparing;
    BackgroundTask exporting;
};

} // namespace nms
