// SPDX-License-Identifier: Apache-2.0
// Rows of a gzip-compressed dataset, inflated on all cores. Private to core/io.
#pragma once

#include "core/io/hdf5_listing.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace nms {

/// Reads stored chunks through the library and undoes their filters itself, many at a time. One thread.
class Hdf5ChunkReader
{
public:
    /// Null where the library has to read: other filters than gzip, with or without shuffle before it, fewer than two
    /// dimensions, or chunks too large to hold many. `dataset` must outlive it.
    static std::unique_ptr<Hdf5ChunkReader> create(hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record);

    /// Rows [row0, row0 + rows) as stored, row-major. False where something is unusual (a chunk that was never written, is
    /// stored without a filter, or damaged): then the library is to be asked, which knows what to make of it. Throws
    /// std::bad_alloc.
    bool read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

private:
    struct Chunk;

    Hdf5ChunkReader(hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record);
    bool readBands(std::int64_t first, std::int64_t end, std::span<std::byte> out);
    bool inflate(std::vector<Chunk> &chunks) const;
    void place(const Chunk &chunk, const std::vector<std::byte> &elements) const;

    hid_t m_dataset;
    std::vector<std::int64_t> m_shape;
    std::vector<std::int64_t> m_chunk;
    int m_elementBytes;
    bool m_shuffled = false;
    std::int64_t m_rowBytes;
    std::int64_t m_chunkBytes;

    // A *band* is a row of chunks. The last one that was needed in part is kept: the next rows are likely to begin in it.
    std::int64_t m_keptBand = -1;
    std::vector<std::byte> m_kept;
};

} // namespace nms
