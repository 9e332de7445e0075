// SPDX-License-Identifier: Apache-2.0
// Reading and zooming a chart along its horizontal axis.
#pragma once

#include <QObject>
#include <QPointF>
#include <QString>

#include <optional>
#include <utility>
#include <vector>

class QChartView;
class QColor;
class QPainter;
class QRectF;
class QValueAxis;

namespace nms {

/// The pointer in a chart: the wheel zooms about it, Shift and drag selects a range to zoom to, a double click or the key 0
/// shows everything again, + and − zoom about the middle. Presses without Shift are left to the chart. GUI thread.
class ChartZoom : public QObject
{
    Q_OBJECT
public:
    /// `axis` must be attached to a series of the view's chart. To be destroyed before the view: events still arrive while
    /// that ends.
    ChartZoom(QChartView &view, QValueAxis &axis);

    /// The whole range; a zoomed range stays as long as it lies within. The caller then sets the axis to range().
    void setFull(double low, double high);
    std::pair<double, double> range() const; // that is to be shown
    bool isZoomed() const { return m_zoomed.has_value(); }

    std::optional<double> pointed() const { return m_pointed; } // the value under the pointer
    void draw(QPainter &painter, const QRectF &area) const; // the range being selected

signals:
    void zoomed(); // range() has changed: the chart must be set again
    void pointedChanged();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    double valueAt(double x) const;
    void zoomTo(double low, double high);
    void zoomAbout(double value, double factor);
    void showAll();

    QChartView &m_view;
    QValueAxis &m_axis;
    std::pair<double, double> m_full{0, 1};
    std::optional<std::pair<double, double>> m_zoomed;
    std::optional<double> m_pointed;
    std::optional<std::pair<double, double>> m_brush; // in pixels of the view
};

/// One line of a read-out: its colour and its text.
using ChartReading = std::pair<QColor, QString>;

/// A box with values, beside the vertical line at x, within the area.
void drawReadings(QPainter &painter, const QRectF &area, double x, const QString &title,
                  const std::vector<ChartReading> &readings);

} // namespace nms
