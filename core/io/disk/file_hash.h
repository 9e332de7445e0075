// SPDX-License-Identifier: Apache-2.0
// The checksum by which a mask file names the weights that it was made for.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <stop_token>
#include <string>

namespace nms {

/// A file as others can find it again: nothing of where it lay on this machine.
struct FileIdentity {
    std::string name; // without its folders
    std::int64_t bytes = 0;
    std::string sha256; // 64 hexadecimal digits, as sha256sum prints them and Hugging Face lists them
};

/// Reads the file once, some 1.5 GB/s where the processor has SHA instructions. Errors of reading; Cancelled.
Result<FileIdentity> identityOf(const std::string &file, const std::stop_token &stop = {});

} // namespace nms
