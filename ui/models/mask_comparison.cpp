// SPDX-License-Identifier: Apache-2.0
#include "ui/models/mask_comparison.h"

#include "core/io/mask_file.h"
#include "core/jobs/solve_matrix.h"
#include "ui/models/comparison_model.h"
#include "ui/models/run_list.h"
#include "ui/models/workspace.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace nms {

MaskComparison &MaskComparison::of(Workspace &workspace)
{
    auto *known = workspace.findChild<MaskComparison *>(QString(), Qt::FindDirectChildrenOnly);
    return known ? *known : *new MaskComparison(workspace);
}

MaskComparison::MaskComparison(Workspace &workspace)
    : QObject(&workspace), m_workspace(workspace), m_task([this](const Error &error) {
          warn(QString::fromStdString(error.line()));
          emit changed();
      })
{
    connect(&workspace, &Workspace::tensorChanged, this, &MaskComparison::end);
    connect(&workspace, &Workspace::scoreChanged, this, &MaskComparison::end);
}

void MaskComparison::warn(const QString &text)
{
    emit m_workspace.message(MessageLevel::Warning, text, MessageSubject::Tensor);
}

/// "Run 3", or the pattern and the method of a run that is not in the list.
std::optional<ComparedMask> MaskComparison::maskOnScreen() const
{
    const auto solution = m_workspace.shownSolution();
    if (!solution || m_workspace.showsPruning())
        return std::nullopt;
    const auto run = m_workspace.runs().find(m_workspace.shownRun().value_or(0));
    return ComparedMask{run ? run->name : methodLabel(solution->options.method), solution};
}

void MaskComparison::compareTicked()
{
    std::vector<RunList::Run> ticked = m_workspace.runs().ticked();
    std::optional<ComparedMask> a, b;
    if (ticked.size() == 1) {
        b = ComparedMask{ticked[0]->name, ticked[0]->solution};
        a = m_workspace.shownRun() == ticked[0]->id ? std::nullopt : maskOnScreen();
    } else if (ticked.size() == 2) {
        a = ComparedMask{ticked[0]->name, ticked[0]->solution};
        b = ComparedMask{ticked[1]->name, ticked[1]->solution};
    }
    if (!a || !b) {
        warn(tr("Tick two runs to compare them, or one to compare it with the finished run on screen"));
        return;
    }
    for (const ComparedMask *side : {&*a, &*b})
        if (!side->solution) {
            warn(tr("The mask of %1 is not in memory: show it first, which solves it again").arg(side->name));
            return;
        }
    start(std::move(*a), std::move(*b));
}

void MaskComparison::compareWithOptimum()
{
    const std::optional<ComparedMask> a = maskOnScreen();
    if (!a) {
        warn(tr("There is no finished run on screen to compare with the optimum: press Run (Space)"));
        return;
    }
    SolveOptions options = a->solution->options;
    options.method = provingMethod();
    options.warmStart.reset();
    options.paperSwaps.reset();
    options.threads = m_workspace.options().threads;
    const auto &backends = m_workspace.backends();
    const auto backend =
        std::ranges::find_if(backends, [&](const BackendChoice &each) { return each.backend->canSolve(options); });
    if (backend == backends.end())
        return;
    end();
    m_task.start([this, a, options, tensor = m_workspace.tensor(),
                  solver = backend->backend](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        auto solved = std::make_shared<Result<Solution>>(
            jobs::solveMatrix(*solver, tensor->score->span(), options, {context.stop, {}}));
        return [this, a, solved] {
            if (*solved)
                start(*a, {tr("optimum"), std::make_shared<const Solution>(std::move(**solved))});
            else if (solved->error().kind != ErrorKind::Cancelled)
                warn(QString::fromStdString(solved->error().line()));
            emit changed();
        };
    });
    emit changed();
}

/// The mask of `tensor` in the file, as a solution without figures of tiles.
static Result<ComparedMask> readMask(const QString &fileName, const LoadedTensor &tensor, int m, const std::stop_token &stop)
{
    const std::string name = QFile::encodeName(fileName).toStdString();
    auto file = MaskFile::open(name, stop);
    if (!file)
        return fail(file.error());
    const TensorInfo &info = tensor.info;
    const auto &masks = (*file)->masks();
    const auto entry = std::ranges::find(masks, info.path, &MaskEntry::tensorPath);
    if (entry == masks.end())
        return fail(ErrorKind::Input, name, "holds no mask of " + info.path, "choose a mask file of the open tensor");
    if (entry->rows != info.rows() || entry->cols != info.cols())
        return fail(ErrorKind::Input, name, "the mask of " + info.path + " has another shape than the tensor",
                    "choose a mask file of the open tensor");
    auto mask = (*file)->read(*entry);
    if (!mask)
        return fail(mask.error());
    Solution solution;
    solution.options.pattern = entry->pattern.value_or(NmPattern{m, m});
    solution.grid = {info.rows(), info.cols(), solution.options.pattern.m};
    solution.mask = std::move(*mask);
    return ComparedMask{QFileInfo(fileName).fileName(), std::make_shared<const Solution>(std::move(solution))};
}

