// SPDX-License-Identifier: Apache-2.0
#include "app/cli/png_file.h"

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <new>
#include <png.h>
#include <span>
#include <string>
#include <vector>

namespace nms::cli {

namespace {

/// libpng reports errors by a jump, over which no object may live: everything that owns something is a member here, and
/// outlives the jump.
class PngEncoder
{
public:
    explicit PngEncoder(std::stop_token stop) : m_stop(std::move(stop))
    {
        m_png = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, &PngEncoder::onError, &PngEncoder::onWarning);
        if (m_png != nullptr)
            m_info = png_create_info_struct(m_png);
    }
    ~PngEncoder() { png_destroy_write_struct(&m_png, &m_info); }
    PngEncoder(const PngEncoder &) = delete;
    PngEncoder &operator=(const PngEncoder &) = delete;

    /// False where it failed, for the reason in error(), or where it was stopped.
    bool encode(const Image &image)
    {
        if (m_info == nullptr) {
            m_error = "out of memory";
            return false;
        }
        m_isOpaque = std::all_of(image.pixels.begin(), image.pixels.end(), [](Rgba8 pixel) { return pixel.a == 255; });
        if (setjmp(png_jmpbuf(m_png)) != 0) // NOLINT(cert-err52-cpp): libpng has no other way
            return false;
        png_set_write_fn(m_png, this, &PngEncoder::onBytes, nullptr);
        png_set_IHDR(m_png, m_info, png_uint_32(image.width), png_uint_32(image.height), 8,
                     m_isOpaque ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE,
                     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
        png_write_info(m_png, m_info);
        if (m_isOpaque)
            png_set_filler(m_png, 0, PNG_FILLER_AFTER); // the fourth byte of each pixel is dropped
        for (m_row = 0; m_row < image.height; ++m_row) {
            if (m_stop.stop_requested())
                return false;
            static_assert(sizeof(Rgba8) == 4);
            png_write_row(m_png,
                          reinterpret_cast<png_const_bytep>(image.pixels.data() + std::ptrdiff_t(m_row) * image.width));
        }
        png_write_end(m_png, m_info);
        return true;
    }

    const std::string &error() const { return m_error; }
    std::span<const std::byte> bytes() const { return m_bytes; }

private:
    [[noreturn]] static void onError(png_structp png, png_const_charp text)
    {
        static_cast<PngEncoder *>(png_get_error_ptr(png))->m_error = text;
        png_longjmp(png, 1);
    }
    static void onWarning(png_structp, png_const_charp) { }
    static void onBytes(png_structp png, png_bytep data, std::size_t size)
    {
        auto &bytes = static_cast<PngEncoder *>(png_get_io_ptr(png))->m_bytes;
        const auto *from = reinterpret_cast<const std::byte *>(data);
        bool added = true;
        try { // no exception through libpng's frames
            bytes.insert(bytes.end(), from, from + size);
        } catch (const std::bad_alloc &) {
            added = false;
        }
        if (!added)
            png_error(png, "out of memory");
    }

    const std::stop_token m_stop;
    png_structp m_png = nullptr;
    png_infop m_info = nullptr;
    bool m_isOpaque = false;
    int m_row = 0;
    std::string m_error;
    std::vector<std::byte> m_bytes;
};

} // namespace

Status encodePng(const Image &image, AtomicFile &file, const std::stop_token &stop)
{
    PngEncoder encoder(stop);
    const bool encoded = encoder.encode(image);
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, file.target(), "stopped before the picture was written");
    if (!encoded)
        return fail(ErrorKind::Resource, file.target(), "cannot be encoded as PNG: " + encoder.error());
    return file.append(encoder.bytes());
}

Status writePng(const Image &image, AtomicFile &file, const std::stop_token &stop)
{
    if (const Status encoded = encodePng(image, file, stop); !encoded)
        return encoded;
    return file.commit();
}

} // namespace nms::cli
