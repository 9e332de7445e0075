// SPDX-License-Identifier: Apache-2.0
#include "ui/attach/training_follower.h"

#include "core/jobs/solve_matrix.h"
#include "ui/attach/attachment.h"
#include "ui/models/workspace.h"

#include <algorithm>
#include <utility>

namespace nms {

std::shared_ptr<const Solution> trainingMask(const std::vector<std::byte> &bits, const LoadedTensor &tensor,
                                             const SolveOptions &options, const Solution *optimum)
{
    const TensorInfo &info = tensor.info;
    const Stack stack = info.stack();
    const std::int64_t firstRow = info.matrix.value_or(0) * info.matrixRows(); // in the stacked view
    auto solution = std::make_shared<Solution>();
    solution->options = options;
    solution->grid = {info.rows(), info.cols(), options.pattern.m};
    solution->mask = Mask(info.rows(), info.cols());
    solution->tiles.resize(std::size_t(solution->grid.count()));
    for (std::int64_t row = 0; row < info.rows(); ++row) {
        const std::int64_t rowOffset = stack.rowOffset(firstRow + row);
        TileResult *tiles = solution->tiles.data() + row / solution->grid.m * solution->grid.tileCols();
        for (std::int64_t col = 0; col < info.cols(); ++col) {
            const auto entry = std::size_t(rowOffset + stack.columnOffset(col));
            if ((std::to_integer<unsigned>(bits[entry / 8]) >> (entry % 8) & 1U) == 0)
                continue;
            solution->mask.set(row, col, true);
            tiles[col / solution->grid.m].objective += double((*tensor.score)(row, col));
        }
    }
    for (std::size_t i = 0; i < solution->tiles.size(); ++i) {
        TileResult &tile = solution->tiles[i];
        // A mask that keeps more than the pattern may exceed the optimum.
        tile.upperBound = optimum ? std::max(tile.objective, optimum->tiles[i].upperBound) : tile.objective;
    }
    return solution;
}

TrainingFollower::TrainingFollower(Attachment &attachment, Workspace &workspace, QObject *parent)
    : QObject(parent), m_attachment(attachment), m_workspace(workspace), m_task([&workspace](const Error &error) {
          emit workspace.message(MessageLevel::Error, QString::fromStdString(error.line()), MessageSubject::Tensor);
      })
{
    connect(&workspace, &Workspace::tensorChanged, this, &TrainingFollower::followTensor);
    connect(&workspace, &Workspace::scoreChanged, this, &TrainingFollower::followTensor);
    connect(&attachment, &Attachment::attached, this, &TrainingFollower::followTensor);
    connect(&attachment, &Attachment::trainingChanged, this,
            [this] { TrainingView::of(m_workspace).setStep(m_attachment.step(), m_attachment.isTrainingEnded()); });
    connect(&attachment, &Attachment::maskArrived, this,
            [this](std::size_t tensor, int step, const std::vector<std::byte> &bits) {
                if (tensor == m_tensor)
                    take({step, bits});
            });
}

SolveOptions TrainingFollower::options() const
{
    SolveOptions options = m_workspace.options();
    if (const auto &welcome = m_attachment.welcome()) {
        options.pattern = welcome->pattern.value_or(options.pattern);
        options.method = welcome->method.value_or(options.method);
    }
    options.warmStart.reset();
    return options;
}

/// Another tensor is open, or the same with another score.
void TrainingFollower::followTensor()
{
    m_task.cancel();
    m_next.reset();
    m_optimum.reset();
    m_tensor.reset();
    const auto tensor = m_workspace.tensor();
    const auto &welcome = m_attachment.welcome();
    if (tensor && welcome && tensor->file == m_attachment.name()) {
        const int m = options().pattern.m;
        const auto number = m_attachment.tensorOf(QString::fromStdString(tensor->info.tensorPath()));
        const bool hasMasks = number && std::ranges::find(welcome->masked, *number) != welcome->masked.end();
        if (hasMasks && m <= tensor->info.rows() && m <= tensor->info.cols())
            m_tensor = number;
    }
    if (welcome && !welcome->masked.empty())
        m_attachment.watch(m_tensor);
}

void TrainingFollower::take(Arrived arrived)
{
    if (m_task.isRunning())
        m_next = std::move(arrived);
    else
        work(std::move(arrived));
}

void TrainingFollower::work(Arrived arrived)
{
    const auto tensor = m_workspace.tensor();
    SolveOptions proving = options();
    proving.method = provingMethod();
    proving.paperSwaps.reset();
    const auto &backends = m_workspace.backends();
    const auto able =
        std::ranges::find_if(backends, [&](const BackendChoice &each) { return each.backend->canSolve(proving); });
    m_task.start([this, arrived = std::move(arrived), tensor, masked = options(), proving, known = m_optimum,
                  backend = able == backends.end() ? nullptr : able->backend](
                     const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        std::shared_ptr<const Solution> optimum = known;
        if (!optimum && backend && !tensor->notFinite)
            if (auto solved = jobs::solveMatrix(*backend, tensor->score->span(), proving, {context.stop, {}}))
                optimum = std::make_shared<const Solution>(*std::move(solved));
        if (context.stop.stop_requested())
            return {};
        auto mask = trainingMask(arrived.bits, *tensor, masked, optimum.get());
        return [this, mask = std::move(mask), optimum = std::move(optimum), step = arrived.step] {
            m_optimum = optimum;
            TrainingView::of(m_workspace).addMask(step, mask);
            if (m_next)
                work(*std::exchange(m_next, std::nullopt));
        };
    });
}

} // namespace nms
