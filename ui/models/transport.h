// SPDX-License-Identifier: Apache-2.0
// Playback control: timeline, dock, menus and keys all act on the same Transport.
#pragma once

#include "ui/models/training_view.h"
#include "ui/models/workspace.h"

#include <QTimer>

namespace nms {

/// Controls what the views show: a solve, a pruning, or a training in another process, which can only be looked at. Playing
/// from an earlier iteration shows the history up to the newest iteration, and then continues the run. GUI thread.
class Transport : public QObject
{
    Q_OBJECT
public:
    /// The transport of this workspace, which owns it.
    static Transport &of(Workspace &workspace);

    SessionStatus status() const;
    HistoryInfo history() const;
    int shown() const; // the iteration on screen; 0 without one
    bool isScrubbing() const;
    std::optional<int> scrubbedTo() const;
    std::optional<Error> scrubError() const; // why that one cannot be shown
    bool isPlaying() const;

    double speed() const; // iterations per second; 0: no limit
    void setSpeed(double iterationsPerSecond);

    void toggle(); // plays or pauses
    void stop(); // pauses run and playback
    void step(int iterations = 1); // of the run, whatever is shown
    void stepBack();
    void stepForward(); // through the history, and from its end on by stepping the run
    void toStart();
    void toEnd();
    void scrubTo(int iteration);
    void followLive();
    void rewindHere();
    void restart();
    void cancel();

signals:
    void changed(); // whether it plays, or the speed

private:
    explicit Transport(Workspace &workspace);
    bool prunes() const { return m_workspace.showsPruning(); }
    bool trains() const { return m_training.isShown(); }
    bool canGoOn() const; // the run has more to do
    void run();
    void lookAt(int iteration);
    void tick();
    void setTickInterval();

    Workspace &m_workspace;
    TrainingView &m_training;
    QTimer m_tick; // active while the history is played
};

} // namespace nms
