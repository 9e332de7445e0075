// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/chunk_codec.h"

#include "core/io/hdf5/lzf.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace nms {

namespace {

// Masks are almost random, one bit in a byte: levels 2 to 6 take 2 to 6 times as long for 5 to 13 % less.
constexpr int level = 1;

constexpr std::size_t checksumBytes = 4;
constexpr std::size_t mostInflation = 1032; // largest expansion by deflate, bytes per compressed byte

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

template <int Bytes> void unshuffleElements(const std::byte *planes, std::size_t count, std::byte *out)
{
    for (std::size_t i = 0; i < count; ++i)
        for (int k = 0; k < Bytes; ++k)
            out[i * Bytes + std::size_t(k)] = planes[std::size_t(k) * count + i];
}

/// Bytes at the end that do not make a whole element are unchanged.
void unshuffle(std::span<const std::byte> planes, std::size_t elementBytes, std::byte *out)
{
    const std::size_t count = planes.size() / elementBytes;
    if (count <= 1) { // also if a damaged file claims elements of gigabytes
        std::copy(planes.begin(), planes.end(), out);
        return;
    }
    if (elementBytes == 2) {
        unshuffleElements<2>(planes.data(), count, out);
    } else if (elementBytes == 4) {
        unshuffleElements<4>(planes.data(), count, out);
    } else if (elementBytes == 8) {
        unshuffleElements<8>(planes.data(), count, out);
    } else {
        for (std::size_t k = 0; k < elementBytes; ++k)
            for (std::size_t i = 0; i < count; ++i)
                out[i * elementBytes + k] = planes[k * count + i];
    }
    const std::size_t whole = count * elementBytes;
    std::copy(planes.begin() + std::ptrdiff_t(whole), planes.end(), out + whole);
}

bool inflate(std::span<const std::byte> stored, std::span<std::byte> out)
{
    const Decompressor decompressor(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    if (!decompressor)
        throw std::bad_alloc();
    // With a null pointer for the size, anything but exactly out.size() bytes is a failure.
    return libdeflate_zlib_decompress(decompressor.get(), stored.data(), stored.size(), out.data(), out.size(), nullptr) ==
        LIBDEFLATE_SUCCESS;
}

/// The last four bytes are the checksum, little-endian; libhdf5 before 1.6.3 wrote it with the bytes of each half swapped.
bool hasItsChecksum(std::span<const std::byte> bytes)
{
    if (bytes.size() < checksumBytes)
        return false;
    std::uint32_t told = 0;
    std::memcpy(&told, bytes.last(checksumBytes).data(), checksumBytes);
    const std::uint32_t counted = fletcher32(bytes.first(bytes.size() - checksumBytes));
    return told == counted || told == ((counted & 0x00ff00ffU) << 8 | (counted & 0xff00ff00U) >> 8);
}

std::vector<std::byte> deflated(std::span<const std::byte> bytes)
{
    const Compressor compressor(libdeflate_alloc_compressor(level), libdeflate_free_compressor);
    if (!compressor)
        throw std::bad_alloc();
    std::vector<std::byte> out(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
    // Within the bound it cannot fail.
    out.resize(libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
    return out;
}

} // namespace

std::vector<std::byte> shuffleAndDeflate(std::span<const std::byte> elements, int elementBytes)
{
    if (elementBytes == 1)
        return deflated(elements);
    return deflated(shuffled(elements, std::size_t(elementBytes)));
}

bool gainsFromDeflate(std::span<const std::byte> bytes)
{
    constexpr std::size_t least = 1 << 16, pieces = 8, share = 16;
    if (bytes.size() < least)
        return true; // not worth a look
    std::vector<std::byte> sample;
    const std::size_t pieceBytes = bytes.size() / (pieces * share);
    for (std::size_t k = 0; k < pieces; ++k) {
        const auto piece = bytes.subspan(k * (bytes.size() / pieces), pieceBytes);
        sample.insert(sample.end(), piece.begin(), piece.end());
    }
    return deflated(sample).size() <= sample.size() - sample.size() / share;
}

std::uint32_t fletcher32(std::span<const std::byte> bytes)
{
    std::uint32_t low = 0, high = 0;
    const auto fold = [](std::uint32_t sum) {
        return (sum & 0xffffU) + (sum >> 16);
    };
    const auto *word = reinterpret_cast<const unsigned char *>(bytes.data());
    constexpr std::size_t together = 360; // words that 32 bits can sum without overflow
    for (std::size_t words = bytes.size() / 2; words > 0;) {
        const std::size_t block = std::min(words, together);
        for (std::size_t i = 0; i < block; ++i, word += 2) {
            low += std::uint32_t(word[0]) << 8 | word[1];
            high += low;
        }
        low = fold(low);
        high = fold(high);
        words -= block;
    }
    if (bytes.size() % 2 != 0) {
        low += std::uint32_t(*word) << 8;
        high += low;
        low = fold(low);
        high = fold(high);
    }
    return fold(high) << 16 | fold(low);
}

std::optional<std::span<const std::byte>> decodeChunk(std::span<const std::byte> stored,
                                                      std::span<const ChunkFilter> filters, std::uint32_t skipped,
                                                      std::size_t bytes, ChunkScratch &scratch)
{
    const auto applied = [&](std::size_t i) {
        return (skipped >> i & 1U) == 0;
    };
    std::size_t uncompressed = bytes; // size of the compressing filter's input
    for (std::size_t i = 0; i < filters.size() && !(applied(i) && filters[i].compresses()); ++i)
        if (applied(i) && filters[i].kind == ChunkFilter::Kind::Fletcher32)
            uncompressed += checksumBytes;
    std::span<const std::byte> current = stored;
    for (std::size_t i = filters.size(); i-- > 0;) {
        if (!applied(i))
            continue;
        if (filters[i].kind == ChunkFilter::Kind::Fletcher32) {
            if (!hasItsChecksum(current))
                return std::nullopt;
            current = current.first(current.size() - checksumBytes);
            continue;
        }
        const bool lzf = filters[i].kind == ChunkFilter::Kind::Lzf;
        const std::size_t size = filters[i].compresses() ? uncompressed : current.size();
        // More than the stored bytes can expand to.
        if (filters[i].compresses() && size / (lzf ? mostLzfInflation : mostInflation) > current.size())
            return std::nullopt;
        scratch.there.resize(size);
        if (!filters[i].compresses())
            unshuffle(current, filters[i].elementBytes, scratch.there.data());
        else if (!(lzf ? inflateLzf(current, scratch.there) : inflate(current, scratch.there)))
            return std::nullopt;
        std::swap(scratch.here, scratch.there);
        current = scratch.here;
    }
    if (current.size() != bytes)
        return std::nullopt;
    return current;
}

} // namespace nms
