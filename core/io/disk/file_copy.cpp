// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/file_copy.h"

#include <algorithm>
#include <cerrno>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace nms {

namespace {

constexpr std::int64_t pieceBytes = 16 << 20;

/// Makes `to` share all blocks of the file `from`; false if that is not possible.
bool cloned(const RegularFile &from, const AtomicFile &to)
{
    struct stat status = {};
    return from.offset() == 0 && ::fstat(from.descriptor(), &status) == 0 && status.st_size == from.size() &&
        ::ioctl(to.descriptor(), FICLONE, from.descriptor()) == 0;
}

/// Copies the piece at offset `at` by reading and writing it.
Status copyPiece(const RegularFile &from, const AtomicFile &to, std::int64_t at, std::int64_t bytes,
                 std::vector<std::byte> &buffer)
{
    buffer.resize(std::size_t(bytes));
    if (Status read = from.readAt(at, buffer); !read)
        return read;
    return writeAt(to, at, buffer, to.target());
}

} // namespace

Status writeAt(const AtomicFile &to, std::int64_t offset, std::span<const std::byte> bytes, const std::string &where)
{
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(to.descriptor(), bytes.data(), bytes.size(), off_t(offset));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(to.writeFailure(errno, where));
        bytes = bytes.subspan(std::size_t(written));
        offset += written;
    }
    return {};
}

Status copyFile(const RegularFile &from, const AtomicFile &to, const std::stop_token &stop, ProgressMeter &meter)
{
    if (cloned(from, to)) {
        meter.add(from.size());
        return {};
    }
    bool inSystem = true; // copy_file_range() does not work on all file systems, and not between some
    std::vector<std::byte> buffer;
    for (std::int64_t done = 0; done < from.size();) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, to.target(), "was not written: cancelled");
        std::int64_t bytes = std::min(pieceBytes, from.size() - done);
        if (inSystem) {
            off_t here = off_t(from.offset() + done), there = off_t(done);
            const ssize_t copied =
                ::copy_file_range(from.descriptor(), &here, to.descriptor(), &there, std::size_t(bytes), 0);
            if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
                return fail(to.writeFailure(errno, to.target()));
            inSystem = copied > 0 || (copied < 0 && errno == EINTR); // if `from` ends early, reading reports it
            bytes = std::max<ssize_t>(0, copied);
        } else if (Status copied = copyPiece(from, to, done, bytes, buffer); !copied) {
            return copied;
        }
        done += bytes;
        if (bytes > 0)
            meter.add(bytes);
    }
    return {};
}

} // namespace nms
