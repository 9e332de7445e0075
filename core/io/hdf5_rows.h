// SPDX-License-Identifier: Apache-2.0
// One dataset of a file and its rows as the library reads them. Private to core/io.
#pragma once

#include "core/io/hdf5_listing.h"

#include <span>

namespace nms {

/// An open dataset and its type; the last one stays open, and with it the library's cache of chunks: panels need not begin
/// at a chunk's first row. One thread.
class Hdf5Dataset
{
public:
    /// `file` must outlive it. Input error where it cannot be opened, or has elements of another size than `elementBytes`.
    Status open(hid_t file, const std::string &path, const Hdf5Record &record, std::int64_t elementBytes);
    void close();

    hid_t id() const { return m_dataset; }
    hid_t type() const { return m_type; }

    /// Rows as stored, by H5Dread: whatever filters there are run inside the library. So chunks are read this way by nobody
    /// but the helper process. `shape` is the dataset's.
    Status read(std::span<const std::int64_t> shape, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) const;

private:
    Hdf5Id m_dataset;
    Hdf5Id m_type;
};

} // namespace nms
