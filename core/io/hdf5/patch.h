// SPDX-License-Identifier: Apache-2.0
// An HDF5 file once more, with other values in some of its datasets. Private to core/io.
#pragma once

#include "core/io/file_patch.h"
#include "core/io/hdf5/helper.h"

namespace nms {

/// Contiguous datasets are overwritten where they lie, by us. All others (chunks, compressed or not, compact ones, those
/// that were never written) go through libhdf5 in a helper process, which has only the copy open: what filters make of new
/// values has another size, and the library finds room for it.
class Hdf5Patch final : public FilePatch
{
public:
    Hdf5Patch(const RegularFile &from, const AtomicFile &to, const std::string &helperProgram, const std::stop_token &stop);

    /// How its rows are written; before the first of them. Unsupported error where its filters can only be undone.
    Status add(const TensorInfo &tensor, const Hdf5Record &record);

    Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw) override;
    Status finish(const std::stop_token &stop) override;

private:
    Hdf5Helper m_helper;
    std::unordered_map<std::string, Hdf5Record> m_records; // of those that the helper writes
    std::vector<std::byte> m_stored;
};

} // namespace nms
