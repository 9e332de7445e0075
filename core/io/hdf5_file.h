// SPDX-License-Identifier: Apache-2.0
// A weights file in HDF5. Private to core/io: others open it through weights_file.h.
#pragma once

#include "core/io/file_source.h"
#include "core/io/hdf5_chunks.h"
#include "core/io/hdf5_helper.h"
#include "core/io/hdf5_listing.h"
#include "core/io/hdf5_rows.h"
#include "core/io/hdf5_support.h"

namespace nms {

class Hdf5File final : public FileSource
{
public:
    /// `fileBytes`: the file's length, looked up by whoever found that it is HDF5. The helper process tries the file first,
    /// unless NMS_NO_TRIAL is set in the environment. `stop` ends opening, and later all that the helper does: Cancelled.
    static Result<std::unique_ptr<Hdf5File>> open(const std::string &path, std::int64_t fileBytes,
                                                  const std::stop_token &stop,
                                                  const std::string &helperProgram = Hdf5Helper::installedProgram());

    std::string_view format() const override { return "HDF5"; }
    Attributes attributes(const TensorInfo &tensor) override;

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override;
    std::int64_t rowsTogether(std::size_t index) const override { return m_records[index].chunkRows; }

private:
    Hdf5File(const std::string &path, std::int64_t fileBytes, const std::stop_token &stop, const std::string &helperProgram)
        : FileSource(path), m_fileBytes(fileBytes), m_helper(helperProgram, path, stop)
    { }
    Status openDataset(std::size_t index);
    Status readStored(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

    const std::int64_t m_fileBytes;
    Hdf5Helper m_helper;
    Hdf5Id m_file;
    std::vector<Hdf5Record> m_records;
    std::optional<std::size_t> m_openIndex; // of the dataset that is open: the one read last
    Hdf5Dataset m_dataset;
    std::unique_ptr<Hdf5ChunkReader> m_chunks; // null where there are no chunks, or none that we decode
};

} // namespace nms
