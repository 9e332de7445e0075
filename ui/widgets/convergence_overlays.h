// SPDX-License-Identifier: Apache-2.0
// Lines of other runs behind those of the run on screen.
#pragma once

#include "core/solver/snapshot.h"

#include <QList>
#include <QPointF>
#include <QString>

#include <memory>
#include <vector>

class QAbstractAxis;
class QChart;
class QLineSeries;
class QPainter;

namespace nms {

/// A run that is drawn for comparison.
struct OverlaidRun {
    QString name;
    std::shared_ptr<const std::vector<IterationStats>> statistics;
    friend bool operator==(const OverlaidRun &, const OverlaidRun &) = default;
};

/// For each run its plan gap as a solid line with its name, and its residual as a dotted line. GUI thread.
class ConvergenceOverlays
{
public:
    /// In percent, on the two axes of the chart; all three outlive this.
    ConvergenceOverlays(QChart &chart, QAbstractAxis &iterations, QAbstractAxis &values);

    bool setRuns(const std::vector<OverlaidRun> &runs, double smallest); // false if nothing has changed
    void color(); // after a change of the theme
    void drawNames(QPainter &painter) const;

    int last() const { return m_last; } // iteration; 0 without runs
    double low() const { return m_low; } // of all values above `smallest`; low > high if there are none
    double high() const { return m_high; }

private:
    QLineSeries *addLine(const QList<QPointF> &points);

    QChart &m_chart;
    QAbstractAxis &m_iterations;
    QAbstractAxis &m_values;
    std::vector<OverlaidRun> m_runs;
    std::vector<QLineSeries *> m_lines; // plan gap, residual, plan gap, …
    int m_last = 0;
    double m_low = 1, m_high = 0;
};

} // namespace nms
