// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/lesson_dock.h"

#include "ui/models/lesson_player.h"
#include "ui/widgets/lesson_question.h"
#include "ui/widgets/lesson_text.h"
#include "ui/widgets/lesson_tile.h"
#include "ui/widgets/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

namespace nms {

static constexpr int leastTextHeight = 140; // pixels

LessonDock::LessonDock(LessonPlayer &player, QWidget *parent)
    : PanelDock(tr("Lesson"), QStringLiteral("lesson"), Heading::Shown, parent), m_player(player)
{
    m_place = new QLabel(this);
    m_place->setObjectName(QStringLiteral("muted"));
    m_place->setFont(monoFont(12));
    headingRow()->addWidget(m_place);
    auto *close = new QToolButton(this);
    close->setObjectName(QStringLiteral("plain"));
    close->setIcon(QIcon(QStringLiteral(":/icons/close.svg")));
    close->setToolTip(tr("End the lesson"));
    close->setAccessibleName(close->toolTip());
    connect(close, &QToolButton::clicked, this, &LessonDock::closeWanted);
    headingRow()->addWidget(close);

    m_steps = new QComboBox(this);
    m_steps->setObjectName(QStringLiteral("lessonSteps"));
    m_steps->setToolTip(tr("The steps of the lesson: choose one to go there"));
    m_steps->setAccessibleName(tr("Step of the lesson"));
    m_steps->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_steps->setMinimumContentsLength(16);
    connect(m_steps, &QComboBox::activated, this, [this](int step) { m_player.setStep(std::size_t(step)); });
    m_back = new QPushButton(tr("Back"), this);
    m_back->setObjectName(QStringLiteral("lessonBack"));
    m_back->setToolTip(tr("The step before (Alt+Left)"));
    m_next = new QPushButton(tr("Next"), this);
    m_next->setObjectName(QStringLiteral("primary"));
    m_next->setToolTip(tr("The next step (Alt+Right)"));
    auto *way = new QHBoxLayout;
    way->setSpacing(6);
    way->addWidget(m_back);
    way->addWidget(m_steps, 1);
    way->addWidget(m_next);
    body()->addLayout(way);
    m_tile = new LessonTilePanel(player, this);
    connect(m_tile, &LessonTilePanel::sandboxWanted, this, &LessonDock::sandboxWanted);
    body()->addWidget(m_tile);
    m_text = new LessonText(LessonText::Height::Scrolls, this);
    m_text->setAccessibleName(tr("Text of the step"));
    m_text->setMinimumHeight(scaled(leastTextHeight));
    body()->addWidget(m_text, 1);
    m_question = new LessonQuestion(player, this);
    body()->addWidget(m_question);

    m_restore = new QPushButton(tr("Undo my changes"), this);
    m_restore->setObjectName(QStringLiteral("lessonRestore"));
    m_restore->setToolTip(tr("Shows what the step shows, without what you have changed (F5)"));
    body()->addWidget(m_restore);
    connect(m_back, &QPushButton::clicked, &player, &LessonPlayer::back);
    connect(m_next, &QPushButton::clicked, &player, &LessonPlayer::next);
    connect(m_restore, &QPushButton::clicked, &player, &LessonPlayer::restoreStep);

    connect(&player, &LessonPlayer::lessonChanged, this, &LessonDock::takeLesson);
    connect(&player, &LessonPlayer::stepChanged, this, &LessonDock::takeStep);
    connect(&player, &LessonPlayer::tileChanged, this, &LessonDock::noteChanges);
    connect(&player, &LessonPlayer::busyChanged, this, &LessonDock::noteChanges);
    takeLesson();
    takeStep();
}

void LessonDock::setScale(double scale)
{
    m_scale = scale;
    m_text->setScale(scale);
    m_text->setMinimumHeight(int(scaled(leastTextHeight) * scale * scale));
    m_tile->setScale(std::sqrt(scale));
    m_question->setScale(scale);
}

void LessonDock::takeLesson()
{
    const lesson::Lesson *lesson = m_player.lesson();
    setHeading(lesson ? QString::fromStdString(lesson->title) : tr("Lesson"));
    const QSignalBlocker quiet(m_steps);
    m_steps->clear();
    if (!lesson)
        return;
    for (std::size_t k = 0; k < lesson->steps.size(); ++k)
        m_steps->addItem(QStringLiteral("%1 · %2").arg(k + 1).arg(QString::fromStdString(lesson->steps[k].title)));
}

void LessonDock::takeStep()
{
    const lesson::Lesson *lesson = m_player.lesson();
    for (QWidget *each : std::initializer_list<QWidget *>{m_steps, m_text, m_back, m_next})
        each->setEnabled(lesson != nullptr);
    if (!lesson) {
        m_place->clear();
        m_text->clear();
        noteChanges();
        return;
    }
    const QSignalBlocker quiet(m_steps);
    m_steps->setCurrentIndex(int(m_player.step()));
    m_place->setText(QStringLiteral("%1 / %2").arg(m_player.step() + 1).arg(m_player.stepCount()));
    m_text->setText(*lesson, lesson->steps[m_player.step()].text);
    m_back->setEnabled(m_player.step() > 0);
    m_next->setEnabled(m_player.step() + 1 < m_player.stepCount());
    noteChanges();
}

void LessonDock::noteChanges()
{
    m_restore->setVisible(m_player.isChanged());
}

} // namespace nms
