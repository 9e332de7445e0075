// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/widgets/panel_dock.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace nms {

class LessonPlayer;
class LessonQuestion;
class LessonText;
class LessonTilePanel;

/// The lesson that is being followed: the small tile, the text, the question, and the way forwards and back.
class LessonDock : public PanelDock
{
    Q_OBJECT
public:
    explicit LessonDock(LessonPlayer &player, QWidget *parent = nullptr);

    void setScale(double scale); // of the letters; 1 is usual, more for an audience
    double scale() const { return m_scale; }

signals:
    void closeWanted();
    void sandboxWanted();

private:
    void takeLesson();
    void takeStep();
    void noteChanges();

    LessonPlayer &m_player;
    double m_scale = 1;
    QComboBox *m_steps;
    QLabel *m_place;
    LessonTilePanel *m_tile;
    LessonText *m_text;
    LessonQuestion *m_question;
    QPushButton *m_back;
    QPushButton *m_next;
    QPushButton *m_restore;
};

} // namespace nms
