// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/sandbox_history_bar.h"

#include "ui/models/sandbox_text.h"
#include "ui/widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>

#include <algorithm>

namespace nms {

static constexpr int framesASecond = 12;
static constexpr int longestPlay = 20; // seconds: longer histories are played in larger steps

SandboxHistoryBar::SandboxHistoryBar(Sandbox &sandbox, QWidget *parent)
    : QWidget(parent), m_sandbox(sandbox), m_play(new QPushButton(tr("Play"), this)),
      m_slider(new QSlider(Qt::Horizontal, this)), m_place(new QLabel(this))
{
    const auto addButton = [this](const QString &text, const QString &name, const QString &hint, int by) {
        auto *button = new QPushButton(text, this);
        button->setAccessibleName(name);
        button->setToolTip(hint);
        button->setFocusPolicy(Qt::TabFocus);
        button->setFixedWidth(scaled(34));
        connect(button, &QPushButton::clicked, this, [this, by] { step(by); });
        return button;
    };
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    m_play->setObjectName(QStringLiteral("sandboxPlay"));
    m_play->setToolTip(tr("Shows one iterate after the other (Space)"));
    m_play->setFocusPolicy(Qt::TabFocus);
    m_play->setMinimumWidth(scaled(72));
    layout->addWidget(m_play);
    layout->addWidget(addButton(QStringLiteral("‹"), tr("Previous iterate"), tr("The iterate before this one (,)"), -1));
    layout->addWidget(addButton(QStringLiteral("›"), tr("Next iterate"), tr("The iterate after this one (.)"), 1));
    m_slider->setObjectName(QStringLiteral("sandboxSlider"));
    m_slider->setAccessibleName(tr("Iterate shown"));
    m_slider->setToolTip(tr("Drag to look at any iterate between the start and the result"));
    layout->addWidget(m_slider, 1);
    m_place->setObjectName(QStringLiteral("sandboxPlace"));
    m_place->setFont(monoFont(12));
    m_place->setMinimumWidth(scaled(210));
    layout->addWidget(m_place);
    m_timer.setInterval(1000 / framesASecond);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        const auto history = m_sandbox.history();
        const int last = history ? int(history->iterates.size()) - 1 : 0;
        if (m_sandbox.shown() >= last)
            setPlaying(false);
        else
            m_sandbox.show(m_sandbox.shown() + std::max(1, last / (framesASecond * longestPlay)));
    });
    connect(m_play, &QPushButton::clicked, this, &SandboxHistoryBar::togglePlaying);
    connect(m_slider, &QSlider::valueChanged, &sandbox, &Sandbox::show);
    connect(&sandbox, &Sandbox::solved, this, &SandboxHistoryBar::showPlace);
    connect(&sandbox, &Sandbox::shownChanged, this, &SandboxHistoryBar::showPlace);
    showPlace();
}

void SandboxHistoryBar::setPlaying(bool isPlaying)
{
    isPlaying ? m_timer.start() : m_timer.stop();
    m_play->setText(isPlaying ? tr("Pause") : tr("Play"));
}

void SandboxHistoryBar::togglePlaying()
{
    const auto history = m_sandbox.history();
    if (!m_timer.isActive() && history && m_sandbox.shown() + 1 == int(history->iterates.size()))
        m_sandbox.show(0);
    setPlaying(!m_timer.isActive() && history);
}

void SandboxHistoryBar::step(int by)
{
    setPlaying(false);
    m_sandbox.show(m_sandbox.shown() + by);
}

void SandboxHistoryBar::toEnd()
{
    setPlaying(false);
    if (const auto history = m_sandbox.history())
        m_sandbox.show(int(history->iterates.size()) - 1);
}

void SandboxHistoryBar::showPlace()
{
    const auto history = m_sandbox.history();
    const QSignalBlocker quiet(m_slider);
    m_slider->setRange(0, history ? int(history->iterates.size()) - 1 : 0);
    m_slider->setValue(m_sandbox.shown());
    m_place->setText(m_sandbox.isSolving() ? tr("solving …") : history ? placeText(*history, m_sandbox.shown()) : QString());
    setEnabled(history != nullptr);
}

} // namespace nms
