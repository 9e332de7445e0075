// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5_rows.h"

#include <algorithm>

namespace nms {

namespace {

constexpr std::int64_t usualCache = 256 << 20; // bytes of chunks

} // namespace

Status Hdf5Dataset::open(hid_t file, const std::string &path, const Hdf5Record &record, std::int64_t elementBytes)
{
    close();
    const Hdf5Id access(H5Pcreate(H5P_DATASET_ACCESS));
    if (record.chunkRowBytes > 0) {
        // One row of chunks and one more chunk, or at least one chunk; the table of slots wants a prime well above the
        // number of chunks.
        const std::int64_t row = std::min(record.chunkRowBytes, usualCache) + record.chunkBytes;
        const std::int64_t cache = std::max(std::min(row, usualCache), record.chunkBytes);
        H5Pset_chunk_cache(access, 12421, std::size_t(std::max<std::int64_t>(cache, 1 << 20)), 1.0);
    }
    m_dataset = Hdf5Id(H5Dopen2(file, path.c_str(), access));
    m_type = Hdf5Id(m_dataset.valid() ? H5Dget_type(m_dataset) : H5I_INVALID_HID);
    if (!m_dataset.valid() || !m_type.valid())
        return fail(ErrorKind::Input, {}, "cannot be opened: " + hdf5ErrorText());
    if (H5Tget_size(m_type) != std::size_t(elementBytes))
        return fail(ErrorKind::Input, {}, "changed while it was open", "open the file again");
    return {};
}

void Hdf5Dataset::close()
{
    m_dataset.close();
    m_type.close();
}

Status Hdf5Dataset::read(std::span<const std::int64_t> shape, std::int64_t row0, std::int64_t rows,
                         std::span<std::byte> out) const
{
    const Hdf5Id fileSpace(H5Dget_space(m_dataset));
    const hsize_t elements = out.size() / std::max<std::size_t>(1, H5Tget_size(m_type));
    const Hdf5Id memorySpace(H5Screate_simple(1, &elements, nullptr));
    if (!shape.empty()) {
        std::vector<hsize_t> start(shape.size(), 0);
        std::vector<hsize_t> count(shape.begin(), shape.end());
        start[0] = hsize_t(row0);
        count[0] = hsize_t(rows);
        H5Sselect_hyperslab(fileSpace, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    }
    // The library writes as many elements as are selected: no more than there is room for.
    if (!fileSpace.valid() || H5Sget_select_npoints(fileSpace) != hssize_t(elements))
        return fail(ErrorKind::Input, {}, "changed while it was open", "open the file again");
    // The file's own type in memory: no conversion by the library, which would take 16-bit floats one by one.
    if (H5Dread(m_dataset, m_type, memorySpace, fileSpace, H5P_DEFAULT, out.data()) < 0)
        return fail(ErrorKind::Input, {}, "cannot be read: " + hdf5ErrorText());
    return {};
}

} // namespace nms
