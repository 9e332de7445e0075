// SPDX-License-Identifier: Apache-2.0
#include "app/cli/png_file.h"

#include <QBuffer>
#include <QByteArray>
#include <QImage>
#include <QImageWriter>

#include <cstddef>
#include <span>
#include <utility>

namespace nms::cli {

namespace {

/// Refuses further bytes once a stop is requested, so that encoding a large picture ends early.
class StoppableBuffer : public QBuffer
{
public:
    StoppableBuffer(QByteArray *bytes, std::stop_token stop) : QBuffer(bytes), m_stop(std::move(stop)) { }

protected:
    qint64 writeData(const char *data, qint64 size) override
    {
        return m_stop.stop_requested() ? -1 : QBuffer::writeData(data, size);
    }

private:
    const std::stop_token m_stop;
};

} // namespace

Status encodePng(const QImage &image, AtomicFile &file, const std::stop_token &stop)
{
    QByteArray encoded;
    StoppableBuffer buffer(&encoded, stop);
    QImageWriter writer(&buffer, "png");
    const bool written = writer.write(image);
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, file.target(), "stopped before the picture was written");
    if (!written)
        return fail(ErrorKind::Resource, file.target(), "cannot be encoded as PNG: " + writer.errorString().toStdString());
    buffer.close();
    return file.append(std::as_bytes(std::span(encoded.constData(), std::size_t(encoded.size()))));
}

Status writePng(const QImage &image, AtomicFile &file, const std::stop_token &stop)
{
    if (const Status encoded = encodePng(image, file, stop); !encoded)
        return encoded;
    return file.commit();
}

} // namespace nms::cli
