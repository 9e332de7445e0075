// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/chunks.h"

#include "core/base/parallel.h"
#include "core/io/hdf5/chunk_codec.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>

namespace nms {

namespace {

constexpr std::int64_t largestBand = 256 << 20; // bytes of a band that is kept, unless one chunk is larger
constexpr std::int64_t decodedAlone = 1 << 16; // bytes of chunks that are too few for a second thread
constexpr std::int64_t decodedTogether = 512 << 20; // bytes of chunks in progress on all threads

std::string nameOf(const std::vector<std::int64_t> &offset)
{
    std::string text = "the chunk at (";
    for (const std::int64_t at : offset)
        text += (text.ends_with('(') ? "" : ", ") + std::to_string(at);
    return text + ")";
}

} // namespace

Hdf5ChunkReader::Hdf5ChunkReader(Hdf5Helper &helper, const TensorInfo &tensor, const Hdf5Record &record)
    : m_helper(helper), m_tensor(tensor), m_record(record), m_shape(tensor.shape), m_chunk(record.chunk),
      m_elementBytes(bytesOf(tensor.dtype)), m_rowBytes(tensor.rawCols() * m_elementBytes), m_largestBand(largestBand)
{
    for (std::size_t d = 1; d < m_shape.size(); ++d)
        m_across *= chunksAlong(m_shape[d], m_chunk[d]); // no overflow: at most the number of elements
    if (m_across == 1)
        m_largestBand = std::max(m_largestBand, record.chunkBytes);
}

Status Hdf5ChunkReader::read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const std::int64_t end = row0 + rows, height = m_chunk[0];
    for (std::int64_t row = row0; row < end;) {
        const std::int64_t band = row / height;
        std::byte *const to = out.data() + (row - row0) * m_rowBytes;
        // Whole bands are decoded directly into `out`; the tensor's last one counts as whole if all of its rows are
        // requested.
        const std::int64_t wholeEnd = end == m_shape[0] ? (end - 1) / height + 1 : end / height;
        if (row % height == 0 && band < wholeEnd) {
            const std::int64_t next = std::min(wholeEnd * height, end);
            if (Status read = readBands(band, wholeEnd, {row, next, to}); !read)
                return read;
            row = next;
            continue;
        }
        const std::int64_t bandRow = band * height;
        const std::int64_t bandRows = std::min(height, m_shape[0] - bandRow);
        const std::int64_t count = std::min(end, bandRow + bandRows) - row;
        if (bandRows * m_rowBytes > m_largestBand) {
            if (Status read = readBands(band, band + 1, {row, row + count, to}); !read)
                return read;
        } else {
            if (m_keptBand != band) {
                m_keptBand = -1;
                m_kept.resize(std::size_t(bandRows * m_rowBytes));
                const Target kept = {bandRow, bandRow + bandRows, m_kept.data()};
                if (Status read = readBands(band, band + 1, kept); !read)
                    return read;
                m_keptBand = band;
            }
            std::memcpy(to, m_kept.data() + (row - bandRow) * m_rowBytes, std::size_t(count * m_rowBytes));
        }
        row += count;
    }
    return {};
}

/// Reads the rows of bands [first, end) that are in `target`.
Status Hdf5ChunkReader::readBands(std::int64_t first, std::int64_t end, const Target &target)
{
    for (std::int64_t chunk = first * m_across; chunk < end * m_across;) {
        const auto stored = m_helper.readChunks(m_tensor, m_record, chunk, end * m_across - chunk);
        if (!stored)
            return fail(stored.error());
        if (Status decoded = decode(*stored, chunk, target); !decoded)
            return decoded;
        chunk += std::int64_t(stored->size());
    }
    return {};
}

/// The index of a chunk's first element. Chunks are numbered in row-major order.
std::vector<std::int64_t> Hdf5ChunkReader::offsetOf(std::int64_t chunk) const
{
    std::vector<std::int64_t> offset(m_shape.size());
    for (std::size_t d = m_shape.size(); d-- > 0;) {
        const std::int64_t along = d == 0 ? chunk + 1 : chunksAlong(m_shape[d], m_chunk[d]);
        offset[d] = chunk % along * m_chunk[d];
        chunk /= along;
    }
    return offset;
}

