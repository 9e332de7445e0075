// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tensor_statistics.h"

#include "ui/models/tile_figures.h"

#include <algorithm>

namespace nms {

namespace {

constexpr int countDelay = 250; // ms: a run changes the figures with every frame
constexpr std::int64_t rowsBetweenStops = 256;

/// Null if `stop` was requested.
std::shared_ptr<const LineCounts> countedLines(Span2d<const float> weights, const std::stop_token &stop)
{
    LineCounter counter(weights.cols);
    for (std::int64_t row = 0; row < weights.rows; row += rowsBetweenStops) {
        if (stop.stop_requested())
            return nullptr;
        counter.addRows(weights.block(row, 0, std::min(rowsBetweenStops, weights.rows - row), weights.cols));
    }
    return std::make_shared<const LineCounts>(counter.finish());
}

std::optional<Histogram> histogramOf(const TileFigures &figures, TileFigure figure)
{
    if (!figures.has(figure))
        return std::nullopt;
    std::vector<float> values(std::size_t(figures.grid().count()));
    for (std::size_t tile = 0; tile < values.size(); ++tile)
        values[tile] = figures.of(std::int64_t(tile), figure);
    return nms::histogramOf(values, StatisticsTask::bins);
}

} // namespace

StatisticsTask::StatisticsTask(Workspace &workspace, QObject *parent)
    : QObject(parent), m_workspace(workspace), m_task([this](const Error &error) {
          emit m_workspace.message(MessageLevel::Error, QString::fromStdString(error.line()), MessageSubject::Tensor);
      })
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(countDelay);
    connect(&m_timer, &QTimer::timeout, this, &StatisticsTask::count);
    connect(&workspace, &Workspace::tensorChanged, this, [this] {
        m_task.cancel();
        m_statistics.reset(); // of another tensor
        emit changed();
        follow();
    });
    connect(&workspace, &Workspace::snapshotChanged, this, &StatisticsTask::follow);
    connect(&workspace, &Workspace::solutionChanged, this, &StatisticsTask::follow);
    connect(&workspace, &Workspace::optionsChanged, this, &StatisticsTask::follow);
    connect(&workspace, &Workspace::pruningChanged, this, &StatisticsTask::follow);
}

void StatisticsTask::setActive(bool isActive)
{
    m_isActive = isActive;
    if (isActive && m_isStale)
        count();
}

void StatisticsTask::follow()
{
    m_isStale = true;
    if (m_isActive && !m_timer.isActive())
        m_timer.start();
}

void StatisticsTask::count()
{
    m_timer.stop();
    if (!m_isActive)
        return;
    if (m_task.isRunning()) { // the count under way is shown first, so that a run that never rests is shown at all
        m_timer.start();
        return;
    }
    m_isStale = false;
    const auto tensor = m_workspace.tensor();
    if (!tensor) {
        m_statistics.reset();
        emit changed();
        return;
    }
    const auto snapshot = m_workspace.shownSnapshot();
    m_task.start([this, weights = tensor->weights, known = m_counted == tensor->weights ? m_weights : nullptr,
                  solution = m_workspace.showsPruning() ? nullptr : m_workspace.shownSolution(),
                  figures = TileFigures::of(m_workspace), iteration = snapshot ? snapshot->iteration : 0](
                     const BackgroundTask::Context &context) -> BackgroundTask::Delivery {
        const auto lines = known ? known : countedLines(weights->span(), context.stop);
        if (!lines)
            return {};
        auto counted = std::make_shared<TensorStatistics>();
        counted->weights = *lines;
        if (solution)
            counted->mask = countLines(solution->mask);
        counted->planGaps = histogramOf(figures, TileFigure::PlanGap);
        counted->residuals = histogramOf(figures, TileFigure::Residual);
        counted->maskGaps = histogramOf(figures, TileFigure::MaskGap);
        counted->iteration = iteration;
        return [this, weights, lines, counted] {
            m_counted = weights;
            m_weights = lines;
            m_statistics = counted;
            emit changed();
        };
    });
}

} // namespace nms
