// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/workspace.h"
#include "ui/widgets/panel_dock.h"

#include <QList>
#include <QTime>

class QPlainTextEdit;

namespace nms {

/// Every message since the program started, with its time.
class LogDock : public PanelDock
{
    Q_OBJECT
public:
    explicit LogDock(QWidget *parent = nullptr);
    void append(MessageLevel level, const QString &text);

private:
    struct Line {
        MessageLevel level;
        QTime time;
        QString text;
    };
    void write(const Line &line);

    QPlainTextEdit *m_text;
    QList<Line> m_lines; // the lines shown, to colour them again when the theme changes
};

} // namespace nms
