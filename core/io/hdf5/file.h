// SPDX-License-Identifier: Apache-2.0
// A weights file in HDF5. Private to core/io: others open it through weights_file.h.
#pragma once

#include "core/io/disk/regular_file.h"
#include "core/io/file_source.h"
#include "core/io/hdf5/chunks.h"
#include "core/io/hdf5/helper.h"
#include "core/io/weights_format.h"

#include <optional>

namespace nms {

/// libhdf5 reads the file in a separate process, never in this one.
class Hdf5File final : public FileSource
{
public:
    /// `file` may be a window: a file inside another. `format` is the name of the format of the whole file (a constant).
    /// `stop` ends opening, and later all requests to the helper process: Cancelled.
    static Result<std::unique_ptr<Hdf5File>> open(RegularFile file, std::string_view format, const std::stop_token &stop,
                                                  const std::string &helperProgram = Hdf5Helper::installedProgram(),
                                                  const Hdf5Helper::Limits &limits = {});

    std::string_view format() const override { return m_format; }
    /// Adds an entry about the file as a whole; an existing entry of that name is kept.
    void addMetadata(const std::string &name, const std::string &value) { m_metadata.emplace(name, value); }
    Result<Attributes> attributes(const TensorInfo &tensor) override;
    Result<std::unique_ptr<FilePatch>> makePatch(std::span<const TensorInfo> replaced, const AtomicFile &copy,
                                                 const std::stop_token &stop) override;

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override;
    bool readsElements(std::size_t index) const override { return m_records[index].reading == Hdf5Reading::Contiguous; }
    Status readElements(std::size_t index, std::int64_t first, std::span<std::byte> out) override;
    std::int64_t rowsTogether(std::size_t index) const override
    {
        return m_records[index].chunk.empty() ? 1 : m_records[index].chunk.front();
    }
    std::int64_t rawRowsReadWithOne(std::size_t index) const override
    {
        return m_records[index].reading == Hdf5Reading::Chunks ? rowsTogether(index) : FileSource::rawRowsReadWithOne(index);
    }

private:
    Hdf5File(RegularFile file, std::string_view format, const std::stop_token &stop, const std::string &helperProgram,
             const Hdf5Helper::Limits &limits)
        : FileSource(file.path()), m_format(format), m_file(std::move(file)), m_helper(helperProgram, m_file, stop, limits)
    { }
    Status readStored(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

    const std::string_view m_format;
    const RegularFile m_file;
    Hdf5Helper m_helper;
    std::vector<Hdf5Record> m_records;
    // For the chunked tensor that was read last: panels need not begin at a chunk's first row.
    std::optional<std::size_t> m_chunksIndex;
    std::optional<Hdf5ChunkReader> m_chunks;
};

} // namespace nms
