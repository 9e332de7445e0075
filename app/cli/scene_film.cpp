// SPDX-License-Identifier: Apache-2.0
#include "app/cli/scene_film.h"

#include "app/cli/film_file.h"
#include "app/cli/heatmap_drawer.h"
#include "app/cli/offscreen_application.h"

#include <QColor>
#include <QFont>
#include <QImage>
#include <QPainter>

#include <algorithm>
#include <utility>

namespace nms::cli {

namespace {

QImage viewOf(const Image &image)
{
    static_assert(sizeof(Rgba8) == 4);
    return QImage(reinterpret_cast<const uchar *>(image.pixels.data()), image.width, image.height, image.width * 4,
                  QImage::Format_RGBA8888);
}

/// The picture above a strip with its iteration, as words and as a bar.
QImage captioned(const Image &picture, int iteration, int last)
{
    constexpr int strip = 28;
    QImage frame(picture.width, picture.height + strip, QImage::Format_RGB32);
    frame.fill(QColor(0x14, 0x16, 0x1a));
    QPainter painter(&frame);
    painter.drawImage(0, 0, viewOf(picture));
    QFont font(QStringLiteral("JetBrains Mono"));
    font.setStyleHint(QFont::Monospace);
    font.setPixelSize(14);
    painter.setFont(font);
    painter.setPen(QColor(0xd7, 0xdb, 0xe3));
    const QRect line(8, picture.height + 3, picture.width - 16, strip - 3);
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft, QStringLiteral("iteration %1 of %2").arg(iteration).arg(last));
    painter.fillRect(QRectF(0, picture.height, double(picture.width) * iteration / std::max(1, last), 3),
                     QColor(0x5a, 0xa9, 0xff));
    return frame;
}

class CaptionedFilm final : public SceneFilm
{
public:
    explicit CaptionedFilm(std::unique_ptr<Film> film) : m_film(std::move(film)), m_draw(makeHeatmapDrawer()) { }

    Status add(const HeatmapScene &scene, int iteration, int last) override
    {
        return m_film->add(captioned(m_draw(scene), iteration, last));
    }
    Status commit(const std::stop_token &stop) override { return m_film->commit(stop); }

private:
    const OffscreenApplication m_application; // which text needs
    std::unique_ptr<Film> m_film;
    HeatmapDrawer m_draw;
};

} // namespace

Result<std::unique_ptr<SceneFilm>> createSceneFilm(const std::string &target, const std::string &input, int framesPerSecond)
{
    auto film = createFilm(target, input, framesPerSecond);
    if (!film)
        return fail(film.error());
    return std::make_unique<CaptionedFilm>(std::move(*film));
}

} // namespace nms::cli
