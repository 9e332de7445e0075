// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/sandbox.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QPushButton;
class QSlider;

namespace nms {

/// Goes through the iterates of the sandbox: a slider, single steps, and playing.
class SandboxHistoryBar : public QWidget
{
    Q_OBJECT
public:
    explicit SandboxHistoryBar(Sandbox &sandbox, QWidget *parent = nullptr);

    void togglePlaying(); // from the end on: from the start again
    void step(int by);
    void toEnd();

private:
    void showPlace();
    void setPlaying(bool isPlaying);

    Sandbox &m_sandbox;
    QTimer m_timer;
    QPushButton *m_play;
    QSlider *m_slider;
    QLabel *m_place;
};

} // namespace nms
