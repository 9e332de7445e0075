// SPDX-License-Identifier: Apache-2.0
// Rows of a chunked dataset, decoded by us on all cores. Private to core/io.
#pragma once

#include "core/io/chunk_codec.h"
#include "core/io/hdf5_listing.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace nms {

/// Has stored chunks fetched by the library and undoes their filters itself, many at a time. One thread.
class Hdf5ChunkReader
{
public:
    /// Null where the dataset is not chunked, or its filters are others than shuffle, fletcher32 and one gzip: those are for
    /// the helper process (hdf5_helper.h). `dataset` must outlive it. `fileBytes`: no chunk is longer than the file.
    static std::unique_ptr<Hdf5ChunkReader> create(hid_t dataset, hid_t type, const TensorInfo &tensor,
                                                   const Hdf5Record &record, std::int64_t fileBytes);

    /// Rows [row0, row0 + rows) as stored, row-major. What is wrong with the chunks that hold them; empty when all is well.
    /// Chunks that were never written hold the fill value. Throws std::bad_alloc.
    std::string read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

private:
    struct Chunk;
    /// Rows of the tensor and where they go.
    struct Target {
        std::int64_t begin;
        std::int64_t end;
        std::byte *out; // row `begin`
    };

    Hdf5ChunkReader(hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record, std::int64_t fileBytes);
    std::string readBands(std::int64_t first, std::int64_t end, const Target &target);
    std::string fetch(Chunk &chunk) const;
    std::string decode(const std::vector<Chunk> &chunks, const Target &target) const;
    void place(const Chunk &chunk, std::span<const std::byte> elements, const Target &target) const;
    std::uint32_t skippedFilters(const std::vector<hsize_t> &offset, std::uint32_t stored) const;

    hid_t m_dataset;
    std::vector<std::int64_t> m_shape;
    std::vector<std::int64_t> m_chunk;
    std::vector<ChunkFilter> m_filters;
    std::vector<std::byte> m_fill; // one element
    bool m_edgesUnfiltered = false; // chunks that stick out of the tensor are stored as they are
    std::int64_t m_elementBytes;
    std::int64_t m_rowBytes;
    std::int64_t m_chunkBytes;
    std::int64_t m_fileBytes;
    std::int64_t m_largestBand; // bytes

    // A *band* is a row of chunks. The last one that was needed in part is kept: the next rows are likely to begin in it.
    std::int64_t m_keptBand = -1;
    std::vector<std::byte> m_kept;
};

} // namespace nms
