// SPDX-License-Identifier: Apache-2.0
// Text from untrusted files and for people. Private to core/io.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nms {

bool isUtf8(std::string_view text);

/// Valid UTF-8 without control characters: fit for JSON, a terminal and a file's path.
bool isPlainText(std::string_view text);

/// The text with everything that is not printable ASCII as \xNN, cut after 80 characters; for names that are not plain.
std::string escaped(std::string_view text);

/// "256.0 MiB"; "1000 B".
std::string byteText(std::int64_t bytes);

/// "64×64"; "scalar" for no dimensions.
std::string shapeText(std::span<const std::int64_t> shape);

} // namespace nms
