// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/rows.h"

#include <algorithm>

namespace nms {

namespace {

constexpr std::int64_t usualCache = 256 << 20; // bytes of chunks

const char *const changed = "changed while it was open";

/// Whether H5Dget_chunk_storage_size has just failed because the chunk was never written, which is not an error here.
bool wasNeverWritten(hid_t dataset, const std::vector<hsize_t> &offset)
{
    if (hdf5ErrorText().starts_with("chunk storage is not allocated")) // the text in 1.10 and 1.14
        return true;
    haddr_t address = 0;
    hsize_t bytes = 0;
    unsigned skipped = 0;
    // Slow: searches all chunks one by one.
    return H5Dget_chunk_info_by_coord(dataset, offset.data(), &skipped, &address, &bytes) >= 0 && address == HADDR_UNDEF;
}

} // namespace

Status Hdf5Dataset::open(hid_t file, const std::string &path, const Hdf5Record &record, std::int64_t elementBytes)
{
    m_dataset.close();
    m_type.close();
    m_shape.clear();
    m_chunk.clear();
    const Hdf5Id access(H5Pcreate(H5P_DATASET_ACCESS));
    if (record.chunkRowBytes > 0) {
        // One row of chunks and one more chunk, or at least one chunk; the number of hash slots should be a prime well above
        // the number of chunks.
        const std::int64_t row = std::min(record.chunkRowBytes, usualCache) + record.chunkBytes;
        const std::int64_t cache = std::max(std::min(row, usualCache), record.chunkBytes);
        H5Pset_chunk_cache(access, 12421, std::size_t(std::max<std::int64_t>(cache, 1 << 20)), 1.0);
    }
    m_dataset = Hdf5Id(H5Dopen2(file, path.c_str(), access));
    m_type = Hdf5Id(m_dataset.valid() ? H5Dget_type(m_dataset) : H5I_INVALID_HID);
    if (!m_dataset.valid() || !m_type.valid())
        return fail(ErrorKind::Input, {}, "cannot be opened: " + hdf5ErrorText());
    if (H5Tget_size(m_type) != std::size_t(elementBytes))
        return fail(ErrorKind::Input, {}, changed);
    const Hdf5Id space(H5Dget_space(m_dataset));
    const Hdf5Id properties(H5Dget_create_plist(m_dataset));
    hsize_t dimensions[H5S_MAX_RANK] = {};
    const int rank = H5Sget_simple_extent_dims(space, dimensions, nullptr);
    m_shape.assign(dimensions, dimensions + std::max(0, rank));
    if (H5Pget_layout(properties) == H5D_CHUNKED && H5Pget_chunk(properties, H5S_MAX_RANK, dimensions) == rank)
        m_chunk.assign(dimensions, dimensions + rank);
    return {};
}

Status Hdf5Dataset::close()
{
    const bool closed = m_dataset.close();
    return closed ? Status() : fail(ErrorKind::Io, {}, "cannot be written: " + hdf5ErrorText());
}

Result<Hdf5Dataset::Selection> Hdf5Dataset::select(std::int64_t row0, std::int64_t rows, std::size_t bytes) const
{
    Hdf5Id fileSpace(H5Dget_space(m_dataset));
    const hsize_t elements = bytes / std::max<std::size_t>(1, H5Tget_size(m_type));
    Hdf5Id memorySpace(H5Screate_simple(1, &elements, nullptr));
    if (!m_shape.empty()) {
        std::vector<hsize_t> start(m_shape.size(), 0);
        std::vector<hsize_t> count(m_shape.begin(), m_shape.end());
        start[0] = hsize_t(row0);
        count[0] = hsize_t(rows);
        H5Sselect_hyperslab(fileSpace, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    }
    // The library transfers as many elements as are selected: they must fit the buffer exactly.
    if (!fileSpace.valid() || H5Sget_select_npoints(fileSpace) != hssize_t(elements))
        return fail(ErrorKind::Input, {}, changed);
    return Selection{std::move(fileSpace), std::move(memorySpace)};
}

// read() and write() use the file's own type in memory: a conversion by the library would take 16-bit floats one by one.

Status Hdf5Dataset::write(std::int64_t row0, std::int64_t rows, std::span<const std::byte> stored) const
{
    const auto selection = select(row0, rows, stored.size());
    if (!selection)
        return fail(selection.error());
    if (H5Dwrite(m_dataset, m_type, selection->memory, selection->file, H5P_DEFAULT, stored.data()) < 0)
        return fail(ErrorKind::Io, {}, "cannot be written: " + hdf5ErrorText());
    return {};
}

Status Hdf5Dataset::read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out) const
{
    const auto selection = select(row0, rows, out.size());
    if (!selection)
        return fail(selection.error());
    if (H5Dread(m_dataset, m_type, selection->memory, selection->file, H5P_DEFAULT, out.data()) < 0)
        return fail(ErrorKind::Input, {}, "cannot be read: " + hdf5ErrorText());
    return {};
}

Result<std::vector<hsize_t>> Hdf5Dataset::offsetOf(std::int64_t chunk) const
{
    std::vector<hsize_t> offset(m_chunk.size());
    for (std::size_t d = m_chunk.size(); d-- > 0;) {
        const std::int64_t along = chunksAlong(m_shape[d], m_chunk[d]);
        if (along <= 0)
            return fail(ErrorKind::Input, {}, changed);
        offset[d] = hsize_t(chunk % along * m_chunk[d]);
        chunk /= along;
    }
    if (m_chunk.empty() || chunk != 0)
        return fail(ErrorKind::Input, {}, changed);
    return offset;
}

Result<std::int64_t> Hdf5Dataset::storedBytes(std::int64_t chunk) const
{
    const auto offset = offsetOf(chunk);
    if (!offset)
        return fail(offset.error());
    hsize_t bytes = 0;
    if (H5Dget_chunk_storage_size(m_dataset, offset->data(), &bytes) >= 0)
        return std::int64_t(std::min<hsize_t>(bytes, hsize_t(INT64_MAX)));
    if (wasNeverWritten(m_dataset, *offset))
        return 0;
    return fail(ErrorKind::Input, {}, "has a chunk that is not found: " + hdf5ErrorText());
}

Result<std::uint32_t> Hdf5Dataset::readStored(std::int64_t chunk, std::span<std::byte> out) const
{
    const auto offset = offsetOf(chunk);
    if (!offset)
        return fail(offset.error());
    std::uint32_t skipped = 0;
    if (!out.empty() && H5Dread_chunk(m_dataset, H5P_DEFAULT, offset->data(), &skipped, out.data()) < 0)
        return fail(ErrorKind::Input, {}, "has a chunk that cannot be read: " + hdf5ErrorText());
    return skipped;
}

} // namespace nms
