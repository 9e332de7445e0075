// SPDX-License-Identifier: Apache-2.0
// Base class of the sources of all formats: bookkeeping, argument checks, decoding to float32. Private to core/io.
#pragma once

#include "core/io/attributes.h"
#include "core/io/memory_tensor.h"
#include "core/io/stacked_rows.h"
#include "core/tensor/tensor_source.h"

#include <memory>
#include <span>
#include <stop_token>
#include <unordered_map>

namespace nms {

class AtomicFile;
class FilePatch;

class FileSource : public TensorSource
{
public:
    const std::string &fileName() const final { return m_fileName; }
    const std::vector<TensorInfo> &tensors() const final { return m_tensors; }
    const std::vector<SkippedEntry> &skipped() const final { return m_skipped; }
    const std::map<std::string, std::string> &metadata() const final { return m_metadata; }
    Status readRows(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out) final;
    Status readMatrixRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) final;
    bool readsInParallel(const TensorInfo &tensor) const final;
    std::int64_t rowsReadWithOne(const TensorInfo &tensor) const final;
    Status readRawRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) final;

    void setAxes(const std::string &path, const Axes &axes) final;

    /// Attributes stored with one tensor; empty if there are none.
    virtual Result<Attributes> attributes(const TensorInfo &tensor) = 0;

    /// Creates a patch that makes `copy` a copy of this file, byte for byte except for the values of the tensors `replaced`
    /// (file_patch.h). This source and `copy` must outlive it; nothing is copied yet. Unsupported error, naming the tensor,
    /// if one of them cannot be written; Usage error by default: the format is read but not written. For an archive, the
    /// file that is copied is the weights file in it.
    virtual Result<std::unique_ptr<FilePatch>> makePatch(std::span<const TensorInfo> replaced, const AtomicFile &copy,
                                                         const std::stop_token &stop);

protected:
    explicit FileSource(std::string fileName) : m_fileName(std::move(fileName)) { }

    /// Stores the list and determines the axes (layout.h). The format's own records must be in the same order; m_metadata
    /// must have been set before.
    void setTensors(std::vector<TensorInfo> tensors);

    /// Reads raw rows [row0, row0 + rows) of tensor number `index`; arguments have been checked, out has the exact size and
    /// is not empty.
    virtual Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) = 0;

    /// Reads elements of tensor number `index` in the file's order, from number `first` on. Called only if readsElements():
    /// for tensors whose elements can be read without reading whole raw rows.
    virtual bool readsElements(std::size_t) const { return false; }
    virtual bool readsElementsInParallel() const { return false; } // by several threads at once
    virtual Status readElements(std::size_t index, std::int64_t first, std::span<std::byte> out);

    /// Rows [row0, row0 + rows) of the stacked view of the whole tensor, packed, in its own type; arguments have been
    /// checked, out is not empty. By default gathered out of raw rows.
    virtual Status readStacked(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

    /// Decodes rows [row0, row0 + out.rows) of the stacked view of the whole tensor to float32; arguments have been checked,
    /// out is not empty. By default the rows' bytes are decoded according to their dtype. A source whose rows are stored as
    /// blocks (quantised weights) sets the tensor's dtype to the one that blocks decode to (F32, F16), overrides this to
    /// decode block by block, and returns the same rows in that dtype from readRaw, so that they can be written as well.
    virtual Status decodeRows(std::size_t index, std::int64_t row0, Span2d<float> out);
    /// The same for f64 only, with each value multiplied by 2^-exponent.
    Status decodeScaled(std::size_t index, std::int64_t row0, int exponent, Span2d<float> out);

    /// Number of rows that are best read together (the height of a chunk).
    virtual std::int64_t rowsTogether(std::size_t index) const = 0;
    /// Number of raw rows that have to be read to read one.
    virtual std::int64_t rawRowsReadWithOne(std::size_t index) const
    {
        return readsElements(index) ? 1 : m_tensors[index].rawRows();
    }

    /// Index of this tensor, or an Internal error if it does not belong to this source.
    Result<std::size_t> indexOf(const TensorInfo &tensor) const;
    std::string where(const TensorInfo &tensor) const { return m_fileName + ": " + tensor.path; }

    std::vector<SkippedEntry> m_skipped;
    std::map<std::string, std::string> m_metadata;

private:
    Status checkRange(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::int64_t rowCount) const;
    Status readFileOrder(std::size_t index, std::int64_t first, std::span<std::byte> out);
    Result<std::span<const std::byte>> rawRow(std::size_t index, std::int64_t row);

    std::string m_fileName;
    std::vector<TensorInfo> m_tensors;
    std::unordered_map<std::string, std::size_t> m_indexByPath;
    RawRowCache m_rawRows;
};

/// Like openWeights (weights_file.h), but only for core/io, which also needs the attributes of the tensors.
Result<std::unique_ptr<FileSource>> openFileSource(const std::string &file, const std::stop_token &stop);
/// Likewise as openMemory (memory_source.h).
Result<std::unique_ptr<FileSource>> openMemorySource(std::string name, std::vector<MemoryTensor> tensors,
                                                     std::string format = "memory");

} // namespace nms
