// SPDX-License-Identifier: Apache-2.0
// Stored chunks and the filters that our own code undoes: what is accepted has the right size, memory stays in proportion.
#include "core/io/hdf5/chunk_codec.h"
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <cstring>

namespace {

/// In front of the stored bytes.
struct Head {
    std::uint16_t filters; // three bits each, the lowest first
    std::uint8_t skipped;
    std::uint8_t elementBytes;
    std::uint32_t bytes;
};

using Kind = nms::ChunkFilter::Kind;

std::string seed(std::initializer_list<Kind> kinds, std::uint8_t elementBytes, std::uint32_t bytes,
                 const std::vector<std::byte> &stored)
{
    Head head = {0, 0, elementBytes, bytes};
    unsigned shift = 0;
    for (const Kind kind : kinds) {
        head.filters = std::uint16_t(head.filters | (1U + unsigned(kind)) << shift);
        shift += 3;
    }
    std::string text(sizeof head, '\0');
    std::memcpy(text.data(), &head, sizeof head);
    return text + std::string(reinterpret_cast<const char *>(stored.data()), stored.size());
}

std::vector<std::byte> checksummed(std::vector<std::byte> bytes)
{
    const std::uint32_t checksum = nms::fletcher32(bytes);
    bytes.resize(bytes.size() + sizeof checksum);
    std::memcpy(bytes.data() + bytes.size() - sizeof checksum, &checksum, sizeof checksum);
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    Head head = {};
    if (size < sizeof head)
        return 0;
    std::memcpy(&head, data, sizeof head);
    std::vector<nms::ChunkFilter> filters;
    int compressing = 0;
    for (unsigned bits = head.filters; bits != 0; bits >>= 3) {
        const unsigned kind = bits & 7U;
        if (kind == 0 || kind > 4 || (nms::ChunkFilter{Kind(kind - 1), 1}.compresses() && ++compressing > 1))
            continue; // such a pipeline is for others
        filters.push_back({Kind(kind - 1), std::max<std::size_t>(1, head.elementBytes)});
    }
    const std::span stored(reinterpret_cast<const std::byte *>(data) + sizeof head, size - sizeof head);
    nms::ChunkScratch scratch;
    const auto elements = nms::decodeChunk(stored, filters, head.skipped, head.bytes, scratch);
    if (scratch.here.capacity() + scratch.there.capacity() > 3000 * size)
        std::abort();
    if (!elements)
        return 0;
    ++nms::fuzz::accepted;
    if (elements->size() != head.bytes)
        std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    std::vector<std::byte> elements(96);
    for (std::size_t i = 0; i < elements.size(); ++i)
        elements[i] = std::byte(i * i / 7);
    std::vector<std::byte> lzf; // three runs of 32 bytes as they are
    for (int run = 0; run < 3; ++run) {
        lzf.push_back(std::byte(31));
        lzf.insert(lzf.end(), elements.begin() + 32 * run, elements.begin() + 32 * (run + 1));
    }
    const std::vector<std::byte> plain = shuffleAndDeflate(elements, 1), planes = shuffleAndDeflate(elements, 4);
    return {seed({}, 1, 96, elements),
            seed({Kind::Fletcher32}, 1, 96, checksummed(elements)),
            seed({Kind::Deflate}, 1, 96, plain),
            seed({Kind::Shuffle, Kind::Deflate}, 4, 96, planes),
            seed({Kind::Shuffle, Kind::Deflate, Kind::Fletcher32}, 4, 96, checksummed(planes)),
            seed({Kind::Fletcher32, Kind::Deflate}, 1, 96, shuffleAndDeflate(checksummed(elements), 1)),
            seed({Kind::Shuffle, Kind::Shuffle}, 7, 96, elements),
            seed({Kind::Shuffle, Kind::Lzf}, 4, 96, lzf)};
}

} // namespace nms::fuzz
