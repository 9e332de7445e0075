// SPDX-License-Identifier: Apache-2.0
// The interface for writing tensors, the same for all formats. Private to core/io.
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

/// Writes to a temporary file that commit() renames to the target. Call order: (begin, write…, finish)…, commit. One thread;
/// after an error only destroy it.
class TensorSink
{
public:
    /// The extension of `target` determines the format (weights_format.h); Usage error if that cannot be written. Other
    /// errors as AtomicFile::create.
    static Result<std::unique_ptr<TensorSink>> create(const std::string &target, const std::string &input);
    virtual ~TensorSink() = default;

    const std::string &target() const { return m_file.target(); }

    static std::int64_t rawBytes(const TensorInfo &tensor); // saturates at INT64_MAX

    /// The dtype in which this format stores bytes that are 0 or 1: uint8 in HDF5, BOOL in safetensors.
    virtual DType flagType() const = 0;

    /// Lower bound of the bytes written for such a tensor; if compressed, the smallest possible size, since the actual one
    /// is not known beforehand.
    virtual std::int64_t leastBytes(const TensorInfo &tensor, Storage storage) const = 0;

    /// Io error, naming how much space is missing, if a file of `bytes` bytes does not fit.
    Status requireRoom(std::int64_t bytes) const { return m_file.requireRoom(bytes, diskBytes(bytes)); }
    std::optional<std::string> roomWarning(std::int64_t bytes) const { return m_file.roomWarning(bytes, diskBytes(bytes)); }

    /// Those of `tensors` (path and dtype are used) that this format cannot hold, each with the reason, in their order: an
    /// invalid name, an unsupported type, or a name that conflicts with one before it. All others can be written together.
    /// Writes nothing: to be called before the work; begin() checks again.
    virtual std::vector<SkippedEntry> unfit(std::span<const TensorInfo> tensors) const = 0;
    /// The same for the metadata that will be passed to commit(): keys and reasons.
    virtual std::vector<SkippedEntry> unfitMetadata(const std::map<std::string, std::string> &metadata) const = 0;

    /// Unsupported error for the first tensor that is unfit.
    Status requireFit(std::span<const TensorInfo> tensors) const;

    /// Path, shape and dtype are used. Unsupported error when the format cannot hold such a name or type.
    virtual Status begin(const TensorInfo &tensor, Storage storage) = 0;

    /// The next rows, raw and little-endian: a whole number of TensorInfo::rawRows.
    virtual Status write(std::span<const std::byte> rows) = 0;

    /// Ends the tensor; `attributes` are stored with it.
    virtual Status finish(const Attributes &attributes) = 0;

    /// Puts the file in place; `metadata` describes the file as a whole.
    virtual Status commit(const std::map<std::string, std::string> &metadata) = 0;

protected:
    explicit TensorSink(AtomicFile file) : m_file(std::move(file)) { }
    std::string where(const TensorInfo &tensor) const { return target() + ": " + tensor.path; }

    /// The most disk space in use at any time for a file of `fileBytes` bytes.
    virtual std::int64_t diskBytes(std::int64_t fileBytes) const { return fileBytes; }

    AtomicFile m_file;
};

Result<std::unique_ptr<TensorSink>> createHdf5Sink(AtomicFile file);
Result<std::unique_ptr<TensorSink>> createSafetensorsSink(AtomicFile file);

} // namespace nms
