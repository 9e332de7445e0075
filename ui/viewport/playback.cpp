// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/playback.h"

#include <algorithm>

namespace nms {

namespace {

constexpr double historySpeed = 60; // of a history that is played "as fast as it goes"

} // namespace

Playback::Playback(Workspace &workspace, QObject *parent) : QObject(parent), m_run(workspace)
{
    m_pace.setTimerType(Qt::PreciseTimer);
    connect(&m_pace, &QTimer::timeout, this, &Playback::tick);
}

bool Playback::isPlaying() const
{
    return m_pace.isActive() || m_run.status().state == SessionState::Running;
}

void Playback::setSpeed(double speed)
{
    if (m_run.keepsPace()) {
        m_run.setPace(speed);
        emit changed();
        return;
    }
    const bool playing = isPlaying();
    if (playing)
        stop();
    m_speed = speed;
    if (playing)
        begin();
    emit changed();
}

void Playback::toggle()
{
    if (isPlaying())
        stop();
    else
        begin();
    emit changed();
}

void Playback::begin()
{
    const bool past = m_run.isScrubbing() && m_run.shown() < m_run.history().lastIteration;
    if (!past && (ownSpeed() == 0 || !m_run.isLive())) {
        m_run.followLive();
        m_run.run();
        return;
    }
    m_awaited = 0;
    if (!past && !canGoOn()) { // again from the beginning, paced
        m_run.step(1);
        m_awaited = 1;
    }
    m_pace.start(std::max(1, int(1000 / (speed() > 0 ? speed() : historySpeed))));
}

void Playback::stop()
{
    m_pace.stop();
    if (m_run.status().state == SessionState::Running)
        m_run.pause();
    emit changed();
}

void Playback::tick()
{
    const SessionStatus status = m_run.status();
    if (m_run.scrubError()) {
        m_pace.stop();
        emit changed();
        return;
    }
    if (m_run.isScrubbing()) {
        if (m_run.shown() < m_run.history().lastIteration) {
            m_run.scrubTo(m_run.shown() + 1);
            return;
        }
        m_run.followLive();
        if (ownSpeed() == 0 || !canGoOn()) {
            m_pace.stop();
            emit changed();
            return;
        }
    }
    if (status.state == SessionState::Running) {
        if (status.iteration > m_awaited) { // somebody pressed Run: no longer ours to pace
            m_pace.stop();
            emit changed();
        }
        return;
    }
    if (!canGoOn()) {
        m_pace.stop();
        emit changed();
        return;
    }
    if (status.iteration < m_awaited)
        return;
    m_awaited = status.iteration + 1;
    m_run.step(1);
}

void Playback::toStart()
{
    scrubTo(m_run.history().firstIteration);
}

void Playback::stepBack()
{
    scrubTo(m_run.shown() - 1);
}

void Playback::stepForward()
{
    stop();
    if (m_run.isScrubbing()) {
        if (m_run.shown() + 1 < m_run.history().lastIteration)
            m_run.scrubTo(m_run.shown() + 1);
        else
            m_run.followLive();
    } else {
        m_run.step(1);
    }
}

void Playback::toEnd()
{
    m_pace.stop();
    m_run.followLive();
    if (canGoOn())
        m_run.run();
    emit changed();
}

void Playback::scrubTo(int iteration)
{
    m_pace.stop();
    const HistoryInfo history = m_run.history();
    m_run.scrubTo(std::clamp(iteration, history.firstIteration, std::max(history.firstIteration, history.lastIteration)));
    emit changed();
}

void Playback::followLive()
{
    m_pace.stop();
    m_run.followLive();
    emit changed();
}

void Playback::rewindHere()
{
    m_pace.stop();
    m_run.rewindHere();
    emit changed();
}

bool Playback::canGoOn() const
{
    switch (m_run.status().state) {
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

} // namespace nms
