// SPDX-License-Identifier: Apache-2.0
#include "ui/models/transport.h"

#include "ui/models/prune_run.h"

namespace nms {

SessionStatus Transport::status() const
{
    return prunes() ? m_workspace.pruning().view().status : m_workspace.sessionStatus();
}

HistoryInfo Transport::history() const
{
    return prunes() ? m_workspace.pruning().view().history : m_workspace.history();
}

int Transport::shown() const
{
    if (scrubError())
        return *scrubbedTo();
    if (prunes()) {
        const auto shown = m_workspace.pruning().shown();
        return shown ? shown->step() : 0;
    }
    const auto snapshot = m_workspace.shownSnapshot();
    return snapshot ? snapshot->iteration : 0;
}

bool Transport::isLive() const
{
    return prunes() || m_workspace.isLive();
}

bool Transport::isScrubbing() const
{
    return scrubbedTo().has_value();
}

std::optional<int> Transport::scrubbedTo() const
{
    return prunes() ? m_workspace.pruning().scrubbedTo() : m_workspace.scrubbedTo();
}

std::optional<Error> Transport::scrubError() const
{
    return prunes() ? m_workspace.pruning().scrubError() : m_workspace.scrubError();
}

double Transport::pace() const
{
    return prunes() ? m_workspace.pruning().pace() : 0;
}

void Transport::setPace(double stepsPerSecond)
{
    if (prunes())
        m_workspace.pruning().setPace(stepsPerSecond);
}

void Transport::run()
{
    if (prunes())
        m_workspace.prune();
    else
        m_workspace.run();
}

void Transport::pause()
{
    if (prunes())
        m_workspace.pruning().pause();
    else
        m_workspace.pause();
}

void Transport::togglePause()
{
    if (status().state == SessionState::Running)
        pause();
    else
        run();
}

void Transport::step(int iterations)
{
    if (prunes())
        m_workspace.pruneStep(iterations);
    else
        m_workspace.step(iterations);
}

void Transport::scrubTo(int iteration)
{
    if (prunes())
        m_workspace.pruning().scrubTo(iteration);
    else
        m_workspace.scrubTo(iteration);
}

void Transport::followLive()
{
    if (prunes())
        m_workspace.pruning().followLive();
    else
        m_workspace.followLive();
}

void Transport::rewindHere()
{
    if (prunes())
        m_workspace.pruning().rewindHere();
    else
        m_workspace.rewindHere();
}

void Transport::restart()
{
    if (prunes())
        m_workspace.restartPruning();
    else
        m_workspace.restart();
}

void Transport::cancel()
{
    if (prunes())
        m_workspace.pruning().cancel();
    else
        m_workspace.cancel();
}

} // namespace nms
