// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_chunks.h"

#include "core/base/parallel.h"
#include "core/io/chunk_codec.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace nms {

namespace {

constexpr std::int64_t largestChunk = 16 << 20; // bytes; each core inflates one at a time
constexpr std::int64_t largestBand = 256 << 20; // bytes
constexpr std::size_t storedTogether = 32 << 20; // bytes of compressed chunks held at once

/// Gzip, or shuffle and gzip: what inflateAndUnshuffle() undoes.
bool isGzip(hid_t properties, int elementBytes, bool &shuffled)
{
    const int count = H5Pget_nfilters(properties);
    if (count < 1 || count > 2)
        return false;
    for (int i = 0; i < count; ++i) {
        unsigned flags = 0, config = 0, value = 0;
        std::size_t values = 1;
        const H5Z_filter_t filter = H5Pget_filter2(properties, unsigned(i), &flags, &values, &value, 0, nullptr, &config);
        const bool last = i == count - 1;
        if (filter != (last ? H5Z_FILTER_DEFLATE : H5Z_FILTER_SHUFFLE) ||
            (!last && (values != 1 || value != unsigned(elementBytes))))
            return false;
    }
    shuffled = count == 2;
    return true;
}

} // namespace

struct Hdf5ChunkReader::Chunk {
    std::vector<hsize_t> offset;
    std::byte *band = nullptr; // where the first row of its band goes
    std::vector<std::byte> stored;
};

std::unique_ptr<Hdf5ChunkReader> Hdf5ChunkReader::create(hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record)
{
    if (record.chunkRowBytes == 0 || tensor.shape.size() < 2 || tensor.elements() == 0 || record.chunkBytes > largestChunk ||
        record.chunkRowBytes > largestBand)
        return nullptr;
    std::unique_ptr<Hdf5ChunkReader> reader(new Hdf5ChunkReader(dataset, tensor, record));
    const Hdf5Id properties(H5Dget_create_plist(dataset));
    hsize_t dimensions[H5S_MAX_RANK] = {};
    const int rank = H5Pget_chunk(properties, H5S_MAX_RANK, dimensions);
    if (rank != int(tensor.shape.size()) || !isGzip(properties, reader->m_elementBytes, reader->m_shuffled))
        return nullptr;
    reader->m_chunk.assign(dimensions, dimensions + rank);
    return reader;
}

Hdf5ChunkReader::Hdf5ChunkReader(hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record)
    : m_dataset(dataset), m_shape(tensor.shape), m_elementBytes(bytesOf(tensor.dtype)),
      m_rowBytes(tensor.rawCols() * m_elementBytes), m_chunkBytes(record.chunkBytes)
{ }

bool Hdf5ChunkReader::read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const std::int64_t end = row0 + rows, height = m_chunk[0];
    for (std::int64_t row = row0; row < end;) {
        const std::int64_t band = row / height;
        const auto to = out.subspan(std::size_t((row - row0) * m_rowBytes));
        // Whole bands go where they belong; the last of the tensor is whole when all of its rows are wanted.
        const std::int64_t wholeEnd = end == m_shape[0] ? (end + height - 1) / height : end / height;
        if (row % height == 0 && band < wholeEnd) {
            if (!readBands(band, wholeEnd, to))
                return false;
            row = std::min(wholeEnd * height, end);
            continue;
        }
        if (m_keptBand != band) {
            m_keptBand = -1;
            m_kept.resize(std::size_t(std::min(height, m_shape[0] - band * height) * m_rowBytes));
            if (!readBands(band, band + 1, m_kept))
                return false;
            m_keptBand = band;
        }
        const std::int64_t count = std::min(end, (band + 1) * height) - row;
        std::memcpy(to.data(), m_kept.data() + (row - band * height) * m_rowBytes, std::size_t(count * m_rowBytes));
        row += count;
    }
    return true;
}

/// All rows of bands [first, end) to `out`, as many as the tensor has.
bool Hdf5ChunkReader::readBands(std::int64_t first, std::int64_t end, std::span<std::byte> out)
{
    std::vector<Chunk> chunks;
    std::size_t held = 0;
    for (std::int64_t band = first; band < end; ++band) {
        std::vector<hsize_t> offset(m_shape.size(), 0);
        offset[0] = hsize_t(band * m_chunk[0]);
        for (bool more = true; more;) {
            hsize_t bytes = 0;
            // What is stored may be a little longer than what it holds, never much.
            if (H5Dget_chunk_storage_size(m_dataset, offset.data(), &bytes) < 0 || bytes == 0 ||
                bytes > hsize_t(2 * m_chunkBytes + 1024))
                return false;
            Chunk &chunk = chunks.emplace_back();
            chunk.offset = offset;
            chunk.band = out.data() + (band - first) * m_chunk[0] * m_rowBytes;
            chunk.stored.resize(std::size_t(bytes));
            std::uint32_t skippedFilters = 0;
            if (H5Dread_chunk(m_dataset, H5P_DEFAULT, offset.data(), &skippedFilters, chunk.stored.data()) < 0 ||
                skippedFilters != 0)
                return false;
            held += chunk.stored.size();
            more = false; // the next offset, the last dimension first
            for (std::size_t d = m_shape.size() - 1; d > 0 && !more; --d) {
                offset[d] += hsize_t(m_chunk[d]);
                more = offset[d] < hsize_t(m_shape[d]);
                if (!more)
                    offset[d] = 0;
            }
            if (held >= storedTogether) {
                if (!inflate(chunks))
                    return false;
                chunks.clear();
                held = 0;
            }
        }
    }
    return inflate(chunks);
}

bool Hdf5ChunkReader::inflate(std::vector<Chunk> &chunks) const
{
    std::atomic<bool> fine = true;
    parallelBlocks(std::int64_t(chunks.size()), 1, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        std::vector<std::byte> elements(static_cast<std::size_t>(m_chunkBytes));
        for (std::int64_t i = begin; i < end; ++i) {
            const Chunk &chunk = chunks[std::size_t(i)];
            if (inflateAndUnshuffle(chunk.stored, m_shuffled ? m_elementBytes : 1, elements))
                place(chunk, elements);
            else
                fine = false;
        }
    });
    return fine;
}

/// Copies what of a chunk lies within the tensor into its band, line by line along the last dimension.
void Hdf5ChunkReader::place(const Chunk &chunk, const std::vector<std::byte> &elements) const
{
    const std::size_t rank = m_shape.size(), last = rank - 1;
    const std::int64_t length = std::min(m_chunk[last], m_shape[last] - std::int64_t(chunk.offset[last]));
    std::vector<std::int64_t> index(rank, 0); // within the chunk
    for (bool more = true; more;) {
        std::int64_t from = 0, to = 0; // elements; the band begins at the chunk's first row
        for (std::size_t d = 0; d < rank; ++d) {
            from = from * m_chunk[d] + index[d];
            to = to * m_shape[d] + index[d] + (d == 0 ? 0 : std::int64_t(chunk.offset[d]));
        }
        std::memcpy(chunk.band + to * m_elementBytes, elements.data() + from * m_elementBytes,
                    std::size_t(length * m_elementBytes));
        more = false;
        for (std::size_t d = last; d-- > 0 && !more;) {
            ++index[d];
            more = index[d] < m_chunk[d] && std::int64_t(chunk.offset[d]) + index[d] < m_shape[d];
            if (!more)
                index[d] = 0;
        }
    }
}

} // namespace nms
