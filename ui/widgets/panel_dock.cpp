// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/panel_dock.h"

#include <QHBoxLayout>
#include <QLabel>
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
        bar->setFixedHeight(32);
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
    setWidget(content);
}

void PanelDock::setHeading(const QString &text)
{
    if (m_heading)
        m_heading->setText(text);
}

} // namespace nms
