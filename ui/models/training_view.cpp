// SPDX-License-Identifier: Apache-2.0
#include "ui/models/training_view.h"

#include "ui/models/format.h"
#include "ui/models/workspace.h"

#include <algorithm>
#include <utility>

namespace nms {

static std::int64_t bytesOf(const Solution &solution)
{
    return solution.mask.rows() * solution.mask.wordsPerRow() * 8 + std::int64_t(solution.tiles.size() * sizeof(TileResult));
}

TrainingView &TrainingView::of(Workspace &workspace)
{
    auto *known = workspace.findChild<TrainingView *>(QString(), Qt::FindDirectChildrenOnly);
    return known ? *known : *new TrainingView(workspace);
}

const TrainingView *TrainingView::shownIn(const Workspace &workspace)
{
    const auto *known = workspace.findChild<TrainingView *>(QString(), Qt::FindDirectChildrenOnly);
    return known && known->isShown() ? known : nullptr;
}

TrainingView::TrainingView(Workspace &workspace) : QObject(&workspace), m_workspace(workspace)
{
    connect(&workspace, &Workspace::tensorChanged, this, &TrainingView::clear);
    connect(&workspace, &Workspace::scoreChanged, this, &TrainingView::clear); // figures are those of the score
    connect(&workspace, &Workspace::pruningChanged, this, &TrainingView::changed);
}

void TrainingView::clear()
{
    m_masks.clear();
    m_scrubbedTo.reset();
    m_isWanted = true;
    emit changed();
}

void TrainingView::addMask(int step, std::shared_ptr<const Solution> mask)
{
    if (!m_masks.empty() && !(m_masks.back().mask->grid == mask->grid))
        m_masks.clear();
    const auto at = std::ranges::lower_bound(m_masks, step, {}, &Entry::step);
    m_masks.erase(at, m_masks.end()); // a training that began anew counts again
    m_masks.push_back({step, std::move(mask)});
    m_step = std::max(m_step, step);
    makeRoom();
    emit changed();
}

/// The newest mask and the one on screen stay.
void TrainingView::makeRoom()
{
    std::int64_t bytes = 0;
    for (const Entry &each : m_masks)
        bytes += bytesOf(*each.mask);
    if (bytes <= m_limit || m_masks.size() < 3)
        return;
    std::vector<Entry> kept;
    const Entry *onScreen = entry();
    for (std::size_t i = 0; i < m_masks.size(); ++i)
        if (i % 2 == 0 || i + 1 == m_masks.size() || &m_masks[i] == onScreen)
            kept.push_back(m_masks[i]);
    m_masks = std::move(kept);
}

void TrainingView::setStep(int step, bool isEnded)
{
    if (std::exchange(m_step, step) != step || std::exchange(m_isEnded, isEnded) != isEnded)
        emit changed();
    m_isEnded = isEnded;
}

bool TrainingView::isShown() const
{
    return isThere() && m_isWanted && !m_workspace.showsPruning();
}

void TrainingView::setWanted(bool isWanted)
{
    if (isWanted)
        m_workspace.setShowsPruning(false);
    m_isWanted = isWanted;
    m_scrubbedTo.reset();
    emit changed();
}

SessionStatus TrainingView::status() const
{
    SessionStatus status;
    status.iteration = m_step;
    status.state = m_isEnded ? SessionState::Finished : m_scrubbedTo ? SessionState::Paused : SessionState::Running;
    return status;
}

HistoryInfo TrainingView::history() const
{
    HistoryInfo info;
    info.firstIteration = m_masks.empty() ? 0 : m_masks.front().step;
    info.lastIteration = std::max(info.firstIteration, m_step);
    return info;
}

int TrainingView::shown() const
{
    return m_scrubbedTo.value_or(m_step);
}

const TrainingView::Entry *TrainingView::entry() const
{
    const auto after = std::ranges::upper_bound(m_masks, shown(), {}, &Entry::step);
    return after == m_masks.begin() ? nullptr : &*std::prev(after);
}

std::shared_ptr<const Solution> TrainingView::mask() const
{
    const Entry *shown = entry();
    return shown ? shown->mask : nullptr;
}

int TrainingView::maskStep() const
{
    const Entry *shown = entry();
    return shown ? shown->step : 0;
}

Verdict TrainingView::verdict() const
{
    Verdict verdict;
    verdict.text = m_isEnded ? tr("training ended at step %1").arg(m_step) : tr("training, step %1").arg(m_step);
    if (m_scrubbedTo)
        verdict.text = tr("step %1 of a training").arg(*m_scrubbedTo);
    verdict.advice = tr("mask of step %1, on the weights as they were read").arg(maskStep());
    const auto solution = mask();
    const double total = m_workspace.scoreTotal();
    if (solution && total > 0 && m_workspace.tensor())
        verdict.kept = tr("the mask keeps %1 of %2")
                           .arg(format::percent(solution->totals().objective / total), m_workspace.tensor()->scoreTitle);
    return verdict;
}

void TrainingView::pause()
{
    scrubTo(m_step);
}

void TrainingView::followLive()
{
    if (std::exchange(m_scrubbedTo, std::nullopt))
        emit changed();
}

void TrainingView::scrubTo(int step)
{
    const HistoryInfo held = history();
    const int wanted = std::clamp(step, held.firstIteration, held.lastIteration);
    if (m_scrubbedTo.has_value() && *m_scrubbedTo == wanted)
        return;
    m_scrubbedTo = wanted;
    emit changed();
}

} // namespace nms
