// SPDX-License-Identifier: Apache-2.0
// Copies a weights file with new values in some of its tensors. Private to core/io.
#pragma once

#include "core/base/progress.h"
#include "core/io/disk/atomic_file.h"
#include "core/io/disk/regular_file.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace nms {

/// Copies the file byte for byte and then overwrites rows of tensors in place. Formats in which not every tensor is stored
/// as plain rows (compressed HDF5) derive from it. Created by FileSource::makePatch; source and target must outlive it. Call
/// order: copy, write…, finish; then the target is complete and can be committed. One thread.
class FilePatch
{
public:
    /// Offset of a tensor's first byte in the copy; its rows are contiguous.
    struct Place {
        std::int64_t offset = 0;
        bool bigEndian = false;
    };

    FilePatch(const RegularFile &from, const AtomicFile &to) : m_from(from), m_to(to) { }
    FilePatch(const FilePatch &) = delete;
    FilePatch &operator=(const FilePatch &) = delete;
    virtual ~FilePatch() = default;

    void setPlace(const std::string &path, Place place) { m_places[path] = place; }
    /// nullopt if the tensor is not stored as plain rows.
    std::optional<Place> placeOf(const std::string &path) const;
    const RegularFile &from() const { return m_from; }
    std::int64_t bytes() const { return m_from.size(); } // of the copy, before rows are written

    /// Errors as copyFile (file_copy.h).
    virtual Status copy(const std::stop_token &stop, ProgressMeter &meter);

    /// Writes whole rows from `rawRow0` on, little-endian; they must be within the tensor.
    virtual Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw);

    virtual Status finish(const std::stop_token &) { return {}; }

protected:
    std::string where(const TensorInfo &tensor) const { return m_to.target() + ": " + tensor.path; }

    const RegularFile &m_from;
    const AtomicFile &m_to;

private:
    std::unordered_map<std::string, Place> m_places;
    std::vector<std::byte> m_swapped;
};

} // namespace nms
