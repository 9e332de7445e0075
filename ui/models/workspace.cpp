// SPDX-License-Identifier: Apache-2.0
#include "ui/models/workspace.h"

#include "core/io/attached_tensors.h"
#include "core/jobs/export_mask.h"
#include "core/jobs/memory_limit.h"
#include "core/tensor/tensor_role.h"
#include "ui/models/breakpoint_text.h"
#include "ui/models/format.h"
#include "ui/models/session_name.h"
#include "ui/models/tensor_loader.h"
#include "ui/models/tile_name.h"
#include "ui/models/workspace_private.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <chrono>
#include <utility>

namespace nms {

Workspace::Workspace(std::vector<BackendChoice> backends, QObject *parent)
    : QObject(parent), d(std::make_unique<WorkspacePrivate>(this, std::move(backends)))
{
    d->settingsHistory = std::make_unique<SettingsHistory>(
        settings(), [this] { return settings(); }, [this](const RunSettings &wanted) { setSettings(wanted); }, d->undo);
    connect(this, &Workspace::optionsChanged, d->settingsHistory.get(), &SettingsHistory::observe);
}

Workspace::~Workspace()
{
    d->run.disconnect(this); // no signals from jobs that end during destruction
    d->pruning.disconnect(this);
    for (BackgroundTask *task : {&d->opening, &d->loading, &d->scoring, &d->comparing, &d->exporting})
        task->cancel(); // cancel all tasks before waiting for the first
    d->run.drop();
    d->pruning.drop();
}

WorkspacePrivate::WorkspacePrivate(Workspace *workspace, std::vector<BackendChoice> choices)
    : q(workspace), memoryLimit(jobs::halfOfMemory()), backends(std::move(choices)), runs(undo),
      opening([this](const Error &error) { report(error, MessageSubject::File); }), loading([this](const Error &error) {
          setPreview(nullptr);
          report(error);
          emit q->loadingChanged();
      }),
      scoring([this](const Error &error) { report(error); }), comparing([this](const Error &error) {
          report(error);
          emit q->comparisonChanged();
      }),
      exporting([this](const Error &error) { report(error, MessageSubject::File); })
{
    Q_ASSERT(!backends.empty());
    options.pattern = {8, 16};
    gridM = options.pattern.m;
    options.method = watchedMethod();
    QObject::connect(&run, &SolverRun::stateChanged, q, [this] { noteRunState(); });
    QObject::connect(&run, &SolverRun::stateChanged, q, [this] {
        const std::optional<BreakpointHit> &hit = run.status().pausedBy;
        if (std::exchange(pausedBy, hit) != hit && hit)
            report(MessageLevel::Info, hitText(*hit, q->grid()), MessageSubject::Tensor);
        emit q->sessionChanged();
    });
    QObject::connect(&run, &SolverRun::solutionChanged, q, &Workspace::solutionChanged);
    QObject::connect(&run, &SolverRun::liveChanged, q, [this] {
        if (!scrubbedTo)
            emit q->snapshotChanged();
    });
    QObject::connect(&run, &SolverRun::pastChanged, q, [this] {
        if (scrubbedTo)
            emit q->snapshotChanged();
    });
    QObject::connect(&run, &SolverRun::pastFailed, q, [this](const HistoryError &error) {
        if (scrubbedTo == error.iteration)
            report(MessageLevel::Error,
                   Workspace::tr("Iteration %1 cannot be shown: %2")
                       .arg(error.iteration)
                       .arg(QString::fromStdString(error.line())));
    });
    QObject::connect(&run, &SolverRun::failed, q, [this](const Error &error) { report(aboutTensor(error)); });
    connectPruning();
}

/// A solver's error on its matrix, extended by the name of the tensor.
Error WorkspacePrivate::aboutTensor(const Error &error) const
{
    return tensor ? errorIn(tensor->file.toStdString(), tensor->info.path, error) : error;
}

void WorkspacePrivate::report(const Error &error, MessageSubject subject)
{
    if (error.kind != ErrorKind::Cancelled)
        report(MessageLevel::Error, QString::fromStdString(error.line()), subject);
}

void WorkspacePrivate::report(MessageLevel level, const QString &text, MessageSubject subject)
{
    emit q->message(level, text, subject);
}

// --- files and tensors ----------------------------------------------------------------------------------------------

const std::vector<OpenFile> &Workspace::files() const
{
    return d->files;
}

std::shared_ptr<const LoadedTensor> Workspace::tensor() const
{
    return d->tensor;
}

bool Workspace::isLoading() const
{
    return d->opening.isRunning() || d->loading.isRunning();
}

double Workspace::loadProgress() const
{
    return d->loadProgress;
}

std::shared_ptr<const TensorPreview> Workspace::preview() const
{
    return d->preview;
}

void Workspace::notePreviewDrawn()
{
    if (const auto drawn = std::exchange(d->previewDrawn, nullptr))
        drawn->release();
}

std::int64_t Workspace::memoryLimit() const
{
    return d->memoryLimit;
}

void Workspace::setMemoryLimit(std::int64_t bytes)
{
    d->memoryLimit = bytes;
}

RunMemory WorkspacePrivate::memoryInUse() const
{
    RunMemory memory = tensor ? memoryOfTensor(tensor->info.rows(), tensor->info.cols()) : RunMemory();
    if (comparing.isRunning())
        memory += comparisonMemory;
    return memory;
}

bool WorkspacePrivate::isTooLarge(const QString &what, const RunMemory &wanted, const QString &remedy)
{
    RunMemory all = memoryInUse();
    all += wanted;
    if (all.total() <= memoryLimit)
        return false;
    report({ErrorKind::Resource, tensor->info.path,
            Workspace::tr("%1 takes %2, the window may take %3: %4")
                .arg(what, format::bytes(all.total()), format::bytes(memoryLimit), partsText(all))
                .toStdString(),
            remedy.toStdString()});
    return true;
}

/// The first matrix that would be pruned, else the first matrix (for example an embedding); null if there is none.
static const TensorInfo *firstToShow(const std::vector<TensorInfo> &tensors)
{
    const TensorNames names(tensors);
    const TensorInfo *first = nullptr;
    for (const TensorInfo &tensor : tensors) {
        if (!tensor.isMatrix())
            continue;
        if (roleOf(tensor, names) == TensorRole::Weight)
            return &tensor;
        first = first == nullptr ? &tensor : first;
    }
    return first;
}

void Workspace::openFile(const QString &fileName)
{
    if (isSessionFile(fileName) || isTileFile(fileName))
        emit sessionFileWanted(fileName);
    else
        d->openFile(fileName, std::nullopt);
}

void Workspace::openFileAt(const QString &fileName, const QString &path)
{
    d->openFile(fileName, path);
}

void WorkspacePrivate::openFile(const QString &fileName, const std::optional<QString> &path)
{
    const QFileInfo file(fileName);
    const QString name = isAttachedName(fileName.toStdString()) ? fileName
        : file.exists()                                         ? file.canonicalFilePath()
                                                                : file.absoluteFilePath();
    opening.enqueue([this, name, path](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        auto listed = std::make_shared<Result<OpenFile>>(listTensors(name, context.stop));
        return [this, name, path, listed] {
            if (!*listed) {
                wantedRun.reset();
                report(listed->error(), MessageSubject::File);
                emit q->loadingChanged();
                return;
            }
            const auto old = std::find_if(files.begin(), files.end(), [&](const OpenFile &f) { return f.fileName == name; });
            const bool isNew = old == files.end();
            if (isNew)
                files.push_back(std::move(**listed));
            else
                *old = std::move(**listed);
            const OpenFile &opened = isNew ? files.back() : *old;
            const TensorInfo *matrix = firstToShow(opened.tensors);
            report(MessageLevel::Info, Workspace::tr("Opened %1 (tensors: %2)").arg(name).arg(opened.tensors.size()),
                   MessageSubject::File);
            emit q->filesChanged();
            if (path && !path->isEmpty())
                readTensor(name, *path);
            else if (!path && matrix == nullptr)
                report(MessageLevel::Warning, Workspace::tr("%1 holds no matrix of floating-point weights").arg(name),
                       MessageSubject::File);
            else if (!path)
                q->selectTensor(name, QString::fromStdString(matrix->path));
            emit q->loadingChanged();
        };
    });
    emit q->loadingChanged();
}

void Workspace::closeFile(const QString &fileName)
{
    const auto file =
        std::find_if(d->files.begin(), d->files.end(), [&](const OpenFile &f) { return f.fileName == fileName; });
    if (file == d->files.end())
        return;
    d->files.erase(file);
    if (d->loadingFile == fileName) {
        d->loading.cancel();
        d->setPreview(nullptr);
    }
    if (d->tensor && d->tensor->file == fileName)
        d->setTensor(nullptr);
    emit filesChanged();
    emit loadingChanged();
}

void Workspace::selectTensor(const QString &fileName, const QString &path)
{
    d->wantedRun.reset();
    d->readTensor(fileName, path);
}

bool WorkspacePrivate::isOpen(const QString &fileName, const QString &path) const
{
    return tensor && tensor->file == fileName && tensor->info.path == path.toStdString();
}

void WorkspacePrivate::readTensor(const QString &fileName, const QString &path)
{
    loadProgress = 0;
    loadingFile = fileName;
    setPreview(nullptr); // of the tensor that was to be read before
    makeRoomFor(fileName, path);
    loading.start(
        [this, fileName, path, limit = memoryLimit](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
            constexpr qint64 between = 50; // ms: each report is drawn
            QElapsedTimer reported;
            const auto progress = [this, &context, &reported](double share) {
                if (reported.isValid() && reported.elapsed() < between)
                    return;
                reported.start();
                context.post([this, share] {
                    loadProgress = share;
                    emit q->loadingChanged();
                });
            };
            const auto onPreview = [this, &context](std::shared_ptr<const TensorPreview> made) {
                constexpr std::chrono::milliseconds patience(100);
                const auto drawn = std::make_shared<std::binary_semaphore>(0);
                context.post([this, made = std::move(made), drawn] {
                    previewDrawn = drawn;
                    setPreview(made);
                });
                static_cast<void>(drawn->try_acquire_for(patience));
            };
            const auto loaded = loadTensor(fileName, path.toStdString(), limit, context.stop, {progress, onPreview});
            if (!loaded)
                return [this, error = loaded.error()] {
                    wantedRun.reset();
                    setPreview(nullptr);
                    report(error);
                    emit q->loadingChanged();
                };
            return [this, tensor = *loaded] {
                const bool wasPreviewed = std::exchange(preview, nullptr) != nullptr;
                setTensor(tensor);
                if (wasPreviewed) // after it, so that views go from one to the other
                    emit q->previewChanged();
                emit q->loadingChanged();
            };
        });
    emit q->loadingChanged();
}

/// The open tensor stays until the next one is loaded, unless the memory limit does not allow both.
void WorkspacePrivate::makeRoomFor(const QString &fileName, const QString &path)
{
    const auto file = std::find_if(files.begin(), files.end(), [&](const OpenFile &f) { return f.fileName == fileName; });
    if (!tensor || file == files.end())
        return;
    const auto next =
        std::find_if(file->tensors.begin(), file->tensors.end(), [name = path.toStdString()](const TensorInfo &info) {
            return info.path == name || (info.matrices() > 1 && name.starts_with(info.path + "["));
        });
    constexpr std::int64_t most = std::int64_t(1) << 56;
    if (next == file->tensors.end() || !next->isMatrix() || next->cols() <= 0 || next->matrixRows() > most / next->cols())
        return; // loading it will report the error
    const std::int64_t wanted = memoryOfTensor(next->matrixRows(), next->cols()).total();
    RunMemory held = memoryInUse();
    if (run.status().state != SessionState::Idle)
        held += runMemory;
    if (wanted <= memoryLimit && held.total() + wanted > memoryLimit)
        setTensor(nullptr);
}

void Workspace::cancelLoading()
{
    d->opening.cancel();
    d->loading.cancel();
    d->setPreview(nullptr);
    emit loadingChanged();
}

void WorkspacePrivate::setPreview(std::shared_ptr<const TensorPreview> shown)
{
    if (shown == preview)
        return;
    if (!shown)
        q->notePreviewDrawn(); // or its reading would not end at once
    preview = std::move(shown);
    emit q->previewChanged();
}

void WorkspacePrivate::setTensor(std::shared_ptr<const LoadedTensor> loaded)
{
    dropRun();
    comparing.cancel();
    comparison.clear();
    comparisonTotal = 0;
    tensor = std::move(loaded);
    showsPruning = false;
    pruning.setTensor(tensor);
    tileScores.clear();
    forgetTile();
    resetWatchedRegion();
    emit q->tensorChanged();
    emit q->selectedTileChanged();
    emit q->comparisonChanged();
    scoring.cancel();
    afterScoring = {};
    if (tensor && !score.isMagnitude())
        applyScore();
    if (tensor && tensor->notFinite)
        report(MessageLevel::Warning, QString::fromStdString(tensor->notFinite->line()));
    if (!scoring.isRunning())
        showWantedRun();
}

// --- looking --------------------------------------------------------------------------------------------------------

MatrixView Workspace::view() const
{
    return d->view;
}

void Workspace::setView(MatrixView view)
{
    if (view == d->view)
        return;
    d->view = view;
    emit viewChanged(view);
}

std::optional<std::int64_t> Workspace::selectedTile() const
{
    return d->selectedTile;
}

TileGrid Workspace::grid() const
{
    return grid(shownOptions().pattern.m);
}

std::shared_ptr<const std::vector<double>> Workspace::tileScores() const
{
    return d->tensor ? d->tileScores.of(d->tensor->score, grid()) : nullptr;
}

double Workspace::scoreTotal() const
{
    return d->tensor ? d->tensor->scoreTotal : 0;
}

std::optional<TileFigure> Workspace::rankFigure() const
{
    return d->rankFigure;
}

void Workspace::setRankFigure(TileFigure figure)
{
    if (d->rankFigure == figure)
        return;
    d->rankFigure = figure;
    emit rankFigureChanged();
}

TileGrid Workspace::grid(int m) const
{
    const TensorInfo *info = d->tensor ? &d->tensor->info : nullptr;
    return {info ? info->rows() : 0, info ? info->cols() : 0, m};
}

void Workspace::selectTile(std::optional<std::int64_t> tile)
{
    if (tile && (*tile < 0 || *tile >= grid().count()))
        tile.reset();
    if (tile == d->selectedTile)
        return;
    d->selectedTile = tile;
    emit selectedTileChanged();
}

void Workspace::flyToTile(std::int64_t tile)
{
    if (tile < 0 || tile >= grid().count())
        return;
    selectTile(tile);
    emit flyRequested(tile);
}

// --- comparing and exporting ----------------------------------------------------------------------------------------

const std::vector<ComparisonRow> &Workspace::comparison() const
{
    return d->comparison;
}

bool Workspace::isComparing() const
{
    return d->comparing.isRunning();
}

int Workspace::comparisonTotal() const
{
    return d->comparisonTotal;
}

void Workspace::startComparison(const std::vector<ComparisonCase> &cases)
{
    if (!d->needsTensor())
        return;
    // Patterns that do not fit are skipped, so that a small tensor still gets the rest of its table.
    std::vector<ComparisonCase> fitting = cases;
    const std::int64_t side = std::min(d->tensor->info.rows(), d->tensor->info.cols());
    if (std::erase_if(fitting, [side](const ComparisonCase &which) { return which.pattern.m > side; }) > 0)
        d->report(MessageLevel::Warning,
                  tr("Patterns with M above %1 are left out: the tensor has no more rows or columns").arg(side));
    d->comparing.cancel(); // frees its memory
    RunMemory wanted; // the comparison computes its own scores
    wanted.scores = memoryOfTensor(d->tensor->info.rows(), d->tensor->info.cols()).scores;
    for (const ComparisonCase &which : fitting) {
        SolveOptions options = d->options;
        options.pattern = which.pattern;
        options.method = which.method;
        wanted.result = std::max(wanted.result, resultBytes(grid(which.pattern.m), options));
    }
    RunMemory withRun = wanted;
    if (d->run.status().state != SessionState::Idle)
        withRun += d->runMemory;
    if (d->isTooLarge(tr("the comparison"), withRun, tr("drop the run, or use `nmscope compare`"))) {
        emit comparisonChanged(); // the previous comparison was cancelled
        return;
    }
    d->comparisonMemory = wanted;
    d->comparison.clear();
    d->comparisonTotal = int(fitting.size());
    d->comparing.start([this, fitting, tensor = d->tensor, base = d->options, backend = d->backends[d->backend].backend,
                        fallback = d->cpu().backend](const BackgroundTask::Context &context) {
        const auto onRow = [this, &context](const ComparisonRow &row) {
            context.post([this, row] {
                d->comparison.push_back(row);
                emit comparisonRowAdded();
            });
        };
        ScoreRows scores; // empty: |W|
        if (tensor->scoreSummary)
            scores = [score = tensor->score](std::int64_t row0, const WeightsView &, Span2d<float> out) -> Status {
                std::copy_n(score->span().row(row0).data(), out.size(), out.data);
                return {};
            };
        const Status status =
            runComparison(*backend, *fallback, tensor->weights->span(), fitting, base, context.stop, onRow, scores);
        return [this, status] {
            if (!status)
                d->report(d->aboutTensor(status.error()));
            emit comparisonChanged();
        };
    });
    emit comparisonChanged();
}

void Workspace::cancelComparison()
{
    d->comparing.cancel();
    emit comparisonChanged();
}

void Workspace::exportMask(const QString &fileName, MaskFormat format)
{
    if (!d->tensor || !solution()) {
        d->report(MessageLevel::Warning, tr("There is no mask yet: run the solver to its end first"));
        emit exportEnded(fileName, false);
        return;
    }
    d->exporting.enqueue([this, fileName, format, tensor = d->tensor,
                          solution = solution()](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        const jobs::ExportSettings settings{QFile::encodeName(tensor->file).toStdString(),
                                            QFile::encodeName(fileName).toStdString(), format,
                                            tensor->scoreSummary ? tensor->scoreTitle.toStdString() : std::string()};
        const Status status = jobs::exportMask(settings, tensor->info, *solution, {context.stop, {}});
        return [this, status, fileName] {
            if (status)
                d->report(MessageLevel::Info, tr("Mask written to %1").arg(fileName), MessageSubject::File);
            else
                d->report(status.error(), MessageSubject::File);
            emit exportEnded(fileName, status.has_value());
        };
    });
}

} // namespace nms