void MaskComparison::compareFiles(const QStringList &fileNames)
{
    const auto tensor = m_workspace.tensor();
    std::optional<ComparedMask> shown = fileNames.size() == 1 ? maskOnScreen() : std::nullopt;
    if (!tensor || fileNames.isEmpty() || fileNames.size() > 2 || (fileNames.size() == 1 && !shown)) {
        warn(tr("Choose two mask files of the open tensor, or one to compare with the finished run on screen"));
        return;
    }
    end();
    const int m = m_workspace.shownOptions().pattern.m;
    m_task.start([this, fileNames, tensor, shown, m](const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        std::vector<ComparedMask> sides;
        if (shown)
            sides.push_back(*shown);
        for (const QString &fileName : fileNames) {
            auto mask = readMask(fileName, *tensor, m, context.stop);
            if (!mask)
                return [this, error = mask.error()] {
                    if (error.kind != ErrorKind::Cancelled)
                        warn(QString::fromStdString(error.line()));
                    emit changed();
                };
            sides.push_back(std::move(*mask));
        }
        return [this, sides] {
            start(sides[0], sides[1]);
        };
    });
    emit changed();
}

void MaskComparison::start(ComparedMask a, ComparedMask b)
{
    const auto tensor = m_workspace.tensor();
    const TileGrid &grid = a.solution->grid;
    if (!tensor || grid.rows != tensor->info.rows() || grid.cols != tensor->info.cols() ||
        grid.rows != b.solution->grid.rows || grid.cols != b.solution->grid.cols) {
        warn(tr("Only masks of the open tensor can be compared"));
        return;
    }
    m_a = std::move(a);
    m_b = std::move(b);
    m_score = tensor->score;
    m_difference.reset();
    m_showsB = false;
    if (m_workspace.view() != MatrixView::Error)
        m_workspace.setView(MatrixView::Mask);
    m_workspace.setShowsPruning(false);
    m_task.start([this, left = m_a.solution, right = m_b.solution, score = m_score, threads = m_workspace.options().threads](
                     const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        const TileGrid counted{score->rows(), score->cols(), std::max(left->grid.m, right->grid.m)};
        auto counts = std::make_shared<Result<jobs::MaskDifference>>(
            jobs::maskDifference(left->mask, right->mask, score->span(), counted, threads, {context.stop, {}}));
        return [this, counts] {
            if (*counts)
                m_difference = std::make_shared<const jobs::MaskDifference>(std::move(**counts));
            else if (counts->error().kind != ErrorKind::Cancelled)
                warn(QString::fromStdString(counts->error().line()));
            emit differenceChanged();
            emit changed();
        };
    });
    emit differenceChanged();
    emit changed();
}

void MaskComparison::end()
{
    m_task.cancel();
    const bool was = isActive();
    m_a = m_b = {};
    m_score.reset();
    m_difference.reset();
    if (was)
        emit differenceChanged();
    emit changed();
}

void MaskComparison::swap()
{
    if (isActive())
        start(m_b, m_a);
}

void MaskComparison::setMode(Mode mode)
{
    if (std::exchange(m_mode, mode) != mode)
        emit changed();
}

void MaskComparison::nextMode()
{
    setMode(Mode((int(m_mode) + 1) % 4));
}

void MaskComparison::blink()
{
    if (!isActive())
        return;
    m_showsB = !m_showsB;
    m_mode = Mode::Blink;
    emit changed();
}

void MaskComparison::setSplit(double share)
{
    m_split = std::clamp(share, 0.0, 1.0);
    emit changed();
}

std::vector<jobs::DifferingEntry> MaskComparison::entriesOf(std::int64_t tile) const
{
    if (!m_difference || tile < 0 || tile >= m_difference->grid.count())
        return {};
    return jobs::differingEntries(m_a.solution->mask, m_b.solution->mask, m_score->span(), m_difference->grid, tile);
}

} // namespace nms
