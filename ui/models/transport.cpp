// SPDX-License-Identifier: Apache-2.0
#include "ui/models/transport.h"

#include "ui/models/prune_run.h"

#include <algorithm>

namespace nms {

Transport &Transport::of(Workspace &workspace)
{
    auto *known = workspace.findChild<Transport *>(QString(), Qt::FindDirectChildrenOnly);
    return known ? *known : *new Transport(workspace);
}

Transport::Transport(Workspace &workspace)
    : QObject(&workspace), m_workspace(workspace), m_training(TrainingView::of(workspace))
{
    connect(&m_training, &TrainingView::changed, this, &Transport::changed);
    m_tick.setTimerType(Qt::PreciseTimer);
    connect(&m_tick, &QTimer::timeout, this, &Transport::tick);
}

SessionStatus Transport::status() const
{
    if (trains())
        return m_training.status();
    return prunes() ? m_workspace.pruning().view().status : m_workspace.sessionStatus();
}

HistoryInfo Transport::history() const
{
    if (trains())
        return m_training.history();
    return prunes() ? m_workspace.pruning().view().history : m_workspace.history();
}

int Transport::shown() const
{
    if (trains())
        return m_training.shown();
    if (scrubError())
        return *scrubbedTo();
    if (prunes()) {
        const auto shown = m_workspace.pruning().shown();
        return shown ? shown->step() : 0;
    }
    const auto snapshot = m_workspace.shownSnapshot();
    return snapshot ? snapshot->iteration : 0;
}

bool Transport::isScrubbing() const
{
    return scrubbedTo().has_value();
}

std::optional<int> Transport::scrubbedTo() const
{
    if (trains())
        return m_training.scrubbedTo();
    return prunes() ? m_workspace.pruning().scrubbedTo() : m_workspace.scrubbedTo();
}

std::optional<Error> Transport::scrubError() const
{
    if (trains())
        return std::nullopt;
    return prunes() ? m_workspace.pruning().scrubError() : m_workspace.scrubError();
}

bool Transport::isPlaying() const
{
    return m_tick.isActive() || status().state == SessionState::Running;
}

double Transport::speed() const
{
    return prunes() ? m_workspace.pruning().pace() : m_workspace.pace();
}

void Transport::setSpeed(double iterationsPerSecond)
{
    if (prunes())
        m_workspace.pruning().setPace(iterationsPerSecond);
    else
        m_workspace.setPace(iterationsPerSecond);
    setTickInterval();
    emit changed();
}

void Transport::setTickInterval()
{
    constexpr double asFastAsItGoes = 60; // screen refreshes per second; more cannot be seen
    m_tick.setInterval(std::max(1, int(1000 / (speed() > 0 ? speed() : asFastAsItGoes))));
}

void Transport::toggle()
{
    if (isPlaying()) {
        stop();
        return;
    }
    emit m_workspace.aboutToReadSettings(); // what is typed decides what is played
    const bool isPast = isScrubbing() && shown() < history().lastIteration;
    if (isPast && (trains() || prunes() || !m_workspace.settingsDiffer())) {
        setTickInterval();
        m_tick.start();
    } else {
        run();
    }
    emit changed();
}

void Transport::run()
{
    if (trains()) {
        m_training.followLive();
    } else if (prunes()) {
        m_workspace.pruning().followLive();
        m_workspace.prune();
    } else {
        m_workspace.run();
    }
}

void Transport::stop()
{
    m_tick.stop();
    if (trains()) {
        m_training.pause();
    } else if (status().state == SessionState::Running) {
        if (prunes())
            m_workspace.pruning().pause();
        else
            m_workspace.pause();
    }
    emit changed();
}

void Transport::tick()
{
    const bool isOver = scrubError() || !isScrubbing();
    if (!isOver && shown() != scrubbedTo())
        return; // the requested iteration has not arrived yet
    if (!isOver && shown() + 1 < history().lastIteration) {
        lookAt(shown() + 1);
        return;
    }
    m_tick.stop();
    if (!isOver) {
        followLive();
        if (canGoOn() && status().state != SessionState::Running)
            run();
    }
    emit changed();
}

bool Transport::canGoOn() const
{
    switch (status().state) {
    case SessionState::Idle:
    case SessionState::Running:
    case SessionState::Paused:
        return true;
    case SessionState::Rounding:
    case SessionState::Finished:
    case SessionState::Cancelled:
    case SessionState::Failed:
        break;
    }
    return false;
}

void Transport::step(int iterations)
{
    m_tick.stop();
    if (trains())
        m_training.followLive(); // its steps are made elsewhere
    else if (prunes())
        m_workspace.pruneStep(iterations);
    else
        m_workspace.step(iterations);
    emit changed();
}

void Transport::stepBack()
{
    const int from = scrubbedTo().value_or(shown());
    if (from > history().firstIteration)
        scrubTo(from - 1);
}

void Transport::stepForward()
{
    if (trains() && !isScrubbing())
        return;
    stop();
    if (!isScrubbing())
        step();
    else if (*scrubbedTo() + 1 < history().lastIteration)
        scrubTo(*scrubbedTo() + 1);
    else
        followLive();
}

void Transport::toStart()
{
    scrubTo(history().firstIteration);
}

void Transport::toEnd()
{
    followLive();
    if (canGoOn())
        run();
}

void Transport::scrubTo(int iteration)
{
    m_tick.stop();
    const HistoryInfo held = history();
    lookAt(std::clamp(iteration, held.firstIteration, std::max(held.firstIteration, held.lastIteration)));
    emit changed();
}

void Transport::lookAt(int iteration)
{
    if (trains())
        m_training.scrubTo(iteration);
    else if (prunes())
        m_workspace.pruning().scrubTo(iteration);
    else
        m_workspace.scrubTo(iteration);
}

void Transport::followLive()
{
    m_tick.stop();
    if (trains())
        m_training.followLive();
    else if (prunes())
        m_workspace.pruning().followLive();
    else
        m_workspace.followLive();
    emit changed();
}

void Transport::rewindHere()
{
    m_tick.stop();
    if (trains())
        return; // it goes on by itself
    if (prunes())
        m_workspace.pruning().rewindHere();
    else
        m_workspace.rewindHere();
    emit changed();
}

void Transport::restart()
{
    m_tick.stop();
    if (prunes()) {
        m_workspace.restartPruning();
    } else {
        if (trains())
            m_training.setWanted(false);
        m_workspace.restart();
    }
    emit changed();
}

void Transport::cancel()
{
    m_tick.stop();
    if (prunes())
        m_workspace.pruning().cancel();
    else
        m_workspace.cancel();
    emit changed();
}

} // namespace nms
