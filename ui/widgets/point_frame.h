// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPointer>
#include <QWidget>

namespace nms {

/// A coloured frame around a control that a text speaks of. It takes no clicks, follows the control, and goes with it.
class PointFrame : public QWidget
{
    Q_OBJECT
public:
    /// `target` and the frame have the same window.
    explicit PointFrame(QWidget *target);

protected:
    void paintEvent(QPaintEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void follow();

    QPointer<QWidget> m_target;
};

} // namespace nms
