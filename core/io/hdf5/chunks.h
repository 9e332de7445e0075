// SPDX-License-Identifier: Apache-2.0
// Rows of a chunked dataset, decoded in this process on all cores. Private to core/io.
#pragma once

#include "core/io/hdf5/helper.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nms {

/// Fetches stored chunks through the helper process and undoes their filters here, many at a time. To be used by one thread.
class Hdf5ChunkReader
{
public:
    /// For records with Hdf5Reading::Chunks. All three must outlive it.
    Hdf5ChunkReader(Hdf5Helper &helper, const TensorInfo &tensor, const Hdf5Record &record);

    /// Rows [row0, row0 + rows) as stored, row-major; chunks that were never written hold the fill value. Input error that
    /// names a damaged chunk (`where` is empty), or an error of the helper. Throws std::bad_alloc.
    Status read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

private:
    /// A range of rows of the tensor, and where they are written.
    struct Target {
        std::int64_t begin;
        std::int64_t end;
        std::byte *out; // row `begin`
    };

    Status readBands(std::int64_t first, std::int64_t end, const Target &target);
    Status decode(const std::vector<StoredChunk> &chunks, std::int64_t first, const Target &target) const;
    void place(const std::vector<std::int64_t> &offset, std::span<const std::byte> elements, const Target &target) const;
    std::vector<std::int64_t> offsetOf(std::int64_t chunk) const;
    bool extendsBeyondTensor(const std::vector<std::int64_t> &offset) const;

    Hdf5Helper &m_helper;
    const TensorInfo &m_tensor;
    const Hdf5Record &m_record;
    const std::vector<std::int64_t> &m_shape;
    const std::vector<std::int64_t> &m_chunk;
    std::int64_t m_elementBytes;
    std::int64_t m_rowBytes;
    std::int64_t m_across = 1; // number of chunks that one row crosses
    std::int64_t m_largestBand; // bytes

    // A *band* is a row of chunks. The last one that was read only partly is kept: the next rows are likely to begin in it.
    std::int64_t m_keptBand = -1;
    std::vector<std::byte> m_kept;
};

} // namespace nms
