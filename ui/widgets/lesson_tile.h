// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/lesson_player.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QSlider;

namespace nms {

class SegmentedControl;
class TileBoard;

/// The small tile of a step, with what a student can change: scores, method, τ, the iteration that is shown, the view.
class LessonTilePanel : public QWidget
{
    Q_OBJECT
public:
    explicit LessonTilePanel(LessonPlayer &player, QWidget *parent = nullptr);

    void setScale(double scale); // of the numbers in the tile

signals:
    void sandboxWanted(); // the tile as it is here, to go on with it

private:
    void refresh();
    void applyMethod();
    void applyTau(int position);
    void applyIteration(int position);
    void editScore(int row, int col, double score);

    LessonPlayer &m_player;
    TileBoard *m_board;
    SegmentedControl *m_views;
    QComboBox *m_method;
    QSlider *m_tau;
    QSlider *m_iteration;
    QLabel *m_tauName;
    QLabel *m_tauValue;
    QLabel *m_iterationName;
    QLabel *m_iterationValue;
    QLabel *m_figures;
};

} // namespace nms
