// SPDX-License-Identifier: Apache-2.0
// Globs against names of any bytes: a name with its wildcards escaped matches itself, and stars around it change nothing.
#include "core/base/glob.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t cut = text.find('\n');
    const std::string_view pattern = text.substr(0, cut);
    const std::string_view name = cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1);
    if (nms::matchesGlob(pattern, name)) {
        ++nms::fuzz::accepted;
        if (!nms::matchesGlob("*" + std::string(pattern), name))
            std::abort();
    }
    std::string escaped;
    for (const char letter : name) {
        if (nms::hasWildcards({&letter, 1}))
            escaped += '\\';
        escaped += letter;
    }
    if (!nms::matchesGlob(escaped, name) || !nms::matchesGlob("*" + escaped + "*", name))
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    return {
        "model.*.mlp.*\nmodel.0.mlp.up", "[!a-c]?\\*\nd\xC3\xA9*", "[\n[", "[]-a]*\n]x", "**a*b\naab", "\xF4\x90*\n\xFF"};
}

} // namespace nms::fuzz
