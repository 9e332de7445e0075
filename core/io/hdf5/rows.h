// SPDX-License-Identifier: Apache-2.0
// One dataset of a file and its rows as the library reads them: in the helper process alone. Private to core/io.
#pragma once

#include "core/io/hdf5/listing.h"

#include <span>
#include <vector>

namespace nms {

/// An open dataset; the last one stays open, and with it the library's cache of chunks: panels need not begin at a chunk's
/// first row. Errors have neither place nor remedy. One thread.
class Hdf5Dataset
{
public:
    /// `file` must outlive it. Input error where it cannot be opened, or has elements of another size than `elementBytes`.
    Status open(hid_t file, const std::string &path, const Hdf5Record &record, std::int64_t elementBytes);

    /// Rows as stored, by H5Dread: whatever filters there are run inside the library.
    Status read(std::int64_t row0, std::int64_t rows, std::span<std::byte> out) const;

    /// The other way, by H5Dwrite, where the file was opened for that. Filters run later, too: when the dataset is closed.
    Status write(std::int64_t row0, std::int64_t rows, std::span<const std::byte> stored) const;

    /// Io error where what was written does not get through the filters or into the file.
    Status close();

    /// How much is stored of a chunk; 0 where it was never written. They are numbered row by row of chunks.
    Result<std::int64_t> storedBytes(std::int64_t chunk) const;
    /// All of that, no filter undone; which filters it went without.
    Result<std::uint32_t> readStored(std::int64_t chunk, std::span<std::byte> out) const;

private:
    struct Selection {
        Hdf5Id file, memory; // spaces
    };
    Result<Selection> select(std::int64_t row0, std::int64_t rows, std::size_t bytes) const;
    Result<std::vector<hsize_t>> offsetOf(std::int64_t chunk) const;

    Hdf5Id m_dataset;
    Hdf5Id m_type;
    std::vector<std::int64_t> m_shape;
    std::vector<std::int64_t> m_chunk; // empty where there are none
};

} // namespace nms
