// SPDX-License-Identifier: Apache-2.0
#include "app/cli/png_file.h"

#include <QBuffer>
#include <QByteArray>
#include <QImage>
#include <QImageWriter>

#include <cstddef>
#include <span>

namespace nms::cli {

Status writePng(const QImage &image, AtomicFile &file)
{
    QByteArray encoded;
    QBuffer buffer(&encoded);
    QImageWriter writer(&buffer, "png");
    if (!writer.write(image))
        return fail(ErrorKind::Resource, file.target(), "cannot be made a PNG: " + writer.errorString().toStdString());
    buffer.close();
    if (Status written = file.append(std::as_bytes(std::span(encoded.constData(), std::size_t(encoded.size())))); !written)
        return written;
    return file.commit();
}

} // namespace nms::cli
