// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/text.h"

#include <cstdio>

namespace nms {

namespace {

/// Length of the well-formed UTF-8 sequence (RFC 3629: no overlong forms, no surrogates) at the front; 0 if there is none.
std::size_t sequenceLength(std::string_view text)
{
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(text[i]);
    };
    const unsigned lead = byte(0);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || length > text.size())
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0U) != 0x80)
            return 0;
    if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf0 && byte(1) < 0x90) ||
        (lead == 0xf4 && byte(1) > 0x8f))
        return 0;
    return length;
}

} // namespace

bool isUtf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

bool isPlainText(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        const unsigned lead = static_cast<unsigned char>(text[0]);
        const bool c1 = length == 2 && lead == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
        if (length == 0 || lead < 0x20 || lead == 0x7f || c1)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        if (result.size() >= 80)
            return result + "…";
        if (c >= 0x20 && c < 0x7f) {
            result += c;
        } else {
            char code[5];
            std::snprintf(code, sizeof code, "\\x%02x", unsigned(static_cast<unsigned char>(c)));
            result += code;
        }
    }
    return result;
}

} // namespace nms
