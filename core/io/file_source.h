// SPDX-License-Identifier: Apache-2.0
// What the sources of all formats share: bookkeeping, argument checks, decoding to float32. Private to core/io.
#pragma once

#include "core/io/attributes.h"
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
    Status readRawRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) final;

    void setAxes(const std::string &path, const Axes &axes) final;

    /// Facts stored beside one tensor; empty when there are none.
    virtual Result<Attributes> attributes(const TensorInfo &tensor) = 0;

    /// What makes `copy` this file again, byte for byte but for the values of the tensors `replaced` (file_patch.h). Both
    /// must outlive it; nothing is copied yet. Unsupported error, naming the tensor, where one of them cannot be written in
    /// place; Usage error by default: the format is read but not written. Of an archive, the weights
    /// file in it is meant.
    virtual Result<std::unique_ptr<FilePatch>> makePatch(std::span<const TensorInfo> replaced, const AtomicFile &copy,
                                                         const std::stop_token &stop);

protected:
    explicit FileSource(std::string fileName) : m_fileName(std::move(fileName)) { }

    /// Takes the list over and tells the axes (layout.h); the format's own records are kept in the same order. m_metadata
    /// is there already.
    void setTensors(std::vector<TensorInfo> tensors);

    /// Reads rawRows [row0, row0 + rows) of tensor number `index`; arguments have been checked, out has the exact size
    /// and is not empty.
    virtual Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) = 0;

    /// Any elements of tensor number `index`, in the file's order, where they can be had without their whole raw rows: then
    /// readsElements() is true.
    virtual bool readsElements(std::size_t) const { return false; }
    virtual Status readElements(std::size_t index, std::int64_t first, std::span<std::byte> out);

    /// Rows [row0, row0 + rows) of the stacked view of the whole tensor, packed, in its own type; arguments have been
    /// checked, out is not empty. By default gathered out of raw rows.
    virtual Status readStacked(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out);

    /// Decodes rows [row0, row0 + out.rows) of the stacked view of the whole tensor to float32; arguments have been checked,
    /// out is not empty. By default the rows' bytes are decoded by their dtype. A source whose rows are coded in blocks
    /// (quantised weights) gives the tensor the dtype that blocks decode to (F32, F16), overrides this to decode block by
    /// block, and has readRaw give the same rows in that dtype, so that they can be written, too.
    virtual Status decodeRows(std::size_t index, std::int64_t row0, Span2d<float> out);
    /// The same of f64 alone, times 2^-exponent.
    Status decodeScaled(std::size_t index, std::int64_t row0, int exponent, Span2d<float> out);

    /// Rows that are best read together (a row of chunks).
    virtual std::int64_t rowsTogether(std::size_t index) const = 0;

    /// Number of this tensor, or an Internal error when it is not one of ours.
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

} // namespace nms
