// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/lesson_question.h"

#include "ui/widgets/lesson_text.h"
#include "ui/widgets/theme.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QStyle>
#include <QVBoxLayout>

namespace nms {

LessonQuestion::LessonQuestion(LessonPlayer &player, QWidget *parent) : QFrame(parent), m_player(player)
{
    setObjectName(QStringLiteral("lessonQuestion"));
    m_column = new QVBoxLayout(this);
    m_column->setContentsMargins(12, 8, 12, 10);
    connect(&player, &LessonPlayer::stepChanged, this, &LessonQuestion::build);
    connect(&player, &LessonPlayer::answered, this, &LessonQuestion::refresh);
    build();
}

void LessonQuestion::setScale(double scale)
{
    m_scale = scale;
    build();
}

void LessonQuestion::build()
{
    delete m_content;
    m_content = nullptr;
    m_choices = nullptr;
    m_number = nullptr;
    m_feedback = nullptr;
    m_told = nullptr;
    const lesson::Question *question = m_player.question();
    setVisible(question != nullptr);
    if (!question)
        return;
    m_content = new QWidget(this);
    m_column->addWidget(m_content);
    auto *column = new QVBoxLayout(m_content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    const auto addText = [&](QBoxLayout *into, const lesson::Markdown &text) {
        auto *label = new LessonText(LessonText::Height::FitsText, m_content);
        label->setScale(m_scale);
        label->setText(*m_player.lesson(), text);
        into->addWidget(label, 1);
        return label;
    };
    addText(column, question->text)->setObjectName(QStringLiteral("questionText"));
    if (question->choices.empty()) {
        auto *line = new QHBoxLayout;
        m_number = new QLineEdit(m_content);
        m_number->setObjectName(QStringLiteral("lessonNumber"));
        m_number->setAccessibleName(tr("Your answer"));
        m_number->setPlaceholderText(tr("a number"));
        m_number->setMaximumWidth(scaled(140));
        auto *check = new QPushButton(tr("Check"), m_content);
        check->setObjectName(QStringLiteral("lessonCheck"));
        line->addWidget(m_number);
        line->addWidget(check);
        line->addStretch();
        column->addLayout(line);
        connect(check, &QPushButton::clicked, this, &LessonQuestion::giveNumber);
        connect(m_number, &QLineEdit::returnPressed, this, &LessonQuestion::giveNumber);
    } else {
        m_choices = new QButtonGroup(m_content);
        for (std::size_t k = 0; k < question->choices.size(); ++k) {
            auto *line = new QHBoxLayout;
            line->setSpacing(8);
            auto *button = new QRadioButton(m_content);
            button->setObjectName(QStringLiteral("lessonChoice%1").arg(k + 1));
            line->addWidget(button, 0, Qt::AlignTop);
            LessonText *text = addText(line, question->choices[k].text);
            button->setAccessibleName(text->toPlainText());
            column->addLayout(line);
            m_choices->addButton(button, int(k));
        }
        connect(m_choices, &QButtonGroup::idClicked, this, [this](int id) { m_player.choose(std::size_t(id)); });
    }
    m_told = new QFrame(m_content);
    m_told->setObjectName(QStringLiteral("lessonFeedback"));
    auto *told = new QVBoxLayout(m_told);
    told->setContentsMargins(8, 4, 8, 4);
    m_feedback = new LessonText(LessonText::Height::FitsText, m_told);
    m_feedback->setScale(m_scale);
    told->addWidget(m_feedback);
    column->addWidget(m_told);
    refresh();
}

void LessonQuestion::refresh()
{
    if (!m_content)
        return;
    const auto &answer = m_player.answer();
    m_told->setVisible(answer.has_value());
    if (!answer)
        return;
    if (m_choices && answer->choice)
        m_choices->button(int(*answer->choice))->setChecked(true);
    if (m_number && m_number->text().trimmed() != answer->number)
        m_number->setText(answer->number);
    m_feedback->setText(*m_player.lesson(), answer->feedback);
    m_told->setProperty("verdict", answer->isRight ? QStringLiteral("right") : QStringLiteral("wrong"));
    m_told->style()->unpolish(m_told);
    m_told->style()->polish(m_told);
}

void LessonQuestion::giveNumber()
{
    m_player.giveNumber(m_number->text());
}

} // namespace nms
