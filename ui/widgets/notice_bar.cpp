// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/notice_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QShortcut>
#include <QStyle>
#include <QToolButton>

namespace nms {

NoticeBar::NoticeBar(QWidget *parent) : QFrame(parent), m_text(new QLabel(this))
{
    setObjectName(QStringLiteral("notice"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 8, 8, 8);
    layout->setSpacing(8);
    m_text->setWordWrap(true);
    m_text->setMinimumWidth(1); // a long word must not widen the window
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setTextFormat(Qt::PlainText);
    layout->addWidget(m_text, 1);
    auto *close = new QToolButton(this);
    close->setObjectName(QStringLiteral("plain"));
    close->setIcon(QIcon(QStringLiteral(":/icons/close.svg")));
    close->setIconSize({12, 12});
    close->setToolTip(tr("Close this message"));
    close->setAccessibleName(tr("Close this message"));
    close->setFocusPolicy(Qt::TabFocus);
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    layout->addWidget(close, 0, Qt::AlignTop);
    connect(new QShortcut(Qt::Key_Escape, this), &QShortcut::activated, this, &QWidget::hide); // only while visible
    m_timer.setSingleShot(true);
    m_timer.setInterval(12000);
    connect(&m_timer, &QTimer::timeout, this, &QWidget::hide);
    hide();
}

void NoticeBar::leaveTensor()
{
    if (m_subject == MessageSubject::Tensor)
        hide();
}

void NoticeBar::show(MessageLevel level, const QString &text, MessageSubject subject)
{
    if (isVisible() && level < m_level)
        return; // a more serious message stays until it is closed; the log has this one, too
    m_level = level;
    m_subject = subject;
    static const char *const names[] = {"info", "warning", "error"};
    setProperty("level", QLatin1String(names[int(level)]));
    style()->unpolish(this);
    style()->polish(this);
    m_text->setText(text);
    m_text->setToolTip(text); // for long words that are cut off
    m_timer.stop();
    if (level != MessageLevel::Error)
        m_timer.start();
    setVisible(true);
}

} // namespace nms
