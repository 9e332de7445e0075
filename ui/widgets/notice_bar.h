// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/workspace.h"

#include <QFrame>
#include <QTimer>

class QLabel;

namespace nms {

/// One message above the viewport until it is closed or a graver one comes; what is no error goes by itself.
class NoticeBar : public QFrame
{
    Q_OBJECT
public:
    explicit NoticeBar(QWidget *parent = nullptr);
    void show(MessageLevel level, const QString &text, MessageSubject subject);
    void leaveTensor(); // what was about it goes

private:
    QLabel *m_text;
    MessageLevel m_level = MessageLevel::Info;
    MessageSubject m_subject = MessageSubject::File;
    QTimer m_timer;
};

} // namespace nms