bool Hdf5ChunkReader::extendsBeyondTensor(const std::vector<std::int64_t> &offset) const
{
    for (std::size_t d = 0; d < offset.size(); ++d)
        if (offset[d] + m_chunk[d] > m_shape[d])
            return true;
    return false;
}

Status Hdf5ChunkReader::decode(const std::vector<StoredChunk> &chunks, std::int64_t first, const Target &target) const
{
    const auto count = std::int64_t(chunks.size());
    std::atomic<std::int64_t> damaged = count; // the first one; threads find them in any order
    const auto decodeBlock = [&](std::int64_t begin, std::int64_t end) {
        ChunkScratch scratch;
        for (std::int64_t i = begin; i < end; ++i) {
            const StoredChunk &chunk = chunks[std::size_t(i)];
            const std::vector<std::int64_t> offset = offsetOf(first + i);
            if (chunk.bytes.empty()) {
                place(offset, {}, target);
                continue;
            }
            const bool plain = m_record.edgesUnfiltered && extendsBeyondTensor(offset);
            const auto elements =
                decodeChunk(chunk.bytes, m_record.filters, plain ? ~std::uint32_t(0) : chunk.skippedFilters,
                            std::size_t(m_record.chunkBytes), scratch);
            if (elements) {
                place(offset, *elements, target);
                continue;
            }
            std::int64_t seen = damaged;
            while (i < seen && !damaged.compare_exchange_weak(seen, i)) { }
        }
    };
    // Parallel work costs some microseconds, and more if the number of threads is not the default.
    const std::int64_t threads = std::max<std::int64_t>(1, decodedTogether / m_record.chunkBytes);
    if (count == 1 || count * m_record.chunkBytes <= decodedAlone)
        decodeBlock(0, count);
    else
        parallelBlocks(count, 1, threads < hardwareThreads() ? int(threads) : 0, {}, decodeBlock);
    if (damaged == count)
        return {};
    return fail(ErrorKind::Input, {},
                "cannot be read: " + nameOf(offsetOf(first + damaged)) +
                    " is damaged, its bytes are not what its filters wrote");
}

/// Copies the part of a chunk that is within the tensor and the target, line by line along the last dimension; writes the
/// fill value if `elements` is empty.
void Hdf5ChunkReader::place(const std::vector<std::int64_t> &offset, std::span<const std::byte> elements,
                            const Target &target) const
{
    const std::size_t rank = m_shape.size(), last = rank - 1;
    const std::int64_t row = offset[0]; // row of the tensor, as are those of the target
    std::vector<std::int64_t> begin(rank, 0), end(rank); // within the chunk
    for (std::size_t d = 0; d < rank; ++d)
        end[d] = std::min(m_chunk[d], m_shape[d] - offset[d]);
    begin[0] = std::max<std::int64_t>(0, target.begin - row);
    end[0] = std::min(end[0], target.end - row);
    const std::int64_t length = end[last] - begin[last];
    if (end[0] <= begin[0])
        return;
    std::vector<std::int64_t> index = begin;
    for (bool more = true; more;) {
        std::int64_t from = 0, to = 0; // in elements
        for (std::size_t d = 0; d < rank; ++d) {
            from = from * m_chunk[d] + index[d];
            to = to * m_shape[d] + index[d] + (d == 0 ? row - target.begin : offset[d]);
        }
        std::byte *const out = target.out + to * m_elementBytes;
        if (!elements.empty())
            std::memcpy(out, elements.data() + from * m_elementBytes, std::size_t(length * m_elementBytes));
        else
            for (std::int64_t i = 0; i < length; ++i)
                std::memcpy(out + i * m_elementBytes, m_record.fill.data(), m_record.fill.size());
        more = false;
        for (std::size_t d = last; d-- > 0 && !more;) {
            ++index[d];
            more = index[d] < end[d];
            if (!more)
                index[d] = begin[d];
        }
    }
}

} // namespace nms
