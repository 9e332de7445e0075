// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_chunks.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

namespace nms {

namespace {

constexpr std::int64_t largestBand = 256 << 20; // bytes that are kept, unless one chunk is larger
constexpr std::int64_t decodedTogether = 512 << 20; // bytes of chunks on all threads
constexpr std::size_t storedTogether = 32 << 20; // bytes of compressed chunks held at once

/// The pipeline where all of it can be undone by decodeChunk().
std::optional<std::vector<ChunkFilter>> ownFilters(hid_t properties)
{
    std::vector<ChunkFilter> filters;
    const int count = H5Pget_nfilters(properties);
    int deflates = 0;
    for (int i = 0; i < count; ++i) {
        unsigned flags = 0, config = 0, value = 0;
        std::size_t values = 1;
        switch (H5Pget_filter2(properties, unsigned(i), &flags, &values, &value, 0, nullptr, &config)) {
        case H5Z_FILTER_SHUFFLE:
            if (values != 1 || value == 0)
                return std::nullopt;
            filters.push_back({ChunkFilter::Kind::Shuffle, value});
            break;
        case H5Z_FILTER_DEFLATE:
            if (++deflates > 1)
                return std::nullopt;
            filters.push_back({ChunkFilter::Kind::Deflate, 1});
            break;
        case H5Z_FILTER_FLETCHER32:
            filters.push_back({ChunkFilter::Kind::Fletcher32, 1});
            break;
        default:
            return std::nullopt;
        }
    }
    return filters;
}

/// What a chunk holds that was never written: zeros unless the file says otherwise.
std::vector<std::byte> fillValue(hid_t properties, hid_t type, std::size_t elementBytes)
{
    std::vector<std::byte> fill(elementBytes);
    H5D_fill_value_t defined = H5D_FILL_VALUE_ERROR;
    if (H5Pfill_value_defined(properties, &defined) < 0 || defined != H5D_FILL_VALUE_USER_DEFINED ||
        H5Pget_fill_value(properties, type, fill.data()) < 0)
        fill.assign(elementBytes, std::byte(0));
    return fill;
}

/// Whether H5Dget_chunk_storage_size has just failed because the chunk was never written, which is no failure for us.
bool wasNeverWritten(hid_t dataset, const std::vector<hsize_t> &offset)
{
    if (hdf5ErrorText().starts_with("chunk storage is not allocated")) // so say 1.10 and 1.14
        return true;
    haddr_t address = 0;
    hsize_t bytes = 0;
    unsigned skipped = 0;
    // Looks through all chunks one by one.
    return H5Dget_chunk_info_by_coord(dataset, offset.data(), &skipped, &address, &bytes) >= 0 && address == HADDR_UNDEF;
}

std::string nameOf(const std::vector<hsize_t> &offset)
{
    std::string text = "the chunk at (";
    for (const hsize_t at : offset)
        text += (text.ends_with('(') ? "" : ", ") + std::to_string(at);
    return text + ")";
}

} // namespace

struct Hdf5ChunkReader::Chunk {
    std::vector<hsize_t> offset;
    std::vector<std::byte> stored; // empty where it was never written
    std::uint32_t skippedFilters = 0;
};

std::unique_ptr<Hdf5ChunkReader> Hdf5ChunkReader::create(hid_t dataset, hid_t type, const TensorInfo &tensor,
                                                         const Hdf5Record &record, std::int64_t fileBytes)
{
    if (record.chunkRowBytes == 0 || tensor.shape.empty() || tensor.elements() == 0)
        return nullptr;
    const Hdf5Id properties(H5Dget_create_plist(dataset));
    hsize_t dimensions[H5S_MAX_RANK] = {};
    const int rank = H5Pget_chunk(properties, H5S_MAX_RANK, dimensions);
    auto filters = ownFilters(properties);
    if (rank != int(tensor.shape.size()) || !filters)
        return nullptr;
    std::unique_ptr<Hdf5ChunkReader> reader(new Hdf5ChunkReader(dataset, tensor, record, fileBytes));
    reader->m_chunk.assign(dimensions, dimensions + rank);
    reader->m_filters = *std::move(filters);
    reader->m_fill = fillValue(properties, type, std::size_t(reader->m_elementBytes));
    unsigned options = 0;
    reader->m_edgesUnfiltered =
        H5Pget_chunk_opts(properties, &options) >= 0 && (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0;
    return reader;
}

Hdf5ChunkReader::Hdf5ChunkReader(hid_t dataset, const TensorInfo &tensor, const Hdf5Record &record, std::int64_t fileBytes)
    : m_dataset(dataset), m_shape(tensor.shape), m_elementBytes(bytesOf(tensor.dtype)),
      m_rowBytes(tensor.rawCols() * m_elementBytes), m_chunkBytes(record.chunkBytes), m_fileBytes(fileBytes),
      m_largestBand(record.chunkRowBytes == record.chunkBytes ? std::max(largestBand, record.chunkBytes) : largestBand)
{ }

std::string Hdf5ChunkReader::read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    const std::int64_t end = row0 + rows, height = m_chunk[0];
    for (std::int64_t row = row0; row < end;) {
        const std::int64_t band = row / height;
        std::byte *const to = out.data() + (row - row0) * m_rowBytes;
        // Whole bands go where they belong; the last of the tensor is whole when all of its rows are wanted.
        const std::int64_t wholeEnd = end == m_shape[0] ? (end - 1) / height + 1 : end / height;
        if (row % height == 0 && band < wholeEnd) {
            const std::int64_t next = std::min(wholeEnd * height, end);
            if (std::string wrong = readBands(band, wholeEnd, {row, next, to}); !wrong.empty())
                return wrong;
            row = next;
            continue;
        }
        const std::int64_t bandRow = band * height;
        const std::int64_t bandRows = std::min(height, m_shape[0] - bandRow);
        const std::int64_t count = std::min(end, bandRow + bandRows) - row;
        if (bandRows * m_rowBytes > m_largestBand) {
            if (std::string wrong = readBands(band, band + 1, {row, row + count, to}); !wrong.empty())
                return wrong;
        } else {
            if (m_keptBand != band) {
                m_keptBand = -1;
                m_kept.resize(std::size_t(bandRows * m_rowBytes));
                const Target kept = {bandRow, bandRow + bandRows, m_kept.data()};
                if (std::string wrong = readBands(band, band + 1, kept); !wrong.empty())
                    return wrong;
                m_keptBand = band;
            }
            std::memcpy(to, m_kept.data() + (row - bandRow) * m_rowBytes, std::size_t(count * m_rowBytes));
        }
        row += count;
    }
    return {};
}

/// Those rows of bands [first, end) that `target` wants.
std::string Hdf5ChunkReader::readBands(std::int64_t first, std::int64_t end, const Target &target)
{
    std::vector<Chunk> chunks;
    std::size_t held = 0;
    for (std::int64_t band = first; band < end; ++band) {
        std::vector<hsize_t> offset(m_shape.size(), 0);
        offset[0] = hsize_t(band * m_chunk[0]);
        for (bool more = true; more;) {
            Chunk &chunk = chunks.emplace_back();
            chunk.offset = offset;
            if (std::string wrong = fetch(chunk); !wrong.empty())
                return wrong;
            held += chunk.stored.size() + sizeof(Chunk);
            more = false; // the next offset, the last dimension first
            for (std::size_t d = m_shape.size() - 1; d > 0 && !more; --d) {
                offset[d] += hsize_t(m_chunk[d]);
                more = offset[d] < hsize_t(m_shape[d]);
                if (!more)
                    offset[d] = 0;
            }
            if (held >= storedTogether) {
                if (std::string wrong = decode(chunks, target); !wrong.empty())
                    return wrong;
                chunks.clear();
                held = 0;
            }
        }
    }
    return decode(chunks, target);
}

/// What is stored of it, raw.
std::string Hdf5ChunkReader::fetch(Chunk &chunk) const
{
    hsize_t bytes = 0;
    if (H5Dget_chunk_storage_size(m_dataset, chunk.offset.data(), &bytes) < 0) {
        if (!wasNeverWritten(m_dataset, chunk.offset))
            return nameOf(chunk.offset) + " is not found: " + hdf5ErrorText();
        bytes = 0;
    }
    if (bytes == 0)
        return {};
    // What is stored may be a little longer than what it holds, never much.
    if (bytes > hsize_t(2 * m_chunkBytes + 1024) || bytes > hsize_t(m_fileBytes))
        return nameOf(chunk.offset) + " claims " + std::to_string(bytes) + " bytes, more than it can have";
    chunk.stored.resize(std::size_t(bytes));
    std::uint32_t skipped = 0;
    if (H5Dread_chunk(m_dataset, H5P_DEFAULT, chunk.offset.data(), &skipped, chunk.stored.data()) < 0)
        return nameOf(chunk.offset) + " is not there: " + hdf5ErrorText();
    chunk.skippedFilters = skippedFilters(chunk.offset, skipped);
    return {};
}

std::uint32_t Hdf5ChunkReader::skippedFilters(const std::vector<hsize_t> &offset, std::uint32_t stored) const
{
    if (m_edgesUnfiltered)
        for (std::size_t d = 0; d < offset.size(); ++d)
            if (std::int64_t(offset[d]) + m_chunk[d] > m_shape[d])
                return ~std::uint32_t(0);
    return stored;
}

std::string Hdf5ChunkReader::decode(const std::vector<Chunk> &chunks, const Target &target) const
{
    std::atomic<std::int64_t> damaged = std::int64_t(chunks.size()); // the first, found in any order
    const auto threads = std::clamp<std::int64_t>(decodedTogether / m_chunkBytes, 1, hardwareThreads());
    parallelBlocks(std::int64_t(chunks.size()), 1, int(threads), {}, [&](std::int64_t begin, std::int64_t end) {
        ChunkScratch scratch;
        for (std::int64_t i = begin; i < end; ++i) {
            const Chunk &chunk = chunks[std::size_t(i)];
            if (chunk.stored.empty()) {
                place(chunk, {}, target);
                continue;
            }
            const auto elements =
                decodeChunk(chunk.stored, m_filters, chunk.skippedFilters, std::size_t(m_chunkBytes), scratch);
            if (elements) {
                place(chunk, *elements, target);
                continue;
            }
            std::int64_t seen = damaged;
            while (i < seen && !damaged.compare_exchange_weak(seen, i)) { }
        }
    });
    if (damaged == std::int64_t(chunks.size()))
        return {};
    return nameOf(chunks[std::size_t(damaged)].offset) + " is damaged: its bytes are not what its filters wrote";
}

/// Copies what of a chunk lies within the tensor and the target, line by line along the last dimension; the fill value where
/// there are no elements.
void Hdf5ChunkReader::place(const Chunk &chunk, std::span<const std::byte> elements, const Target &target) const
{
    const std::size_t rank = m_shape.size(), last = rank - 1;
    const auto row = std::int64_t(chunk.offset[0]); // of the tensor, as are the target's
    std::vector<std::int64_t> begin(rank, 0), end(rank); // within the chunk
    for (std::size_t d = 0; d < rank; ++d)
        end[d] = std::min(m_chunk[d], m_shape[d] - std::int64_t(chunk.offset[d]));
    begin[0] = std::max<std::int64_t>(0, target.begin - row);
    end[0] = std::min(end[0], target.end - row);
    const std::int64_t length = end[last] - begin[last];
    if (end[0] <= begin[0])
        return;
    std::vector<std::int64_t> index = begin;
    for (bool more = true; more;) {
        std::int64_t from = 0, to = 0; // elements
        for (std::size_t d = 0; d < rank; ++d) {
            from = from * m_chunk[d] + index[d];
            to = to * m_shape[d] + index[d] + (d == 0 ? row - target.begin : std::int64_t(chunk.offset[d]));
        }
        std::byte *const out = target.out + to * m_elementBytes;
        if (!elements.empty())
            std::memcpy(out, elements.data() + from * m_elementBytes, std::size_t(length * m_elementBytes));
        else
            for (std::int64_t i = 0; i < length; ++i)
                std::memcpy(out + i * m_elementBytes, m_fill.data(), m_fill.size());
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
