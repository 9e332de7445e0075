// SPDX-License-Identifier: Apache-2.0
#include "core/base/glob.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace nms {

namespace {

struct Character {
    std::uint32_t code; // for an invalid byte, a number above every code point
    std::size_t bytes;
};

/// The character that begins at `at` < text.size().
Character characterAt(std::string_view text, std::size_t at)
{
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    const std::uint32_t lead = byte(at);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (length == 1)
        return {lead, 1};
    constexpr std::uint32_t noCodePoint = 0x110000;
    if (length == 0 || lead > 0xF4 || at + length > text.size())
        return {noCodePoint + lead, 1};
    std::uint32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80)
            return {noCodePoint + lead, 1};
        code = code << 6 | (byte(at + i) & 0x3F);
    }
    return {code, length};
}

struct Element {
    std::size_t bytes; // its length in the pattern
    bool matches;
};

/// The set that begins with the "[" at `at`, matched against `code`; nothing where it is never closed.
std::optional<Element> setAt(std::string_view pattern, std::size_t at, std::uint32_t code)
{
    std::size_t i = at + 1;
    const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
    i += negated ? 1 : 0;
    bool member = false;
    for (bool first = true; i < pattern.size(); first = false) {
        if (pattern[i] == ']' && !first)
            return Element{i + 1 - at, member != negated};
        const auto taken = [&] {
            if (pattern[i] == '\\' && i + 1 < pattern.size())
                ++i;
            const Character character = characterAt(pattern, i);
            i += character.bytes;
            return character.code;
        };
        const std::uint32_t low = taken();
        std::uint32_t high = low;
        if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
            ++i;
            high = taken();
        }
        member = member || (low <= code && code <= high);
    }
    return std::nullopt;
}

/// The pattern's element at `at`, not a "*", matched against one character of the name.
Element elementAt(std::string_view pattern, std::size_t at, std::uint32_t code)
{
    if (pattern[at] == '?')
        return {1, true};
    if (pattern[at] == '[')
        if (const auto set = setAt(pattern, at, code))
            return *set;
    const std::size_t escape = pattern[at] == '\\' && at + 1 < pattern.size() ? 1 : 0;
    const Character character = characterAt(pattern, at + escape);
    return {escape + character.bytes, character.code == code};
}

} // namespace

bool matchesGlob(std::string_view pattern, std::string_view name)
{
    std::size_t p = 0, n = 0;
    // Where the pattern goes on after the last "*", and the place in the name up to which that star matches now. On a
    // mismatch only the last star needs to match more.
    std::optional<std::size_t> star;
    std::size_t reach = 0;
    while (n < name.size()) {
        const Character character = characterAt(name, n);
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            reach = n;
            continue;
        }
        if (p < pattern.size()) {
            const Element element = elementAt(pattern, p, character.code);
            if (element.matches) {
                p += element.bytes;
                n += character.bytes;
                continue;
            }
        }
        if (!star)
            return false;
        p = *star;
        reach += characterAt(name, reach).bytes;
        n = reach;
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

bool hasWildcards(std::string_view text)
{
    return text.find_first_of("*?[\\") != std::string_view::npos;
}

} // namespace nms
