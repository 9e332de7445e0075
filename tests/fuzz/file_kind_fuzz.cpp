// SPDX-License-Identifier: Apache-2.0
// What a file of no format is guessed to be: a reason and a remedy in plain text, whatever it begins with.
#include "core/io/disk/text.h"
#include "core/io/file_kind.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char *>(data), size);
    // Behind the first NUL: the names in an archive.
    std::vector<std::string> members;
    if (const std::size_t end = bytes.find('\0'); end != std::string_view::npos)
        members.emplace_back(bytes.substr(end + 1));
    const nms::FileKind kind = nms::guessFileKind(bytes, members);
    if (!kind.what.empty())
        ++nms::fuzz::accepted;
    if (!nms::isPlainText(kind.what) || !nms::isPlainText(kind.remedy) || (kind.what.empty() && !kind.remedy.empty()))
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    using namespace std::string_literals;
    return {"<!DOCTYPE html>",
            "version https://git-lfs.github.com/spec/v1\nsize 548105171\n",
            "PK\x03\x04\0archive/data.pkl"s,
            "PK\x03\x04\0m/constants.pkl"s,
            "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19",
            "\x08\x07\x12\x07pytorch",
            "\x81\xa6params",
            "\xde\x01\x02\xa6params",
            "\xff\xff\xff\xff\xff\xff\xff\xff{}",
            std::string(257, 'x') + "ustar"};
}

} // namespace nms::fuzz
