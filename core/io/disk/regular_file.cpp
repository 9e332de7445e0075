// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/regular_file.h"

#include "core/io/weights_format.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace nms {

std::string systemText(int error)
{
    return std::generic_category().message(error);
}

Result<RegularFile> RegularFile::open(const std::string &path)
{
    // O_NONBLOCK so that a FIFO without a writer does not hang; it has no effect on regular files.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        const int error = errno;
        return fail(ErrorKind::Io, path, "cannot be opened: " + systemText(error),
                    error == ENOENT       ? "check the path"
                        : error == EACCES ? "check its permissions"
                                          : "");
    }
    return ofDescriptor(path, descriptor);
}

Result<RegularFile> RegularFile::ofDescriptor(const std::string &path, int descriptor)
{
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return fail(ErrorKind::Io, path, S_ISDIR(status.st_mode) ? "is a folder, not a file" : "is no regular file",
                    "name a " + readableEndings() + " file");
    }
    return RegularFile(path, descriptor, status.st_size);
}

RegularFile::RegularFile(std::string path, int descriptor, std::int64_t size)
    : m_path(std::move(path)), m_descriptor(descriptor), m_size(size)
{ }

Result<RegularFile> RegularFile::window(std::int64_t offset, std::int64_t bytes) &&
{
    if (offset < 0 || bytes < 0 || offset > m_size || bytes > m_size - offset)
        return fail(ErrorKind::Input, m_path, "is truncated", "it was cut off; get it again");
    RegularFile part(std::move(*this));
    part.m_offset += offset;
    part.m_size = bytes;
    return part;
}

RegularFile::RegularFile(RegularFile &&other) noexcept
    : m_path(std::move(other.m_path)), m_descriptor(std::exchange(other.m_descriptor, -1)), m_size(other.m_size),
      m_offset(other.m_offset)
{ }

RegularFile &RegularFile::operator=(RegularFile &&other) noexcept
{
    std::swap(m_path, other.m_path);
    std::swap(m_descriptor, other.m_descriptor);
    std::swap(m_size, other.m_size);
    std::swap(m_offset, other.m_offset);
    return *this;
}

RegularFile::~RegularFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Status RegularFile::readAt(std::int64_t offset, std::span<std::byte> out) const
{
    const auto cutOff = [this](std::int64_t at) {
        return fail(ErrorKind::Input, m_path, "ends at byte " + std::to_string(at) + ", before its data does",
                    "it was cut off or changed while it was open; get it again");
    };
    // Bytes after a window do not belong to it, and neither do bytes added to the file since it was opened.
    if (offset < 0 || offset > m_size || std::int64_t(out.size()) > m_size - offset)
        return cutOff(m_size);
    while (!out.empty()) {
        const ssize_t got = ::pread(m_descriptor, out.data(), out.size(), m_offset + offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(ErrorKind::Io, m_path, "cannot be read: " + systemText(errno));
        if (got == 0)
            return cutOff(offset);
        out = out.subspan(std::size_t(got));
        offset += got;
    }
    return {};
}

} // namespace nms
