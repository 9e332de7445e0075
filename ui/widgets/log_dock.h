// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/workspace.h"
#include "ui/widgets/panel_dock.h"

#include <QList>
#include <QTime>

class QPlainTextEdit;

namespace nms {

/// Every message since the start, with its time.
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
    QList<Line> m_lines; // those shown, to be coloured anew
};

} // namespace nms
