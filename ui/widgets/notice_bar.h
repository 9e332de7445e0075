// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/workspace.h"

#include <QFrame>
#include <QTimer>

class QLabel;

namespace nms {

/// Shows one message above the viewport until it is closed or one at least as serious replaces it. Messages that are not
/// errors disappear by themselves.
class NoticeBar : public QFrame
{
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);
    void show(MessageLevel level, const QString &text, MessageSubject subject);
    void leaveTensor(); // removes a message about the tensor

private:
    QLabel *m_text;
    MessageLevel m_level = MessageLevel::Info;
    MessageSubject m_subject = MessageSubject::File;
    QTimer m_timer;
};

} // namespace nms
