// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_picture.h"

#include "core/view/color_map.h"
#include "ui/widgets/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace nms {

TilePicture::TilePicture(QWidget *parent) : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setMinimumSize(scaled(64), scaled(64));
    connect(&themeSwitch(), &ThemeSwitch::changed, this, QOverload<>::of(&QWidget::update));
}

QSize TilePicture::sizeHint() const
{
    return {scaled(130), scaled(130)};
}

void TilePicture::setTile(std::shared_ptr<const TileTrace> trace, bool showsPlan, std::shared_ptr<const TileTrace> other)
{
    m_trace = std::move(trace);
    m_other = std::move(other);
    m_showsPlan = showsPlan;
    update();
}

void TilePicture::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const int side = std::min(width(), height());
    painter.fillRect(0, 0, side, side, theme().field);
    if (!m_trace || (m_showsPlan && m_trace->plan.empty())) {
        painter.setPen(theme().muted);
        painter.drawText(QRect(0, 0, side, side), Qt::AlignCenter, m_trace ? tr("no plan") : QStringLiteral("–"));
        return;
    }
    const int m = m_trace->options.pattern.m;
    const double cell = double(side) / m;
    const double gap = cell >= 6 ? 1 : 0;
    const bool compares = m_other && m_other->options.pattern.m == m;
    for (int i = 0; i < m_trace->rows; ++i)
        for (int j = 0; j < m_trace->cols; ++j) {
            const bool kept = m_trace->mask.at(i, j);
            const Rgba8 color = m_showsPlan ? colorOf(m_trace->plan(i, j), {0, 1, false}, ColorMapId::Inferno)
                                            : colorOf(kept ? 1.F : 0.F, {0, 1, false}, ColorMapId::MaskTones);
            const QRectF rect(j * cell, i * cell, cell - gap, cell - gap);
            painter.fillRect(rect, QColor(color.r, color.g, color.b));
            if (compares && kept != m_other->mask.at(i, j)) {
                painter.setPen(QPen(theme().warn, cell >= 6 ? 1.5 : 1));
                painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
            }
        }
}

} // namespace nms
