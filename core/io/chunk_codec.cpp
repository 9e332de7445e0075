// SPDX-License-Identifier: Apache-2.0
#include "core/io/chunk_codec.h"

#include <libdeflate.h>

#include <memory>
#include <new>

namespace nms {

namespace {

// Masks are noise with one bit in a byte: levels 2 to 6 take 2 to 6 times as long for 5 to 13 % less.
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

using Decompressor = std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;

template <int Bytes> void unshuffle(const std::byte *planes, std::size_t count, std::byte *out)
{
    for (std::size_t i = 0; i < count; ++i)
        for (int k = 0; k < Bytes; ++k)
            out[i * Bytes + std::size_t(k)] = planes[std::size_t(k) * count + i];
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

bool inflateAndUnshuffle(std::span<const std::byte> stored, int elementBytes, std::span<std::byte> elements)
{
    const Decompressor decompressor(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    if (!decompressor)
        throw std::bad_alloc();
    std::vector<std::byte> planes(elementBytes > 1 ? elements.size() : 0);
    const std::span<std::byte> inflated = elementBytes > 1 ? planes : elements;
    // Without a place for the size it has to be all of it.
    if (libdeflate_zlib_decompress(decompressor.get(), stored.data(), stored.size(), inflated.data(), inflated.size(),
                                   nullptr) != LIBDEFLATE_SUCCESS)
        return false;
    const std::size_t count = elements.size() / std::size_t(elementBytes);
    if (elementBytes == 2)
        unshuffle<2>(planes.data(), count, elements.data());
    else if (elementBytes == 4)
        unshuffle<4>(planes.data(), count, elements.data());
    else if (elementBytes == 8)
        unshuffle<8>(planes.data(), count, elements.data());
    return true;
}

} // namespace nms
