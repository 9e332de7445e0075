// SPDX-License-Identifier: Apache-2.0
// What play, pause, step and scrub act on: the run that the views show, be it a solve or a pruning.
#pragma once

#include "ui/models/workspace.h"

namespace nms {

/// Refers to the workspace and holds nothing. GUI thread.
class Transport
{
public:
    explicit Transport(Workspace &workspace) : m_workspace(workspace) { }

    SessionStatus status() const;
    HistoryInfo history() const;
    int shown() const; // the iteration on screen; 0 without one
    bool isLive() const; // it can be watched
    bool isScrubbing() const;
    std::optional<int> scrubbedTo() const;
    std::optional<Error> scrubError() const; // why that one cannot be shown

    /// The run keeps a pace itself (steps a second; 0: as fast as it goes); the solve does not.
    bool keepsPace() const { return prunes(); }
    double pace() const;
    void setPace(double stepsPerSecond);

    void run();
    void pause();
    void togglePause();
    void step(int iterations = 1);
    void scrubTo(int iteration);
    void followLive();
    void rewindHere();
    void restart();
    void cancel();

private:
    bool prunes() const { return m_workspace.showsPruning(); }

    Workspace &m_workspace;
};

} // namespace nms
