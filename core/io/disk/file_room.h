// SPDX-License-Identifier: Apache-2.0
// Whether there is room for what will be written, and what a refused write says about it. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace nms {

/// How many more bytes this user may write on the file system of an open file; nothing where that cannot be told. Quotas
/// are not in it.
std::optional<std::int64_t> freeBytes(int descriptor);

/// What to warn of where these, which are estimates, do not fit; nothing where they do.
std::optional<std::string> roomWarning(const std::string &target, int descriptor, std::int64_t fileBytes,
                                       std::int64_t diskBytes);

/// Io error, naming `target` and how much is missing, when `diskBytes` more do not fit on the file system or `fileBytes` are
/// beyond the process's limit on file sizes (ulimit -f). What cannot be told is no error.
Status requireRoom(const std::string &target, int descriptor, std::int64_t fileBytes, std::int64_t diskBytes);

/// The Io error for a write to the open file (to become `target`) that failed with the errno `error`: `where` and `what` as
/// for any error; said besides are how much was written and is free, or which limit was met.
Error writeFailure(const std::string &target, int descriptor, int error, const std::string &where, const std::string &what);

} // namespace nms
