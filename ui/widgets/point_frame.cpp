// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/point_frame.h"

#include "ui/widgets/theme.h"

#include <QEvent>
#include <QPainter>

namespace nms {

static constexpr int margin = 4; // pixels between the control and the frame

PointFrame::PointFrame(QWidget *target) : QWidget(target->window()), m_target(target)
{
    setObjectName(QStringLiteral("pointFrame"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    for (QWidget *each = target; each && each != target->window(); each = each->parentWidget())
        each->installEventFilter(this); // a control moves when anything around it does
    target->window()->installEventFilter(this);
    connect(target, &QObject::destroyed, this, &QObject::deleteLater);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, QOverload<>::of(&QWidget::update));
    follow();
}

bool PointFrame::eventFilter(QObject *, QEvent *event)
{
    switch (event->type()) {
    case QEvent::Move:
    case QEvent::Resize:
    case QEvent::Show:
    case QEvent::Hide:
    case QEvent::LayoutRequest:
        follow();
        break;
    default:
        break;
    }
    return false;
}

void PointFrame::follow()
{
    if (!m_target || !m_target->isVisible()) {
        hide();
        return;
    }
    const QRect place(m_target->mapTo(window(), QPoint(0, 0)), m_target->size());
    setGeometry(place.adjusted(-margin, -margin, margin, margin));
    show();
    raise();
}

void PointFrame::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme().warn, 2.5));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1.5, 1.5, -1.5, -1.5), 6, 6);
}

} // namespace nms
