// SPDX-License-Identifier: Apache-2.0
// HDF5's shuffle, gzip, LZF and fletcher32 filters, outside of its library: several threads can be at it, and what a damaged
// or hostile chunk can do is known. Private to core/io.
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

struct ChunkFilter {
    enum class Kind { Shuffle, Deflate, Fletcher32, Lzf };
    Kind kind = Kind::Shuffle;
    bool compresses() const { return kind == Kind::Deflate || kind == Kind::Lzf; }
    std::size_t elementBytes = 1; // of what was shuffled, as the file says: any number but 0
};

/// Where one thread decodes; reused from chunk to chunk.
struct ChunkScratch {
    std::vector<std::byte> here, there;
};

/// Undoes `filters`, named in the order in which they were applied, at most one of them Deflate or Lzf; those whose
/// bit in `skipped` is set were not applied to this chunk. The result has `bytes` bytes and lies in `scratch`, or in
/// `stored` itself where there was nothing to do. Nothing when the chunk is damaged: another size, a wrong checksum, no gzip
/// or LZF. Memory is taken only for what `stored` can hold. Throws std::bad_alloc.
std::optional<std::span<const std::byte>> decodeChunk(std::span<const std::byte> stored,
                                                      std::span<const ChunkFilter> filters, std::uint32_t skipped,
                                                      std::size_t bytes, ChunkScratch &scratch);

/// HDF5's checksum of that name.
std::uint32_t fletcher32(std::span<const std::byte> bytes);

} // namespace nms
