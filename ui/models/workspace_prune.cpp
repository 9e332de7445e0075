// SPDX-License-Identifier: Apache-2.0
// Workspace: pruning the open tensor as a layer.
#include "ui/models/workspace.h"
#include "ui/models/workspace_private.h"

#include <algorithm>
#include <utility>

namespace nms {

PruneRun &Workspace::pruning() const
{
    return d->pruning;
}

bool Workspace::showsPruning() const
{
    return d->showsPruning;
}

PruneOptions Workspace::pruneOptions() const
{
    PruneOptions options = d->pruneOptions;
    options.tiles = d->options;
    return options;
}

void WorkspacePrivate::connectPruning()
{
    const auto tell = [this] {
        emit q->pruningChanged();
    };
    QObject::connect(&pruning, &PruneRun::changed, q, tell);
    QObject::connect(&pruning, &PruneRun::shownChanged, q, tell);
    QObject::connect(&pruning, &PruneRun::inputsChanged, q, tell);
    QObject::connect(&pruning, &PruneRun::comparisonChanged, q, tell);
    QObject::connect(&pruning, &PruneRun::failed, q, [this](const Error &error) { report(aboutTensor(error)); });
}

void Workspace::setPruneOptions(const PruneOptions &options)
{
    if (const Status status = options.validate(); !status) {
        d->report(status.error());
    } else {
        d->pruneOptions = options;
        d->pruning.drop();
    }
    emit pruningChanged();
}

void Workspace::setCalibration(const QString &fileName)
{
    d->pruning.setCalibration(fileName);
    emit pruningChanged();
}

void Workspace::setShowsPruning(bool shows)
{
    if (shows == d->showsPruning)
        return;
    d->showsPruning = shows;
    d->followGrid();
    emit pruningChanged();
}

/// Memory of a run, without the tensor: H in double and in the form that the framework keeps, the state, and snapshots.
static RunMemory memoryOfPruning(const LoadedTensor &tensor, std::int64_t historyBytes)
{
    constexpr auto real = std::int64_t(sizeof(float));
    const std::int64_t layer = tensor.info.rows() * tensor.info.cols();
    const std::int64_t side = std::max(tensor.info.rows(), tensor.info.cols()); // rows or columns may be the inputs
    RunMemory memory;
    memory.live = 3 * layer * real + side * side * (8 + 3 * real);
    memory.snapshots = 2 * 2 * layer * real;
    memory.keyFrames = historyBytes + 2 * layer * real;
    return memory;
}

bool WorkspacePrivate::startPruning(bool paused)
{
    if (!needsTensor())
        return false;
    const PruneOptions wanted = q->pruneOptions();
    if (wanted.kind == Kind::Transposable && isPatternTooLarge())
        return false;
    if (traitsOf(wanted.framework).usesInputs && pruning.calibration().isEmpty()) {
        report({ErrorKind::Usage, tensor->info.path,
                std::string(traitsOf(wanted.framework).title) + " needs what goes into the layer",
                "choose a calibration file in the Pruning panel, or prune by magnitude"});
        return false;
    }
    if (const auto &error = pruning.inputsError()) {
        report(*error);
        return false;
    }
    RunMemory wantedMemory = memoryOfPruning(*tensor, 0);
    if (run.status().state != SessionState::Idle)
        wantedMemory += runMemory;
    if (isTooLarge(Workspace::tr("pruning"), wantedMemory, Workspace::tr("use `nmscope prune`")))
        return false;
    const std::int64_t left = memoryLimit - memoryInUse().total() - wantedMemory.total();
    const SolveOptions choice = wanted.choice();
    const bool can = backends[backend].backend->canSolve(choice);
    pruning.start(wanted, can ? backends[backend].backend : cpu().backend, paused,
                  std::clamp<std::int64_t>(left, 0, PruneSessionOptions().historyBytes));
    showsPruning = true;
    followGrid();
    emit q->pruningChanged();
    if (view == MatrixView::Plan || view == MatrixView::Score) // a pruning has no plan and no score
        q->setView(MatrixView::Mask);
    return true;
}

void Workspace::prune()
{
    emit aboutToReadSettings();
    setShowsPruning(true);
    if (d->pruning.canGoOn())
        d->pruning.run();
    else
        d->startPruning(false);
}

void Workspace::pruneStep(int steps)
{
    emit aboutToReadSettings();
    setShowsPruning(true);
    if (d->pruning.canGoOn() || d->startPruning(true))
        d->pruning.step(steps);
}

void Workspace::comparePruning()
{
    if (d->pruning.isComparing()) {
        d->pruning.cancelComparison();
        return;
    }
    if (!d->needsTensor())
        return;
    if (const auto &error = d->pruning.inputsError()) {
        d->report(*error);
        return;
    }
    RunMemory wanted = memoryOfPruning(*d->tensor, 0);
    if (d->pruning.isStarted())
        wanted += wanted;
    if (d->isTooLarge(tr("the comparison"), wanted, tr("drop the run, or use `nmscope prune`")))
        return;
    std::vector<Framework> all;
    for (const FrameworkTraits &traits : frameworks())
        all.push_back(traits.framework);
    const bool can = d->backends[d->backend].backend->canSolve(d->options);
    d->pruning.compare(all, {Kind::Transposable, Kind::RowNm}, {{2, 4}, {4, 8}, {8, 16}, {16, 32}}, pruneOptions(),
                       can ? d->backends[d->backend].backend : d->cpu().backend);
}

void Workspace::restartPruning()
{
    emit aboutToReadSettings();
    d->startPruning(false);
}

} // namespace nms
