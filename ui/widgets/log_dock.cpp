// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/log_dock.h"

#include "ui/widgets/theme.h"

#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace nms {

static constexpr int mostLines = 2000;

LogDock::LogDock(QWidget *parent)
    : PanelDock(tr("Log"), QStringLiteral("log"), Heading::InTab, parent), m_text(new QPlainTextEdit(this))
{
    m_text->setReadOnly(true);
    m_text->setTabChangesFocus(true);
    m_text->setMaximumBlockCount(mostLines);
    m_text->setFont(monoFont(12));
    m_text->setPlaceholderText(tr("Nothing has happened yet"));
    m_text->setAccessibleName(tr("Log"));
    m_text->setToolTip(tr("What was done and what went wrong, the newest at the end"));
    body()->addWidget(m_text);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, [this] {
        m_text->clear();
        for (const Line &line : m_lines)
            write(line);
    });
}

void LogDock::append(MessageLevel level, const QString &text)
{
    if (m_lines.size() == mostLines)
        m_lines.removeFirst();
    m_lines << Line{level, QTime::currentTime(), text};
    write(m_lines.back());
}

void LogDock::write(const Line &line)
{
    const QColor color = line.level == MessageLevel::Info ? theme().text : theme().of(line.level);
    m_text->appendHtml(QStringLiteral("<span style='color:%1'>%2</span>&nbsp; <span style='color:%3'>%4</span>")
                           .arg(theme().muted.name(), line.time.toString(QStringLiteral("HH:mm:ss")), color.name(),
                                line.text.toHtmlEscaped()));
}

} // namespace nms
