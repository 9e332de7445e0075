// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/chart_style.h"

#include "ui/widgets/theme.h"

#include <QAbstractAxis>
#include <QChart>
#include <QChartView>
#include <QGraphicsLayout>
#include <QLegend>
#include <QPainter>
#include <QPen>

namespace nms {

/// Applies the theme's colours to everything in the chart except its series.
static void colorChart(QChartView &view)
{
    view.chart()->legend()->setLabelColor(theme().muted);
    view.setBackgroundBrush(theme().panel);
    for (QAbstractAxis *axis : view.chart()->axes())
        styleAxis(*axis);
}

QChart *styledChart(QChartView &view)
{
    auto *chart = new QChart;
    chart->setBackgroundVisible(false);
    chart->setMargins(QMargins(0, 0, 0, 0));
    chart->layout()->setContentsMargins(0, 0, 0, 0);
    chart->legend()->setAlignment(Qt::AlignRight);
    chart->legend()->setFont(monoFont(11));
    chart->legend()->setMarkerShape(QLegend::MarkerShapeRectangle);
    view.setChart(chart);
    view.setRenderHint(QPainter::Antialiasing);
    view.setFrameShape(QFrame::NoFrame);
    colorChart(view);
    QObject::connect(&themeSwitch(), &ThemeSwitch::changed, &view, [&view] { colorChart(view); });
    return chart;
}

void styleAxis(QAbstractAxis &axis)
{
    axis.setLabelsFont(monoFont(11));
    axis.setLabelsColor(theme().muted);
    axis.setGridLineColor(theme().line);
    axis.setLinePen(QPen(theme().line));
    axis.setTruncateLabels(false);
    axis.setTitleBrush(theme().muted);
    QFont titleFont = axis.titleFont();
    titleFont.setPixelSize(scaled(12));
    titleFont.setBold(false);
    axis.setTitleFont(titleFont);
}

void drawChartHint(QPainter &painter, const QRectF &area, const QString &hint)
{
    const int flags = Qt::AlignCenter | Qt::TextWordWrap;
    painter.fillRect(painter.boundingRect(area, flags, hint).adjusted(-8, -4, 8, 4), theme().panel); // over the grid
    painter.setPen(theme().muted);
    painter.drawText(area, flags, hint);
}

} // namespace nms
