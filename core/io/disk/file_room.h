// SPDX-License-Identifier: Apache-2.0
// Checks for free disk space before writing, and errors of writes that failed for lack of it. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nms {

/// How many more bytes this user may write on the file system of an open file; nullopt if that is not known. Quotas are not
/// considered.
std::optional<std::int64_t> freeBytes(int descriptor);

/// A warning if these estimated sizes do not fit; nullopt if they do.
std::optional<std::string> roomWarning(const std::string &target, int descriptor, std::int64_t fileBytes,
                                       std::int64_t diskBytes);

/// Io error, naming `target` and how much space is missing, if `diskBytes` more bytes do not fit on the file system or
/// `fileBytes` exceeds the process's limit on file sizes (ulimit -f). Unknown free space is not an error.
Status requireRoom(const std::string &target, int descriptor, std::int64_t fileBytes, std::int64_t diskBytes);

/// The Io error for a write to the open file (which is to become `target`) that failed with the errno `error`. `where` and
/// `what` are as in any Error; the message also says how much was written and is free, or which limit was reached.
Error writeFailure(const std::string &target, int descriptor, int error, const std::string &where, const std::string &what);

} // namespace nms
