// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/panel_dock.h"

#include "ui/widgets/theme.h"
#include "ui/widgets/wrapped_label.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace nms {

PanelDock::PanelDock(const QString &title, const QString &id, Heading heading, QWidget *parent) : QDockWidget(title, parent)
{
    setObjectName(id);
    setFeatures(DockWidgetClosable | DockWidgetMovable | DockWidgetFloatable);
    auto *bar = new QWidget(this);
    bar->setObjectName(QStringLiteral("panelTitleBar"));
    bar->setAttribute(Qt::WA_StyledBackground);
    if (heading == Heading::Shown) {
        m_headingRow = new QHBoxLayout(bar);
        m_headingRow->setContentsMargins(12, 8, 12, 4);
        m_headingRow->setSpacing(8);
        m_heading = new QLabel(title, bar);
        m_heading->setObjectName(QStringLiteral("panelTitle"));
        m_headingRow->addWidget(m_heading);
        m_headingRow->addStretch();
        bar->setFixedHeight(scaled(32));
    } else {
        bar->setFixedHeight(0);
    }
    setTitleBarWidget(bar);

    auto *content = new QWidget(this);
    content->setObjectName(QStringLiteral("panelBody"));
    content->setAttribute(Qt::WA_StyledBackground);
    m_body = new QVBoxLayout(content);
    m_body->setContentsMargins(12, heading == Heading::Shown ? 4 : 8, 12, 8);
    m_body->setSpacing(8);
    auto *scroll = new QScrollArea(this);
    scroll->setObjectName(QStringLiteral("panelScroll"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus); // the controls inside get the focus, and are scrolled to
    scroll->setWidget(content);
    setWidget(scroll);
}

void PanelDock::setHeading(const QString &text)
{
    if (!m_heading)
        return;
    m_heading->setText(text);
    showHeading();
}

void PanelDock::setNote(const QString &text)
{
    if (!m_note && text.isEmpty())
        return;
    if (!m_note) {
        m_note = new WrappedLabel(m_body->parentWidget());
        m_note->setObjectName(QStringLiteral("panelNote"));
        m_note->setTextFormat(Qt::PlainText);
        QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Maximum); // the rest is the content's
        policy.setHeightForWidth(true);
        m_note->setSizePolicy(policy);
        m_body->insertWidget(0, m_note);
    }
    m_note->setText(text);
    m_note->setVisible(!text.isEmpty());
}

void PanelDock::setTabbed(bool isTabbed)
{
    m_isTabbed = isTabbed;
    if (m_heading)
        showHeading();
}

int PanelDock::contentWidth() const
{
    return m_body->parentWidget()->minimumSizeHint().width();
}

void PanelDock::showHeading()
{
    const bool isRepeated = m_isTabbed && m_heading->text() == windowTitle();
    const bool hasMore = m_headingRow->count() > 2; // more than the heading and the stretch behind it
    m_heading->setVisible(!isRepeated);
    titleBarWidget()->setFixedHeight(isRepeated && !hasMore ? 0 : scaled(32));
}

} // namespace nms
