// SPDX-License-Identifier: Apache-2.0
// The timeline's buttons: playing live or from the history, at a chosen pace.
#pragma once

#include "ui/models/transport.h"

#include <QTimer>

namespace nms {

/// Live at full speed is the session's own run; at a pace it is one step after the other, each waiting for the one before.
/// From an earlier iteration the history is played until it meets the solver. GUI thread.
class Playback : public QObject
{
    Q_OBJECT
public:
    explicit Playback(Workspace &workspace, QObject *parent = nullptr);

    bool isPlaying() const;
    double speed() const { return m_run.keepsPace() ? m_run.pace() : m_speed; } // iterations a second; 0: as fast as it goes
    void setSpeed(double speed);

    void toggle();
    void toStart();
    void stepBack();
    void stepForward();
    void toEnd();
    void scrubTo(int iteration);
    void followLive();
    void rewindHere();
    void stop(); // whatever plays

signals:
    void changed();

private:
    void begin();
    void tick();
    double ownSpeed() const { return m_run.keepsPace() ? 0 : m_speed; } // at which this does one step after the other
    bool canGoOn() const; // the solver has more to do

    Transport m_run;
    QTimer m_pace;
    double m_speed = 0;
    int m_awaited = 0; // the iteration that the last paced step makes
};

} // namespace nms
