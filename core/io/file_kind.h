// SPDX-License-Identifier: Apache-2.0
// Guesses the kind of a file that is in none of the supported formats, for the error message. Private to core/io.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace nms {

struct FileKind {
    std::string what; // "is an HTML page, not a weights file"; empty if unknown
    std::string remedy; // what to do to get weights that can be read
};

/// Number of bytes from a file's beginning that guessFileKind() needs.
constexpr std::size_t fileKindBytes = 1024;

/// Decides by the file's first bytes and, for a zip archive, by the names of its members.
FileKind guessFileKind(std::string_view head, std::span<const std::string> zipMembers = {});

} // namespace nms
