// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/picture_source.h"

#include "ui/viewport/viewport.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/view_picture.h"

#include <QBuffer>
#include <QChart>
#include <QChartView>
#include <QPainter>
#include <QPointer>
#include <QSaveFile>
#include <QSvgGenerator>

#include <algorithm>
#include <cmath>

namespace nms {

PictureSource pictureOf(const Viewport &viewport)
{
    const QPointer<const Viewport> view(&viewport);
    return {viewport.pictureName(), viewport.size(), [view](QPainter &painter, QSize size, bool isTransparent) {
                if (view)
                    paintView(painter, size, isTransparent, *view);
            }};
}

PictureSource pictureOf(QChartView &chart, const QString &name)
{
    const QPointer<QChartView> view(&chart);
    return {name, chart.size(), [view](QPainter &painter, QSize size, bool isTransparent) {
                if (!view)
                    return;
                if (!isTransparent)
                    painter.fillRect(QRect(QPoint(), size), theme().panel);
                // The chart is laid out at this size, so that its text keeps its own size, and then restored.
                const QSizeF before = view->chart()->size();
                const QBrush ground = view->backgroundBrush();
                view->setBackgroundBrush(Qt::NoBrush);
                view->chart()->resize(size);
                view->scene()->render(&painter, QRectF(QPointF(), size), QRectF(QPointF(), size));
                view->chart()->resize(before);
                view->setBackgroundBrush(ground);
            }};
}

QImage imageOf(const PictureSource &source, QSize size, double scale, bool isTransparent)
{
    QImage image((QSizeF(size) * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    source.paint(painter, size, isTransparent);
    painter.end();
    image.setDevicePixelRatio(1); // programs that receive it count pixels
    return image;
}

static QByteArray svgOf(const PictureSource &source, QSize size, bool isTransparent)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(size);
    generator.setViewBox(QRect(QPoint(), size));
    generator.setResolution(96);
    generator.setTitle(source.name);
    QPainter painter(&generator);
    source.paint(painter, size, isTransparent);
    painter.end();
    return bytes;
}

Status savePicture(const PictureSource &source, QSize size, double scale, bool isTransparent, const QString &fileName)
{
    QSaveFile file(fileName);
    const auto failed = [&] {
        return fail(ErrorKind::Io, fileName.toStdString(), "cannot be written: " + file.errorString().toStdString());
    };
    if (!file.open(QIODevice::WriteOnly))
        return failed();
    const bool isSvg = fileName.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive);
    if (isSvg)
        file.write(svgOf(source, size, isTransparent));
    else if (!imageOf(source, size, scale, isTransparent).save(&file, "PNG"))
        return failed();
    if (!file.commit())
        return failed();
    return {};
}

} // namespace nms
