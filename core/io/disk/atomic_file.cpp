// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/atomic_file.h"

#include "core/io/disk/file_room.h"
#include "core/io/disk/regular_file.h"
#include "core/io/safetensors/shard_folder.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace nms {

namespace {

/// Sets owner, group and mode to those of the replaced file. Some file systems do not have them, and only root can change
/// the owner. Such failures are ignored, but then the mode is restricted so that nobody gets more access than before.
void takeOver(int descriptor, const struct stat &old)
{
    struct stat mine = {};
    if (::fstat(descriptor, &mine) != 0)
        return;
    const bool isOther = mine.st_uid != old.st_uid || mine.st_gid != old.st_gid;
    if (isOther && ::fchown(descriptor, old.st_uid, old.st_gid) != 0)
        (void)::fchown(descriptor, uid_t(-1), old.st_gid);
    if (::fstat(descriptor, &mine) != 0)
        return;
    mode_t mode = old.st_mode & 07777;
    if (mine.st_uid != old.st_uid)
        mode &= ~mode_t(S_ISUID);
    if (mine.st_gid != old.st_gid) {
        const mode_t others = mode & S_IRWXO;
        mode &= ~mode_t(S_ISGID);
        mode &= ~mode_t(S_IRWXG) | others << 3U;
    }
    (void)::fchmod(descriptor, mode);
}

/// The files of which an input consists: the file itself, or the index and shards of a model's folder. An index that cannot
/// be read is not an error here: opening the input reports it.
std::vector<std::string> filesOf(const std::string &input)
{
    std::vector<std::string> files = {input};
    if (input.empty() || !isShardFolder(input))
        return files;
    if (const auto found = findShards(input)) {
        for (const std::string &shard : found->shards)
            files.push_back(found->path(shard));
        if (!found->index.empty())
            files.push_back(found->path(found->index));
    }
    return files;
}

bool isOneOf(const std::vector<std::string> &files, const struct stat &file)
{
    return std::any_of(files.begin(), files.end(), [&](const std::string &path) {
        struct stat status = {};
        return !path.empty() && ::stat(path.c_str(), &status) == 0 && status.st_dev == file.st_dev &&
            status.st_ino == file.st_ino;
    });
}

} // namespace

int writeAll(int descriptor, std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return errno;
        bytes = bytes.subspan(std::size_t(std::max<ssize_t>(written, 0)));
    }
    return 0;
}

Result<AtomicFile> AtomicFile::create(const std::string &target, const std::string &input)
{
    if (target.empty())
        return fail(ErrorKind::Usage, "output", "has an empty name", "name a file");
    struct stat old = {};
    const bool exists = ::stat(target.c_str(), &old) == 0;
    if (exists) {
        if (isOneOf(filesOf(input), old))
            return fail(ErrorKind::Usage, target, "is the input itself", "name another output file");
        if (!S_ISREG(old.st_mode))
            return fail(ErrorKind::Io, target, S_ISDIR(old.st_mode) ? "is a folder" : "is no regular file",
                        "name another output file");
        if (::access(target.c_str(), W_OK) != 0)
            return fail(ErrorKind::Io, target, "cannot be replaced: " + systemText(errno), "name another output file");
    }
    std::error_code ignored;
    const std::filesystem::path canonical = std::filesystem::canonical(target, ignored);
    std::string resolved = exists && !canonical.empty() ? canonical.string() : target;

    TemporaryFile::removeLeftovers(resolved);
    auto temporary = TemporaryFile::create(resolved, exists ? old.st_mode & S_IRWXU : 0666);
    if (!temporary) {
        Error error = temporary.error();
        error.where = target;
        return fail(std::move(error));
    }
    if (exists)
        takeOver(temporary->descriptor(), old);
    return AtomicFile(target, std::move(resolved), *std::move(temporary));
}

Status AtomicFile::requireRoom(std::int64_t fileBytes, std::int64_t diskBytes) const
{
    return nms::requireRoom(m_target, descriptor(), fileBytes, diskBytes);
}

std::optional<std::string> AtomicFile::roomWarning(std::int64_t fileBytes, std::int64_t diskBytes) const
{
    return nms::roomWarning(m_target, descriptor(), fileBytes, diskBytes);
}

Status AtomicFile::append(std::span<const std::byte> bytes)
{
    if (const int error = writeAll(descriptor(), bytes))
        return fail(writeFailure(error, m_target));
    return {};
}

Error AtomicFile::writeFailure(int error, const std::string &where, const std::string &what) const
{
    return nms::writeFailure(m_target, descriptor(), error, where, what);
}

Status AtomicFile::commit()
{
    struct stat now = {}; // the target may have been created or its permissions restricted since create()
    if (::lstat(m_resolved.c_str(), &now) == 0 && S_ISREG(now.st_mode))
        takeOver(descriptor(), now);
    if (const int error = m_temporary.putInPlace(m_resolved))
        return fail(writeFailure(error, m_target, "cannot be put in place"));
    return {};
}

} // namespace nms
