// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/sandbox_chart.h"

#include "ui/widgets/chart_style.h"
#include "ui/widgets/theme.h"

#include <QChart>
#include <QLegend>
#include <QLineSeries>
#include <QLogValueAxis>
#include <QMouseEvent>
#include <QPainter>
#include <QValueAxis>

#include <algorithm>
#include <cmath>

namespace nms {

static constexpr double smallest = 1e-7; // percent; smaller values are drawn here

SandboxChart::SandboxChart(Sandbox &sandbox, QWidget *parent)
    : QChartView(parent), m_sandbox(sandbox), m_residual(new QLineSeries(this)), m_gap(new QLineSeries(this)),
      m_iterates(new QValueAxis(this)), m_values(new QLogValueAxis(this))
{
    setObjectName(QStringLiteral("sandboxChart"));
    setAccessibleName(tr("Residual and gap of every iterate"));
    setToolTip(
        tr("How far sums are missed (residual) and how far the score is from the optimum (gap); click for an iterate"));
    setFocusPolicy(Qt::NoFocus);
    QChart *content = styledChart(*this);
    content->legend()->setAlignment(Qt::AlignTop);
    m_values->setBase(10);
    m_values->setLabelFormat(QStringLiteral("%g %%"));
    m_values->setMinorTickCount(0);
    m_iterates->setLabelFormat(QStringLiteral("%d"));
    content->addAxis(m_iterates, Qt::AlignBottom);
    content->addAxis(m_values, Qt::AlignLeft);
    styleAxis(*m_iterates);
    styleAxis(*m_values);
    for (QLineSeries *line : {m_residual, m_gap}) {
        content->addSeries(line);
        line->attachAxis(m_iterates);
        line->attachAxis(m_values);
    }
    m_residual->setName(tr("residual"));
    m_gap->setName(tr("|gap|"));
    colorLines();
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &SandboxChart::colorLines);
    connect(&sandbox, &Sandbox::solved, this, &SandboxChart::showHistory);
    connect(&sandbox, &Sandbox::shownChanged, viewport(), qOverload<>(&QWidget::update));
    showHistory();
}

void SandboxChart::colorLines()
{
    m_residual->setPen(QPen(theme().accent, 1.6));
    m_gap->setPen(QPen(theme().good, 1.6));
}

void SandboxChart::showHistory()
{
    QList<QPointF> residual, gap;
    double low = 100, high = smallest;
    const auto history = m_sandbox.history();
    if (history)
        for (std::size_t k = 0; k < history->iterates.size(); ++k) {
            const TileIterate &iterate = history->iterates[k];
            if (iterate.step == TileIterate::Step::Start)
                continue; // nothing has been done yet: far off any scale
            const auto add = [&](QList<QPointF> &points, double fraction) {
                const double value = std::max(100 * std::abs(fraction), smallest);
                points << QPointF(double(k), value);
                high = std::max(high, value);
                if (value > smallest)
                    low = std::min(low, value);
            };
            add(residual, iterate.residual());
            add(gap, history->gap(iterate));
        }
    m_residual->replace(residual);
    m_gap->replace(gap);
    const int last = history ? int(history->iterates.size()) - 1 : 1;
    m_iterates->setRange(0, std::max(1, last));
    m_iterates->setTickCount(std::min(5, std::max(1, last) + 1));
    const double decade = std::floor(std::log10(std::min(low, high)));
    m_values->setRange(std::pow(10.0, decade) * (1 - 1e-9),
                       std::pow(10.0, std::max(decade + 1, std::ceil(std::log10(std::max(high, 1e-6))))));
    viewport()->update();
}

void SandboxChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF area = chart()->plotArea();
    if (!m_sandbox.history()) {
        drawChartHint(*painter, area, tr("Nothing is solved"));
        return;
    }
    const double x = chart()->mapToPosition(QPointF(m_sandbox.shown(), m_values->max()), m_residual).x();
    painter->setPen(QPen(theme().muted, 1));
    painter->drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
}

void SandboxChart::goTo(const QPoint &position)
{
    m_sandbox.show(int(std::lround(chart()->mapToValue(mapToScene(position), m_residual).x())));
}

void SandboxChart::mousePressEvent(QMouseEvent *event)
{
    goTo(event->pos());
}

void SandboxChart::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons() & Qt::LeftButton)
        goTo(event->pos());
}

} // namespace nms
