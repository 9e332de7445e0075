// SPDX-License-Identifier: Apache-2.0
// Copies an HDF5 file with new values in some of its datasets. Private to core/io.
#pragma once

#include "core/io/file_patch.h"
#include "core/io/hdf5/helper.h"

namespace nms {

/// Contiguous datasets are overwritten in place, in this process. All others (chunked, compressed or not; compact; never
/// written) are written by libhdf5 in a helper process, which has only the copy open: filtered values change their size, and
/// the library finds space for them.
class Hdf5Patch final : public FilePatch
{
public:
    Hdf5Patch(const RegularFile &from, const AtomicFile &to, const std::string &helperProgram, const std::stop_token &stop);

    /// Determines how a tensor's rows are written; to be called before the first of them. Unsupported error if its filters
    /// can only be decoded.
    Status add(const TensorInfo &tensor, const Hdf5Record &record);

    Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw) override;
    Status finish(const std::stop_token &stop) override;

private:
    Hdf5Helper m_helper;
    std::unordered_map<std::string, Hdf5Record> m_records; // only those that the helper writes
    std::vector<std::byte> m_stored;
};

} // namespace nms
