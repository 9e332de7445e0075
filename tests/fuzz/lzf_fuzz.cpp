// SPDX-License-Identifier: Apache-2.0
// LZF: what is accepted is made of what was there, and nothing outside of either buffer is touched (AddressSanitizer sees
// it).
#include "core/io/hdf5/lzf.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::size_t bytes = data[0] | std::size_t(data[1]) << 8;
    const std::span stored(reinterpret_cast<const std::byte *>(data) + 2, size - 2);
    std::vector<std::byte> first(bytes, std::byte(0x55)), second(bytes, std::byte(0xaa));
    const bool accepted = nms::inflateLzf(stored, first);
    if (accepted != nms::inflateLzf(stored, second))
        std::abort();
    if (!accepted)
        return 0;
    ++nms::fuzz::accepted;
    if (first != second || bytes > stored.size() * nms::mostLzfInflation) // all of it was written
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    using namespace std::string_literals;
    return {"\x03\x00\x02"
            "abc"s,
            "\x09\x00\x02"
            "abc\x80\x02"s,
            "\x09\x01\x00"
            "a\xe0\xff\x00"s,
            "\x28\x00\x1f"s + std::string(32, 'x') + "\xc0\x05"s};
}

} // namespace nms::fuzz
