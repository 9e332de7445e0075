// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/file_room.h"

#include "core/base/number_text.h"
#include "core/io/disk/regular_file.h"
#include "core/io/disk/text.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace nms {

namespace {

std::string folderOf(const std::string &target)
{
    const std::string folder = std::filesystem::path(target).parent_path().string();
    return folder.empty() ? "its folder" : folder;
}

/// The limit on the size of one file, in bytes; nullopt if there is none.
std::optional<std::int64_t> sizeLimit()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur > rlim_t(std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    return std::int64_t(limit.rlim_cur);
}

} // namespace

std::optional<std::int64_t> freeBytes(int descriptor)
{
    struct statvfs space = {};
    if (::fstatvfs(descriptor, &space) != 0 || space.f_blocks == 0) // some FUSE file systems do not report it
        return std::nullopt;
    const std::uint64_t blocks = ::geteuid() == 0 ? space.f_bfree : space.f_bavail;
    const std::uint64_t unit = std::max<std::uint64_t>(1, space.f_frsize);
    const auto most = std::uint64_t(std::numeric_limits<std::int64_t>::max());
    return std::int64_t(blocks > most / unit ? most : blocks * unit);
}

Status requireRoom(const std::string &target, int descriptor, std::int64_t fileBytes, std::int64_t diskBytes)
{
    if (const auto limit = sizeLimit(); limit && *limit < fileBytes)
        return fail(ErrorKind::Io, target,
                    "takes at least " + formatBytes(double(fileBytes)) + ", but no file may have more than " +
                        formatBytes(double(*limit)) + " (ulimit -f)",
                    "raise that limit");
    if (const auto free = freeBytes(descriptor); free && *free < diskBytes)
        return fail(ErrorKind::Io, target,
                    "takes at least " + formatBytes(double(diskBytes)) + ", but " + folderOf(target) + " has " +
                        formatBytes(double(*free)) + " free: " + formatBytes(double(diskBytes - *free)) + " are missing",
                    "free some space or write to another folder");
    return {};
}

std::optional<std::string> roomWarning(const std::string &target, int descriptor, std::int64_t fileBytes,
                                       std::int64_t diskBytes)
{
    const std::string probably = target + ": will probably take about ";
    if (const auto limit = sizeLimit(); limit && *limit < fileBytes)
        return probably + formatBytes(double(fileBytes)) + ", but no file may have more than " +
            formatBytes(double(*limit)) + " (ulimit -f)";
    if (const auto free = freeBytes(descriptor); free && *free < diskBytes)
        return probably + formatBytes(double(diskBytes)) + ", but " + folderOf(target) + " has " +
            formatBytes(double(*free)) + " free";
    return std::nullopt;
}

Error writeFailure(const std::string &target, int descriptor, int error, const std::string &where, const std::string &what)
{
    Error failure{ErrorKind::Io, where, what + ": " + systemText(error), "write to another folder"};
    struct stat status = {};
    if (error == ENOSPC || error == EDQUOT) {
        if (::fstat(descriptor, &status) == 0)
            failure.what += " after " + formatBytes(double(std::int64_t(status.st_blocks) * 512));
        if (const auto free = freeBytes(descriptor))
            failure.what += ", with " + formatBytes(double(*free)) + " free in " + folderOf(target);
        failure.remedy = error == EDQUOT ? "free some of your quota or write to another folder"
                                         : "free some space or write to another folder";
    } else if (error == EFBIG) {
        const auto limit = sizeLimit();
        failure.what += limit ? ", no file may have more than " + formatBytes(double(*limit)) + " (ulimit -f)"
                              : ", the file system of " + folderOf(target) + " holds none of this size";
        failure.remedy = limit ? "raise that limit" : failure.remedy;
    }
    return failure;
}

} // namespace nms
