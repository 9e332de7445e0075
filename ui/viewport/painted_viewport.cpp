// SPDX-License-Identifier: Apache-2.0
#include "ui/viewport/painted_viewport.h"

#include "ui/overlay/software_renderer.h"

#include <QEvent>
#include <QPainter>

#include <algorithm>

namespace nms {

QImage paintStage(ViewportStage &stage, int width, int height)
{
    Image image = paintHeatmap(stage.frame(width, height));
    if (const std::optional<SecondScene> &second = stage.secondScene()) {
        const Image other = paintHeatmap(second->scene);
        for (std::ptrdiff_t y = 0; y < image.height; ++y) {
            const auto row = other.pixels.begin() + y * image.width;
            std::copy(row + second->firstColumn, row + image.width,
                      image.pixels.begin() + y * image.width + second->firstColumn);
        }
    }
    overlay::renderSoftware(*stage.overlay().drawData(), image);
    static_assert(sizeof(Rgba8) == 4);
    const QImage view(reinterpret_cast<const uchar *>(image.pixels.data()), image.width, image.height, image.width * 4,
                      QImage::Format_RGBA8888);
    return view.convertToFormat(QImage::Format_RGB32);
}

PaintedViewport::PaintedViewport(Workspace &workspace, const QString &reason, QWidget *parent)
    : QWidget(parent), m_stage(workspace, devicePixelRatioF())
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAcceptDrops(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    m_stage.overlay().makeCurrent();
    overlay::prepareSoftwareRendering();
    m_stage.controller().setBanner(reason.toStdString());
    connect(&m_stage, &ViewportStage::frameWanted, this, qOverload<>(&QWidget::update));
    connect(&m_stage, &ViewportStage::cursorWanted, this, [this](Qt::CursorShape shape) { setCursor(shape); });
}

bool PaintedViewport::event(QEvent *event)
{
    if (m_stage.handleEvent(event)) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

void PaintedViewport::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.drawImage(rect(), grabImage());
}

QImage PaintedViewport::grabImage()
{
    const double ratio = m_stage.devicePixelRatio();
    return paintStage(m_stage, std::max(1, qRound(width() * ratio)), std::max(1, qRound(height() * ratio)));
}

} // namespace nms
