// SPDX-License-Identifier: Apache-2.0
// Checks and escapes text from untrusted files. Private to core/io.
#pragma once

#include <string>
#include <string_view>

namespace nms {

bool isUtf8(std::string_view text);

/// Valid UTF-8 without control characters: fit for JSON, a terminal and a file's path.
bool isPlainText(std::string_view text);

/// The text with everything that is not printable ASCII as \xNN, cut after 80 characters; for names that are not plain text.
std::string escaped(std::string_view text);

} // namespace nms
