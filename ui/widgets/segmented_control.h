// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFrame>
#include <QStringList>

class QButtonGroup;

namespace nms {

/// A row of buttons of which at most one is checked.
class SegmentedControl : public QFrame
{
    Q_OBJECT
public:
    explicit SegmentedControl(const QStringList &labels, QWidget *parent = nullptr);

    void setCurrent(int index); // −1: none
    void setToolTipOf(int index, const QString &text);

signals:
    void activated(int index); // by the user

private:
    QButtonGroup *m_group;
};

} // namespace nms
