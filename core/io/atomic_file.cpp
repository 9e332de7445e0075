// SPDX-License-Identifier: Apache-2.0
#include "core/io/atomic_file.h"

#include "core/io/regular_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace nms {

namespace {

/// Opens `path` just to sync it: 0, or errno.
int syncPath(const std::string &path, int flags)
{
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0)
        return errno;
    const int error = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    return error;
}

std::string folderOf(const std::string &path)
{
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

} // namespace

Result<AtomicFile> AtomicFile::create(const std::string &target, const std::string &input)
{
    if (target.empty())
        return fail(ErrorKind::Usage, "output", "has an empty name", "name a file");
    AtomicFile file;
    file.m_target = target;
    struct stat old = {};
    const bool exists = ::stat(target.c_str(), &old) == 0;
    if (exists) {
        file.m_mode = int(old.st_mode & 07777);
        struct stat source = {};
        if (!input.empty() && ::stat(input.c_str(), &source) == 0 && source.st_dev == old.st_dev &&
            source.st_ino == old.st_ino)
            return fail(ErrorKind::Usage, target, "is the input itself", "name another output file");
        if (!S_ISREG(old.st_mode))
            return fail(ErrorKind::Io, target, S_ISDIR(old.st_mode) ? "is a folder" : "is no regular file",
                        "name another output file");
        if (::access(target.c_str(), W_OK) != 0)
            return fail(ErrorKind::Io, target, "cannot be replaced: " + systemText(errno), "name another output file");
    }
    std::error_code ignored;
    const std::filesystem::path resolved = std::filesystem::canonical(target, ignored);
    file.m_resolved = exists && !resolved.empty() ? resolved.string() : target;

    const std::string folder = folderOf(file.m_resolved);
    std::random_device random;
    int error = EEXIST;
    for (int attempt = 0; attempt < 100 && error == EEXIST; ++attempt) {
        char suffix[17];
        std::snprintf(suffix, sizeof suffix, "%08x", unsigned(random()));
        const std::string name = folder + "/.nmscope-" + suffix + ".part";
        const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        error = descriptor < 0 ? errno : 0;
        if (descriptor < 0)
            continue;
        ::close(descriptor);
        file.m_temporary = name;
    }
    if (error != 0)
        return fail(ErrorKind::Io, target, "cannot be written: folder " + folder + ": " + systemText(error),
                    error == ENOENT && !std::filesystem::exists(folder, ignored) ? "create the folder first"
                                                                                 : "choose a folder that you may write to");
    return file;
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : m_target(std::move(other.m_target)), m_resolved(std::move(other.m_resolved)),
      m_temporary(std::exchange(other.m_temporary, {})), m_mode(other.m_mode)
{ }

AtomicFile::~AtomicFile()
{
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

Status AtomicFile::commit()
{
    if (const int error = syncPath(m_temporary, O_RDWR))
        return fail(ErrorKind::Io, m_target, "cannot be written: " + systemText(error),
                    "check the free space of its folder");
    if (m_mode >= 0)
        (void)::chmod(m_temporary.c_str(), mode_t(m_mode)); // some file systems have no modes: not worth failing for
    if (::rename(m_temporary.c_str(), m_resolved.c_str()) != 0)
        return fail(ErrorKind::Io, m_target, "cannot be put in place: " + systemText(errno));
    m_temporary.clear();
    // The rename is done; a folder that cannot be synced (some network file systems) is no reason to call it failed.
    (void)syncPath(folderOf(m_resolved), O_RDONLY | O_DIRECTORY);
    return {};
}

} // namespace nms
