// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/temporary_file.h"

#include "core/io/disk/regular_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <random>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace nms {

namespace {

constexpr int nameAttempts = 100;
constexpr std::size_t digits = 8;
constexpr std::string_view ending = ".part";

std::string folderOf(const std::string &path)
{
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

/// The common prefix of the names of a target's temporary files. Targets with long names that begin alike share a prefix;
/// that is harmless, since only files whose writer no longer runs are removed.
std::string prefixOf(const std::string &target)
{
    constexpr std::size_t most = 200; // of the 255 bytes that a name may have
    return "." + std::filesystem::path(target).filename().string().substr(0, most) + ".nmscope-";
}

std::string newPath(const std::string &target)
{
    std::random_device random;
    char suffix[digits + 1];
    std::snprintf(suffix, sizeof suffix, "%08x", unsigned(random()));
    return folderOf(target) + "/" + prefixOf(target) + suffix + std::string(ending);
}

bool isTemporaryName(std::string_view name, std::string_view prefix)
{
    if (name.size() != prefix.size() + digits + ending.size() || !name.starts_with(prefix) || !name.ends_with(ending))
        return false;
    const std::string_view suffix = name.substr(prefix.size(), digits);
    return suffix.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool isSameFile(const struct stat &a, const struct stat &b)
{
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Whether `path`, with links resolved, is the open file.
bool leadsTo(const std::string &path, int descriptor)
{
    struct stat named = {};
    struct stat open = {};
    return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &open) == 0 && isSameFile(named, open);
}

std::string procPath(int descriptor)
{
    return "/proc/self/fd/" + std::to_string(descriptor);
}

int syncFile(int descriptor)
{
    while (::fsync(descriptor) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

/// 0, or errno.
int copyContent(int from, int to)
{
    std::vector<char> piece(std::size_t(1) << 20);
    off_t offset = 0;
    while (true) {
        const ssize_t got = ::pread(from, piece.data(), piece.size(), offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : 0;
        for (ssize_t done = 0; done < got;) {
            const ssize_t written = ::pwrite(to, piece.data() + done, std::size_t(got - done), offset + done);
            if (written < 0 && errno != EINTR)
                return errno;
            done += std::max<ssize_t>(written, 0);
        }
        offset += got;
    }
}

/// Removes the file `name` unless another process is writing it or it belongs to another user.
void removeUnlessLocked(int folder, const char *name)
{
    struct stat status = {};
    if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_uid != ::geteuid() && ::geteuid() != 0))
        return;
    constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int file = ::openat(folder, name, O_RDWR | flags); // on NFS a lock needs write access
    if (file < 0 && errno == EACCES)
        file = ::openat(folder, name, O_RDONLY | flags);
    if (file < 0)
        return;
    if (::flock(file, LOCK_EX | LOCK_NB) == 0)
        ::unlinkat(folder, name, 0);
    ::close(file);
}

} // namespace

Result<TemporaryFile> TemporaryFile::create(const std::string &target, mode_t mode)
{
    TemporaryFile file;
    const std::string folder = folderOf(target);
    file.m_descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    if (file.m_descriptor >= 0 && leadsTo(procPath(file.m_descriptor), file.m_descriptor)) {
        (void)::flock(file.m_descriptor, LOCK_EX | LOCK_NB); // for the short time in which it has a name
        return file;
    }
    if (file.m_descriptor >= 0)
        ::close(std::exchange(file.m_descriptor, -1)); // without /proc it could not be linked later
    if (const int error = file.openNamed(target, mode)) {
        std::error_code ignored;
        return fail(ErrorKind::Io, target, "cannot be written: folder " + folder + ": " + systemText(error),
                    error == ENOENT && !std::filesystem::exists(folder, ignored) ? "create the folder first"
                                                                                 : "choose a folder that you may write to");
    }
    return file;
}

/// 0, or errno.
int TemporaryFile::openNamed(const std::string &target, mode_t mode)
{
    for (int attempt = 0; attempt < nameAttempts; ++attempt) {
        const std::string path = newPath(target);
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (descriptor < 0 && errno == EEXIST)
            continue;
        if (descriptor < 0)
            return errno;
        // Before this lock is taken, another process may lock the file to remove it as a leftover. Where locks do not work
        // (some network file systems), no process removes leftovers.
        const bool isTaken = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        if (!isTaken && leadsTo(path, descriptor)) {
            m_descriptor = descriptor;
            m_path = path;
            return 0;
        }
        ::close(descriptor);
    }
    return EEXIST;
}

void TemporaryFile::removeLeftovers(const std::string &target)
{
    const std::string prefix = prefixOf(target);
    const std::unique_ptr<DIR, int (*)(DIR *)> folder(::opendir(folderOf(target).c_str()), ::closedir);
    while (const dirent *entry = folder ? ::readdir(folder.get()) : nullptr)
        if (isTemporaryName(entry->d_name, prefix))
            removeUnlessLocked(::dirfd(folder.get()), entry->d_name);
}

TemporaryFile::TemporaryFile(TemporaryFile &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)), m_path(std::exchange(other.m_path, {}))
{ }

TemporaryFile &TemporaryFile::operator=(TemporaryFile &&other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    std::swap(m_path, other.m_path);
    return *this;
}

TemporaryFile::~TemporaryFile()
{
    dropName();
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void TemporaryFile::dropName()
{
    if (!m_path.empty())
        ::unlink(m_path.c_str());
    m_path.clear();
}

/// Gives the file a name in the target's folder, which rename() needs. 0, or errno.
int TemporaryFile::linkBeside(const std::string &target)
{
    for (int attempt = 0; attempt < nameAttempts; ++attempt) {
        const std::string path = newPath(target);
        if (::linkat(AT_FDCWD, procPath(m_descriptor).c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
            m_path = path;
            return 0;
        }
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
}

/// Copies the content to a file with a name: for systems that can create a file without a name but not link it (a sandbox,
/// protected hard links). 0, or errno.
int TemporaryFile::copyToNamed(const std::string &target)
{
    struct stat status = {};
    if (::fstat(m_descriptor, &status) != 0)
        return errno;
    TemporaryFile named;
    int error = named.openNamed(target, status.st_mode & S_IRWXU);
    if (error == 0 && (status.st_uid != ::geteuid() || status.st_gid != ::getegid()))
        (void)::fchown(named.m_descriptor, status.st_uid, status.st_gid);
    if (error == 0)
        (void)::fchmod(named.m_descriptor, status.st_mode & 07777);
    if (error == 0)
        error = copyContent(m_descriptor, named.m_descriptor);
    if (error == 0)
        error = syncFile(named.m_descriptor);
    if (error == 0)
        std::swap(*this, named);
    return error;
}

int TemporaryFile::putInPlace(const std::string &target)
{
    if (const int error = syncFile(m_descriptor))
        return error;
    bool isThere = false;
    if (m_path.empty()) {
        isThere = ::linkat(AT_FDCWD, procPath(m_descriptor).c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) == 0;
        int error = isThere ? 0 : errno;
        if (error == EEXIST) // linkat() cannot replace an existing file
            error = linkBeside(target);
        if (error != 0)
            error = copyToNamed(target);
        if (error != 0)
            return error;
    }
    if (!isThere && ::rename(m_path.c_str(), target.c_str()) != 0)
        return errno;
    m_path.clear();
    ::close(std::exchange(m_descriptor, -1));
    // Failure to sync the folder (some network file systems cannot do it) is not an error.
    const int folder = ::open(folderOf(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)::fsync(folder);
        ::close(folder);
    }
    return 0;
}

} // namespace nms
