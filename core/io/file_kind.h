// SPDX-License-Identifier: Apache-2.0
// What a file is that is of no format that we read, for the message that says so. Private to core/io.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace nms {

struct FileKind {
    std::string what; // "is an HTML page, no weights"; empty where nothing is known
    std::string remedy; // what to do to get weights that can be read
};

/// Bytes from a file's beginning that are enough to tell.
constexpr std::size_t fileKindBytes = 1024;

/// By its first bytes, and for a zip archive the names in it.
FileKind guessFileKind(std::string_view head, std::span<const std::string> zipMembers = {});

} // namespace nms
