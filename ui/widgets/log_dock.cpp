// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/log_dock.h"

#include "ui/widgets/theme.h"

#include <QPlainTextEdit>
#include <QTime>
#include <QVBoxLayout>

namespace nms {

LogDock::LogDock(QWidget *parent)
    : PanelDock(tr("Log"), QStringLiteral("log"), Heading::InTab, parent), m_text(new QPlainTextEdit(this))
{
    m_text->setReadOnly(true);
    m_text->setMaximumBlockCount(2000);
    m_text->setFont(monoFont(12));
    m_text->setPlaceholderText(tr("Nothing has happened yet"));
    body()->addWidget(m_text);
}

void LogDock::append(MessageLevel level, const QString &text)
{
    const QColor color = level == MessageLevel::Info ? theme().text : theme().of(level);
    m_text->appendHtml(QStringLiteral("<span style='color:%1'>%2</span>&nbsp; <span style='color:%3'>%4</span>")
                           .arg(theme().muted.name(), QTime::currentTime().toString(QStringLiteral("HH:mm:ss")),
                                color.name(), text.toHtmlEscaped()));
}

} // namespace nms
