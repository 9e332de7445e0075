// SPDX-License-Identifier: Apache-2.0
#include "tests/render/picture.h"

#include <QDir>
#include <QImage>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace nms::test {

namespace {

QImage toQImage(const Image &image)
{
    const auto *bytes = reinterpret_cast<const uchar *>(image.pixels.data());
    return QImage(bytes, image.width, image.height, 4 * image.width, QImage::Format_RGBA8888).copy();
}

Image fromQImage(const QImage &source)
{
    const QImage rgba = source.convertToFormat(QImage::Format_RGBA8888);
    Image image{rgba.width(), rgba.height(), {}};
    image.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
    for (int y = 0; y < image.height; ++y)
        std::memcpy(image.pixels.data() + std::size_t(y) * std::size_t(image.width), rgba.constScanLine(y),
                    4 * std::size_t(image.width));
    return image;
}

int difference(Rgba8 a, Rgba8 b)
{
    return std::max({std::abs(a.r - b.r), std::abs(a.g - b.g), std::abs(a.b - b.b), std::abs(a.a - b.a)});
}

QString leave(const QImage &image, const std::string &name)
{
    QDir().mkpath(NMS_TEST_OUTPUT);
    const QString path = QDir(NMS_TEST_OUTPUT).filePath(QString::fromStdString(name + ".png"));
    return image.save(path) ? path : path + " (could not be written)";
}

} // namespace

Rgba8 pixelAt(const Image &image, int x, int y)
{
    return image.pixels.at(std::size_t(y) * std::size_t(image.width) + std::size_t(x));
}

::testing::AssertionResult picturesMatch(const Image &actual, const Image &expected, const std::string &name, int tolerance,
                                         double maxOutliers)
{
    if (actual.width != expected.width || actual.height != expected.height) {
        return ::testing::AssertionFailure() << name << ": " << actual.width << "×" << actual.height << " instead of "
                                             << expected.width << "×" << expected.height;
    }
    std::size_t outliers = 0;
    std::size_t firstOutlier = 0;
    int worst = 0;
    Image diff = actual;
    for (std::size_t i = 0; i < actual.pixels.size(); ++i) {
        const int apart = difference(actual.pixels[i], expected.pixels[i]);
        const auto shown = static_cast<std::uint8_t>(std::min(255, 16 * apart));
        diff.pixels[i] = {shown, shown, shown, 255};
        worst = std::max(worst, apart);
        if (apart > tolerance && outliers++ == 0)
            firstOutlier = i;
    }
    if (static_cast<double>(outliers) <= maxOutliers * static_cast<double>(actual.pixels.size()))
        return ::testing::AssertionSuccess();
    const QString left = leave(toQImage(actual), name + "-actual");
    leave(toQImage(expected), name + "-expected");
    leave(toQImage(diff), name + "-diff");
    const auto width = static_cast<std::size_t>(actual.width);
    return ::testing::AssertionFailure() << name << ": " << outliers << " of " << actual.pixels.size()
                                         << " pixels differ by more than " << tolerance << " (at most by " << worst
                                         << "), the first at (" << firstOutlier % width << ", " << firstOutlier / width
                                         << "); see " << left.toStdString();
}

::testing::AssertionResult matchesGolden(const Image &actual, const std::string &name)
{
    const QString path = QStringLiteral(NMS_SOURCE_DIR "/tests/render/golden/") + QString::fromStdString(name + ".png");
    if (qEnvironmentVariableIsSet("NMS_UPDATE_GOLDEN")) {
        if (toQImage(actual).convertToFormat(QImage::Format_RGB888).save(path))
            return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << "cannot write " << path.toStdString();
    }
    const QImage golden(path);
    if (golden.isNull()) {
        leave(toQImage(actual), name + "-actual");
        return ::testing::AssertionFailure() << "cannot read " << path.toStdString() << "; NMS_UPDATE_GOLDEN=1 writes it";
    }
    return picturesMatch(actual, fromQImage(golden), name, 2, 0.001);
}

} // namespace nms::test
