// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/histogram.h"

#include <QChartView>
#include <QColor>
#include <QString>

#include <functional>
#include <vector>

class QLineSeries;
class QLogValueAxis;
class QValueAxis;

namespace nms {

/// Either shares along the rows or columns of a matrix, or histograms over tiles. Colours follow the theme.
class StatisticsChart : public QChartView
{
    Q_OBJECT
public:
    struct Line {
        QString name;
        std::function<QColor()> color;
        BinnedLine values; // shares, 0 to 1
    };
    struct Bars {
        QString name;
        std::function<QColor()> color;
        Histogram histogram;
    };

    explicit StatisticsChart(QWidget *parent = nullptr);

    void showLines(const QString &axis, const std::vector<Line> &lines);
    void showHistograms(const QString &axis, const std::vector<Bars> &bars);
    void showHint(const QString &hint); // an empty chart

protected:
    void drawForeground(QPainter *painter, const QRectF &rect) override;

private:
    void clear();
    QLineSeries *addSeries(const QString &name, const std::function<QColor()> &color, const QList<QPointF> &points,
                           QAbstractAxis *horizontal);
    void colorSeries();

    QValueAxis *m_places;
    QLogValueAxis *m_shares; // of histograms
    QValueAxis *m_values;
    QString m_hint;
    std::vector<std::pair<QLineSeries *, std::function<QColor()>>> m_series;
};

} // namespace nms
