// SPDX-License-Identifier: Apache-2.0
// What plays, and how fast: timeline, dock, menus and keys all act on this one.
#pragma once

#include "ui/models/workspace.h"

#include <QTimer>

namespace nms {

/// Of the run that the views show, be it a solve or a pruning. From an earlier iteration on, the history is played until it
/// meets the run, which then goes on. GUI thread.
class Transport : public QObject
{
    Q_OBJECT
public:
    /// The one of this workspace, which owns it.
    static Transport &of(Workspace &workspace);

    SessionStatus status() const;
    HistoryInfo history() const;
    int shown() const; // the iteration on screen; 0 without one
    bool isScrubbing() const;
    std::optional<int> scrubbedTo() const;
    std::optional<Error> scrubError() const; // why that one cannot be shown
    bool isPlaying() const;

    double speed() const; // iterations a second; 0: as fast as it goes
    void setSpeed(double iterationsPerSecond);

    void toggle(); // plays or pauses
    void stop(); // whatever plays
    void step(int iterations = 1); // of the run
    void stepBack();
    void stepForward(); // through the history, and then of the run
    void toStart();
    void toEnd();
    void scrubTo(int iteration);
    void followLive();
    void rewindHere();
    void restart();
    void cancel();

signals:
    void changed(); // what plays, or how fast

private:
    explicit Transport(Workspace &workspace);
    bool prunes() const { return m_workspace.showsPruning(); }
    bool canGoOn() const; // the run has more to do
    void run();
    void lookAt(int iteration);
    void tick();
    void setTickInterval();

    Workspace &m_workspace;
    QTimer m_tick; // active while the history is played
};

} // namespace nms
