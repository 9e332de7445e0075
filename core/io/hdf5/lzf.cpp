// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/lzf.h"

#include <algorithm>

namespace nms {

// Written here instead of using liblzf, which has had no release since 2010 and would be another package to install.
bool inflateLzf(std::span<const std::byte> stored, std::span<std::byte> out)
{
    constexpr std::size_t literals = 32; // codes below it: code + 1 literal bytes follow
    constexpr std::size_t longLength = 7;
    std::size_t in = 0, made = 0;
    const auto next = [&] {
        return std::to_integer<std::size_t>(stored[in++]);
    };
    while (in < stored.size()) {
        const std::size_t code = next();
        if (code < literals) {
            const std::size_t count = code + 1;
            if (count > stored.size() - in || count > out.size() - made)
                return false;
            std::copy_n(stored.begin() + std::ptrdiff_t(in), count, out.begin() + std::ptrdiff_t(made));
            in += count;
            made += count;
            continue;
        }
        // A repetition of earlier bytes: three bits of length, thirteen of distance.
        std::size_t count = code >> 5;
        if (stored.size() - in < (count == longLength ? 2U : 1U))
            return false;
        if (count == longLength)
            count += next();
        count += 2;
        const std::size_t distance = ((code & 0x1f) << 8) + next() + 1;
        if (distance > made || count > out.size() - made)
            return false;
        for (const std::size_t end = made + count; made < end; ++made) // byte by byte: they may overlap
            out[made] = out[made - distance];
    }
    return made == out.size();
}

} // namespace nms
