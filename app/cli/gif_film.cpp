// SPDX-License-Identifier: Apache-2.0
#include "app/cli/gif_film.h"

#include <QImage>

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <unordered_map>
#include <vector>

namespace nms::cli {

namespace {

struct ColorMapDeleter {
    void operator()(ColorMapObject *map) const { GifFreeMapObject(map); }
};
using ColorMap = std::unique_ptr<ColorMapObject, ColorMapDeleter>;

struct IndexedImage {
    ColorMap colors;
    std::vector<GifByteType> pixels; // row by row
};

/// Nothing where there are more than 256 colours.
IndexedImage exactly(const QImage &image)
{
    std::unordered_map<QRgb, GifByteType> numbers;
    std::array<GifColorType, 256> colors{};
    IndexedImage indexed;
    indexed.pixels.reserve(std::size_t(image.width()) * std::size_t(image.height()));
    for (int y = 0; y < image.height(); ++y) {
        const auto *line = reinterpret_cast<const QRgb *>(image.constScanLine(y));
        for (int x = 0; x < image.width(); ++x) {
            const auto [at, isNew] = numbers.try_emplace(line[x], GifByteType(numbers.size()));
            if (isNew) {
                if (numbers.size() > colors.size())
                    return {};
                colors[at->second] = {GifByteType(qRed(line[x])), GifByteType(qGreen(line[x])), GifByteType(qBlue(line[x]))};
            }
            indexed.pixels.push_back(at->second);
        }
    }
    const int size = std::max(2, int(std::bit_ceil(numbers.size()))); // a power of two, as GIF wants
    indexed.colors.reset(GifMakeMapObject(size, colors.data()));
    return indexed;
}

IndexedImage reduced(const QImage &image)
{
    const std::size_t count = std::size_t(image.width()) * std::size_t(image.height());
    std::vector<GifByteType> red, green, blue;
    red.reserve(count);
    green.reserve(count);
    blue.reserve(count);
    for (int y = 0; y < image.height(); ++y) {
        const auto *line = reinterpret_cast<const QRgb *>(image.constScanLine(y));
        for (int x = 0; x < image.width(); ++x) {
            red.push_back(GifByteType(qRed(line[x])));
            green.push_back(GifByteType(qGreen(line[x])));
            blue.push_back(GifByteType(qBlue(line[x])));
        }
    }
    IndexedImage indexed;
    indexed.pixels.resize(count);
    indexed.colors.reset(GifMakeMapObject(256, nullptr));
    int size = 256;
    if (!indexed.colors ||
        GifQuantizeBuffer(unsigned(image.width()), unsigned(image.height()), &size, red.data(), green.data(), blue.data(),
                          indexed.pixels.data(), indexed.colors->Colors) == GIF_ERROR)
        indexed.colors.reset();
    return indexed;
}

} // namespace

GifFilm::GifFilm(AtomicFile file, int framesPerSecond)
    : m_file(std::move(file)), m_delay(std::max(2, (100 + framesPerSecond / 2) / framesPerSecond))
{ }

GifFilm::~GifFilm()
{
    if (m_gif != nullptr)
        EGifCloseFile(m_gif, nullptr);
}

int GifFilm::append(GifFileType *gif, const unsigned char *bytes, int count)
{
    auto &film = *static_cast<GifFilm *>(gif->UserData);
    if (film.m_appended)
        film.m_appended = film.m_file.append(std::as_bytes(std::span(bytes, std::size_t(count))));
    return film.m_appended ? count : 0;
}

Error GifFilm::error(const char *what) const
{
    if (!m_appended)
        return m_appended.error();
    const char *reason = m_gif != nullptr ? GifErrorString(m_gif->Error) : nullptr;
    return {
        ErrorKind::Resource, m_file.target(), std::string(what) + (reason != nullptr ? ": " + std::string(reason) : ""), {}};
}

Status GifFilm::begin(int width, int height)
{
    int reason = 0;
    m_gif = EGifOpen(this, &GifFilm::append, &reason);
    if (m_gif == nullptr)
        return fail(error("cannot begin a GIF"));
    EGifSetGifVersion(m_gif, true);
    constexpr std::array<unsigned char, 3> endless{1, 0, 0};
    if (EGifPutScreenDesc(m_gif, width, height, 8, 0, nullptr) == GIF_ERROR ||
        EGifPutExtensionLeader(m_gif, APPLICATION_EXT_FUNC_CODE) == GIF_ERROR ||
        EGifPutExtensionBlock(m_gif, 11, "NETSCAPE2.0") == GIF_ERROR ||
        EGifPutExtensionBlock(m_gif, int(endless.size()), endless.data()) == GIF_ERROR ||
        EGifPutExtensionTrailer(m_gif) == GIF_ERROR)
        return fail(error("cannot begin a GIF"));
    return {};
}

Status GifFilm::write(const QImage &frame, int delay)
{
    if (m_gif == nullptr)
        if (const Status begun = begin(frame.width(), frame.height()); !begun)
            return begun;
    IndexedImage indexed = exactly(frame);
    if (!indexed.colors)
        indexed = reduced(frame);
    if (!indexed.colors)
        return fail(error("cannot choose the colours of a frame"));
    const GraphicsControlBlock control{DISPOSE_DO_NOT, false, delay, NO_TRANSPARENT_COLOR};
    std::array<GifByteType, 4> extension{};
    EGifGCBToExtension(&control, extension.data());
    if (EGifPutExtension(m_gif, GRAPHICS_EXT_FUNC_CODE, int(extension.size()), extension.data()) == GIF_ERROR ||
        EGifPutImageDesc(m_gif, 0, 0, frame.width(), frame.height(), false, indexed.colors.get()) == GIF_ERROR)
        return fail(error("cannot write a frame"));
    for (int y = 0; y < frame.height(); ++y)
        if (EGifPutLine(m_gif, indexed.pixels.data() + std::ptrdiff_t(y) * frame.width(), frame.width()) == GIF_ERROR)
            return fail(error("cannot write a frame"));
    return {};
}

Status GifFilm::add(const QImage &frame)
{
    if (m_last)
        if (const Status written = write(*m_last, m_delay); !written)
            return written;
    m_last = std::make_unique<QImage>(frame.convertToFormat(QImage::Format_RGB32));
    return {};
}

Status GifFilm::commit(const std::stop_token &stop)
{
    if (m_last)
        if (const Status written = write(*m_last, 200); !written)
            return written;
    GifFileType *gif = m_gif;
    m_gif = nullptr;
    if (gif == nullptr || EGifCloseFile(gif, nullptr) == GIF_ERROR || !m_appended)
        return fail(error("cannot end a GIF"));
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, m_file.target(), "stopped before the film was written");
    return m_file.commit();
}

} // namespace nms::cli
