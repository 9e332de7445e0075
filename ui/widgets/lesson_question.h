// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/lesson_player.h"

#include <QFrame>

class QButtonGroup;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace nms {

class LessonText;

/// The question of a step: choices or a number, and what is told about the answer. An answer can be given again.
class LessonQuestion : public QFrame
{
    Q_OBJECT
public:
    explicit LessonQuestion(LessonPlayer &player, QWidget *parent = nullptr);

    void setScale(double scale); // of the letters

private:
    void build(); // for the question of the step
    void refresh(); // the answer
    void giveNumber();

    LessonPlayer &m_player;
    double m_scale = 1;
    QVBoxLayout *m_column;
    QWidget *m_content = nullptr;
    QButtonGroup *m_choices = nullptr;
    QLineEdit *m_number = nullptr;
    QFrame *m_told = nullptr;
    LessonText *m_feedback = nullptr;
};

} // namespace nms
