// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/sandbox.h"

#include <QChartView>

class QLineSeries;
class QLogValueAxis;
class QValueAxis;

namespace nms {

/// Residual and distance from the optimum over the iterates of the sandbox, on a logarithmic axis, with a cursor at the one
/// shown; a click goes to another.
class SandboxChart : public QChartView
{
    Q_OBJECT
public:
    explicit SandboxChart(Sandbox &sandbox, QWidget *parent = nullptr);

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;

private:
    void showHistory();
    void colorLines();
    void goTo(const QPoint &position);

    Sandbox &m_sandbox;
    QLineSeries *m_residual;
    QLineSeries *m_gap;
    QValueAxis *m_iterates;
    QLogValueAxis *m_values;
};

} // namespace nms
