// SPDX-License-Identifier: Apache-2.0
// The checksum by which a mask file identifies the weights for which it was made.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <stop_token>
#include <string>

namespace nms {

/// Identifies a file on any machine: says nothing about its folder on this one.
struct FileIdentity {
    std::string name; // without its folders
    std::int64_t bytes = 0;
    std::string xxh128; // 32 hexadecimal digits of XXH3, as xxh128sum prints them
};

/// Reads the file once, at nearly the speed of copying it. It tells of files that were damaged or mistaken for others, not
/// of those that somebody forged. `readers`: threads that copy (0: a quarter of the cores, at most four). Errors of reading;
/// Resource; Cancelled.
Result<FileIdentity> identityOf(const std::string &file, const std::stop_token &stop = {}, int readers = 0);

} // namespace nms
