// SPDX-License-Identifier: Apache-2.0
// Where tensors are written to: one interface over all formats. Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/io/disk/atomic_file.h"
#include "core/tensor/tensor_source.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nms {

enum class Storage {
    Plain, // contiguous
    Compressed, // HDF5: chunked, shuffle + gzip; safetensors has no compression
};

/// Writes to a temporary file and puts it in place with commit(). Call order: (begin, write…, finish)…, commit. One
/// thread; after an error only destroy it.
class TensorSink
{
public:
    /// By the ending of `target`, one of a format in weights_format.h that is written; Usage error for others. Else as
    /// AtomicFile::create.
    static Result<std::unique_ptr<TensorSink>> create(const std::string &target, const std::string &input);
    virtual ~TensorSink() = default;

    const std::string &target() const { return m_file.target(); }

    static std::int64_t rawBytes(const TensorInfo &tensor); // INT64_MAX where that is more

    /// The type that this format keeps 0/1 bytes in: uint8 in HDF5, BOOL in safetensors.
    virtual DType flagType() const = 0;

    /// What is surely written for such a tensor. What compression leaves is not known before: then it is the least possible.
    virtual std::int64_t leastBytes(const TensorInfo &tensor, Storage storage) const = 0;

    /// Io error, naming how much is missing, where there is no room for so much.
    Status requireRoom(std::int64_t bytes) const { return m_file.requireRoom(bytes, diskBytes(bytes)); }
    std::optional<std::string> roomWarning(std::int64_t bytes) const { return m_file.roomWarning(bytes, diskBytes(bytes)); }

    /// Those of `tensors` (path and dtype are used) that this format cannot hold, each with the reason, in their order: a
    /// name that it cannot spell, a type that it has not, or a name that cannot stand beside one before it. What is not
    /// named here fits together. Nothing is written. The lists are for before the work; begin() checks again.
    virtual std::vector<SkippedEntry> unfit(std::span<const TensorInfo> tensors) const = 0;
    /// The same of metadata that commit() will be given: keys and why not.
    virtual std::vector<SkippedEntry> unfitMetadata(const std::map<std::string, std::string> &metadata) const = 0;

    /// Unsupported error of the first that is unfit.
    Status requireFit(std::span<const TensorInfo> tensors) const;

    /// Path, shape and dtype are used. Unsupported error when the format cannot hold such a name or type.
    virtual Status begin(const TensorInfo &tensor, Storage storage) = 0;

    /// The next rows, raw and little-endian: a whole number of TensorInfo::rawRows.
    virtual Status write(std::span<const std::byte> rows) = 0;

    /// `attributes` are kept beside the tensor.
    virtual Status finish(const Attributes &attributes) = 0;

    /// `metadata` is about the file as a whole.
    virtual Status commit(const std::map<std::string, std::string> &metadata) = 0;

protected:
    explicit TensorSink(AtomicFile file) : m_file(std::move(file)) { }
    std::string where(const TensorInfo &tensor) const { return target() + ": " + tensor.path; }

    /// The most that the disk holds at a time for a file of so many bytes.
    virtual std::int64_t diskBytes(std::int64_t fileBytes) const { return fileBytes; }

    AtomicFile m_file;
};

Result<std::unique_ptr<TensorSink>> createHdf5Sink(AtomicFile file);
Result<std::unique_ptr<TensorSink>> createSafetensorsSink(AtomicFile file);

} // namespace nms
