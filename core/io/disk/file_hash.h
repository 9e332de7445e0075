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
    std::string sha256; // 64 hexadecimal digits, as sha256sum prints them and Hugging Face lists them
};

/// Reads the file once, at about 1.5 GB/s if the processor has SHA instructions. Errors of reading; Cancelled.
Result<FileIdentity> identityOf(const std::string &file, const std::stop_token &stop = {});

} // namespace nms
