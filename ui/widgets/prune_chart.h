// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/session/prune_types.h"

#include <QChartView>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

class QLineSeries;
class QLogValueAxis;
class QValueAxis;

namespace nms {

class ChartZoom;

/// The figures of every pruning step on a logarithmic axis, with a cursor that can be dragged. Lines for which a framework
/// has no figures are not drawn.
class PruneChart : public QChartView
{
    Q_OBJECT
public:
    enum Line { Error, Primal, Dual, Support, Penalty, LineCount };
    static QString nameOf(int line);
    static QString meaningOf(int line);
    static QColor colorOf(int line);

    explicit PruneChart(QWidget *parent = nullptr);
    ~PruneChart() override;

    /// `figures`: those of all steps done, or null. `planned`: the number of steps, or −1 while unknown.
    void setFigures(const std::vector<PruneFigures> *figures, int planned);
    void setShown(std::optional<int> step);
    bool isDrawn(int line) const; // whether there are figures for it

signals:
    void scrubbed(int step);

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;

private:
    void scrub(const QPoint &position);
    void colorLines();
    void setSteps();
    void drawPointed(QPainter &painter, const QRectF &area, int step, const std::function<double(double)> &xOf) const;

    std::array<QLineSeries *, LineCount> m_lines{};
    QValueAxis *m_steps;
    QLogValueAxis *m_values;
    std::unique_ptr<ChartZoom> m_zoom; // ends before the view whose events it filters
    std::optional<int> m_cursor;
    int m_last = -1; // last step; −1: no run
};

} // namespace nms
