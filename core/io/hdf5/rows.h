// SPDX-License-Identifier: Apache-2.0
// Reads and writes rows of one dataset with libhdf5; only used in the helper process. Private to core/io.
#pragma once

#include "core/io/hdf5/listing.h"

#include <span>
#include <vector>

namespace nms {

/// An open dataset. It stays open until the next open() or close(), and with it the library's chunk cache: panels need not
/// begin at a chunk's first row. Errors have neither `where` nor a remedy. One thread.
class Hdf5Dataset
{
public:
    /// `file` must outlive it. Input error if it cannot be opened, or has elements of another size than `elementBytes`.
    Status open(hid_t file, const std::string &path, const Hdf5Record &record, std::int64_t elementBytes);

    /// Reads rows in the file's element type by H5Dread: all filters run inside the library.
    Status read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out) const;

    /// Writes rows by H5Dwrite; the file must be open for writing. Filters may run later: when the dataset is closed.
    Status write(std::int64_t row0, std::int64_t rows, std::span<const std::byte> stored) const;

    /// Io error if data that was written cannot be filtered or stored.
    Status close();

    /// Stored size of a chunk; 0 if it was never written. Chunks are numbered in row-major order.
    Result<std::int64_t> storedBytes(std::int64_t chunk) const;
    /// Reads the stored bytes of a chunk without undoing filters; returns which filters were not applied (bit i: filter i).
    Result<std::uint32_t> readStored(std::int64_t chunk, std::span<std::byte> out) const;

private:
    struct Selection {
        Hdf5Id file, memory; // dataspaces
    };
    Result<Selection> select(std::int64_t row0, std::int64_t rows, std::size_t bytes) const;
    Result<std::vector<hsize_t>> offsetOf(std::int64_t chunk) const;

    Hdf5Id m_dataset;
    Hdf5Id m_type;
    std::vector<std::int64_t> m_shape;
    std::vector<std::int64_t> m_chunk; // empty where there are none
};

} // namespace nms
