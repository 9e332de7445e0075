// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/solver/snapshot.h"
#include "ui/widgets/convergence_overlays.h"

#include <QChartView>

#include <array>
#include <memory>
#include <optional>
#include <vector>

class QLineSeries;
class QLogValueAxis;
class QValueAxis;

namespace nms {

/// Residuals and certified gap over the iterations, on a logarithmic axis, with a cursor that can be dragged.
class ConvergenceChart : public QChartView
{
    Q_OBJECT
public:
    enum Line { Rows, Columns, Capacity, PlanGap, LineCount };
    /// As a fraction, not in percent.
    static double valueOf(const IterationStats &stats, Line line);
    static QColor colorOf(Line line);

    explicit ConvergenceChart(QWidget *parent = nullptr);

    /// `planned`: the number of iterations, or −1 while unknown.
    void setStats(const std::vector<IterationStats> &stats, int planned);
    void setShown(std::optional<int> iteration);
    void setOverlays(const std::vector<OverlaidRun> &runs); // before setStats(), which sets the axes for all

signals:
    void scrubbed(int iteration);

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;

private:
    void scrub(const QPoint &position);
    void colorLines();

    std::array<QLineSeries *, LineCount> m_lines{};
    QValueAxis *m_iterations;
    QLogValueAxis *m_values;
    std::unique_ptr<ConvergenceOverlays> m_overlays;
    std::optional<int> m_cursor;
    int m_last = 0;
    bool m_isEmpty = true;
};

} // namespace nms
