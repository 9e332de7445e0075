// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/breakpoint.h"
#include "core/solver/snapshot.h"
#include "ui/widgets/convergence_overlays.h"

#include <QChartView>
#include <QList>

#include <array>
#include <memory>
#include <optional>
#include <vector>

class QLineSeries;
class QLogValueAxis;
class QValueAxis;

namespace nms {

class ChartZoom;

/// Residuals and certified gap over the iterations, on a logarithmic axis, with a cursor that can be dragged, the values
/// under the pointer, the first converged iteration, and the limits of the breakpoint. It zooms as ChartZoom says.
class ConvergenceChart : public QChartView
{
    Q_OBJECT
public:
    enum Line { Rows, Columns, Capacity, PlanGap, LineCount };
    /// As a fraction, not in percent.
    static double valueOf(const IterationStats &stats, Line line);
    static QColor colorOf(Line line);
    static QString nameOf(Line line);

    explicit ConvergenceChart(QWidget *parent = nullptr);
    ~ConvergenceChart() override;

    /// `planned`: the number of iterations, or −1 while unknown. `limit`: the residual at which a run counts as converged;
    /// empty for methods that are not judged by it.
    void setStats(const std::vector<IterationStats> &stats, int planned, std::optional<double> limit);
    void setShown(std::optional<int> iteration);
    void setBreakpoint(const std::optional<Breakpoint> &breakpoint);
    void setOverlays(const std::vector<OverlaidRun> &runs); // before setStats(), which sets the axes for all
    /// The distance from float32 by iteration, as a fraction; empty: not drawn.
    void setDrift(const QList<QPointF> &points);

    /// The first iteration whose residual does not exceed the limit; empty if there is none yet.
    std::optional<int> firstConverged() const { return m_converged; }
    /// The values at an iteration as the chart shows them under the pointer, line by line: "rows 0.98 %".
    QStringList readingsAt(double iteration) const;

signals:
    void scrubbed(int iteration);

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;

private:
    void scrub(const QPoint &position);
    void colorLines();
    void setRanges();
    QPointF positionOf(double iteration, double fraction) const;
    const IterationStats *nearest(double iteration) const;
    void drawMarks(QPainter &painter, const QRectF &area) const;
    void drawPointed(QPainter &painter, const QRectF &area) const;

    std::array<QLineSeries *, LineCount> m_lines{};
    QLineSeries *m_driftLine;
    QValueAxis *m_iterations;
    QLogValueAxis *m_values;
    std::unique_ptr<ChartZoom> m_zoom; // ends before the view whose events it filters
    std::vector<IterationStats> m_stats; // those that are drawn
    std::unique_ptr<ConvergenceOverlays> m_overlays;
    std::optional<int> m_cursor;
    std::optional<int> m_converged;
    std::optional<double> m_limit;
    std::optional<Breakpoint> m_breakpoint;
    int m_planned = -1;
    int m_last = 0;
};

} // namespace nms
