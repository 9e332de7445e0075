// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/workspace.h"
#include "ui/widgets/panel_dock.h"

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
    QPlainTextEdit *m_text;
};

} // namespace nms
