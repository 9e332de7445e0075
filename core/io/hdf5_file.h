// SPDX-License-Identifier: Apache-2.0
// A weights file in HDF5. Private to core/io: others open it through weights_file.h.
#pragma once

#include "core/io/file_source.h"
#include "core/io/hdf5_chunks.h"
#include "core/io/hdf5_listing.h"
#include "core/io/hdf5_support.h"

namespace nms {

class Hdf5File final : public FileSource
{
public:
    /// `fileBytes`: the file's length, looked up by whoever found that it is HDF5.
    static Result<std::unique_ptr<Hdf5File>> open(const std::string &path, std::int64_t fileBytes);

    std::string_view format() const override { return "HDF5"; }
    Attributes attributes(const TensorInfo &tensor) override;
    /// Reads where the tensor's chunks lie; nothing comes of it (core/io/trial).
    void walkChunks(const TensorInfo &tensor);

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override;
    std::int64_t rowsTogether(std::size_t index) const override { return m_records[index].chunkRows; }

private:
    using FileSource::FileSource;
    Status openDataset(std::size_t index);

    Hdf5Id m_file;
    std::vector<Hdf5Record> m_records;
    // The dataset read last stays open, and with it its cache of chunks: panels need not begin at a chunk's first row.
    std::size_t m_openIndex = 0;
    Hdf5Id m_dataset;
    Hdf5Id m_type;
    std::unique_ptr<Hdf5ChunkReader> m_chunks; // null where the library reads
};

} // namespace nms
