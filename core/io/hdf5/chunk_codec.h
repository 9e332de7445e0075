// SPDX-License-Identifier: Apache-2.0
// HDF5's shuffle, gzip, LZF and fletcher32 filters, without libhdf5: several threads can run them, and damaged or malicious
// chunks cannot do harm. Private to core/io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nms {

/// What a filter pipeline of shuffle and deflate stores for one chunk: `elements` of `elementBytes` each. Throws
/// std::bad_alloc.
std::vector<std::byte> shuffleAndDeflate(std::span<const std::byte> elements, int elementBytes);

/// True where a sixteenth of a chunk of bytes, from places all over it, becomes at least a sixteenth smaller. What does not,
/// as the bits of a mask of 8:16 (their entropy is 7.9 bits a byte), takes about half as long to deflate as to solve, for
/// 1 %. Throws std::bad_alloc.
bool gainsFromDeflate(std::span<const std::byte> bytes);

struct ChunkFilter {
    enum class Kind { Shuffle, Deflate, Fletcher32, Lzf };
    Kind kind = Kind::Shuffle;
    bool compresses() const { return kind == Kind::Deflate || kind == Kind::Lzf; }
    std::size_t elementBytes = 1; // size of the shuffled elements, as the file says: any number but 0
};

/// Buffers of one decoding thread; reused from chunk to chunk.
struct ChunkScratch {
    std::vector<std::byte> here, there;
};

/// Undoes `filters`, listed in the order in which they were applied, at most one of them Deflate or Lzf; filter i was not
/// applied to this chunk if bit i of `skipped` is set. The result has `bytes` bytes and is in `scratch`, or in `stored`
/// itself if there was nothing to do. nullopt if the chunk is damaged: another size, a wrong checksum, invalid gzip or LZF
/// data. Allocates no more memory than `stored` can expand to. Throws std::bad_alloc.
std::optional<std::span<const std::byte>> decodeChunk(std::span<const std::byte> stored,
                                                      std::span<const ChunkFilter> filters, std::uint32_t skipped,
                                                      std::size_t bytes, ChunkScratch &scratch);

/// HDF5's checksum of the same name.
std::uint32_t fletcher32(std::span<const std::byte> bytes);

} // namespace nms
