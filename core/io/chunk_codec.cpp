// SPDX-License-Identifier: Apache-2.0
#include "core/io/chunk_codec.h"

#include <libdeflate.h>

#include <memory>
#include <new>

namespace nms {

namespace {

// Masks are noise with one bit in a byte: higher levels take 2 to 5 times as long for a tenth less.
constexpr int level = 1;

using Compressor = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;

/// Byte k of every element, for k = 0, 1, …
std::vector<std::byte> shuffled(std::span<const std::byte> elements, std::size_t elementBytes)
{
    const std::size_t count = elements.size() / elementBytes;
    std::vector<std::byte> out(elements.size());
    for (std::size_t k = 0; k < elementBytes; ++k)
        for (std::size_t i = 0; i < count; ++i)
            out[k * count + i] = elements[i * elementBytes + k];
    return out;
}

} // namespace

std::vector<std::byte> shuffleAndDeflate(std::span<const std::byte> elements, int elementBytes)
{
    std::vector<std::byte> planes;
    if (elementBytes > 1) {
        planes = shuffled(elements, std::size_t(elementBytes));
        elements = planes;
    }
    const Compressor compressor(libdeflate_alloc_compressor(level), libdeflate_free_compressor);
    if (!compressor)
        throw std::bad_alloc();
    std::vector<std::byte> out(libdeflate_zlib_compress_bound(compressor.get(), elements.size()));
    // Within the bound it cannot fail.
    out.resize(libdeflate_zlib_compress(compressor.get(), elements.data(), elements.size(), out.data(), out.size()));
    return out;
}

} // namespace nms
