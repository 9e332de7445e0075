// SPDX-License-Identifier: Apache-2.0
// Where weights come from: any file behind one lazy, row-panel interface.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/simd/weights_view.h"
#include "core/tensor/axes.h"
#include "core/tensor/dtype.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// One tensor as the file describes it; nothing of its data has been read.
struct TensorInfo {
    std::string path; // "/"-separated, without a leading slash: "encoder/layer/0/attention/self/query/weight"
    std::vector<std::int64_t> shape; // as stored
    DType dtype = DType::Other;
    std::string storedType; // the file's own name of the type, for messages ("H5T_IEEE_F16LE", "BF16", "I64")
    std::string layout; // "contiguous", "chunked 64×64, gzip+shuffle"
    std::string unreadable; // why its data cannot be read (external storage, missing filter, …); empty when it can
    std::string layer; // the file's own name of the layer, where it has one: "stem", "mha/query"
    std::string note; // what was taken for granted to read it, which its file does not say; empty when nothing was
    bool holdsNumbers = true; // false: text or references, which are no loss where only numbers can be kept
    Axes axes; // which dimensions are the matrix; set by the source (layout.h)

    /// Of f64 whose values leave float's range (fitToFloat): TensorSource::readRows gives value × 2^-exponent.
    int exponent = 0;

    /// Where this is one matrix of a stack alone (matrixOf), its number; `path` then ends in "[1,2]", `shape` stays the
    /// whole tensor's.
    std::optional<std::int64_t> matrix = {};

    /// `path` without that ending: the name in the file.
    std::string tensorPath() const { return matrix ? path.substr(0, path.rfind('[')) : path; }

    /// The matrices of the whole tensor.
    Stack stack() const;
    /// How many there are here, and the size of each: 1 where this is one alone. 0 × 0 of what is no matrix.
    std::int64_t matrices() const;
    std::int64_t matrixRows() const;
    /// The stacked view: all matrices, one below the other: a conv2d kernel (out, in, h, w) is (h · w · out) × in. Tiles
    /// never cross from one matrix to the next.
    std::int64_t rows() const;
    std::int64_t cols() const;
    std::int64_t elements() const; // of these; of the whole tensor where it is no matrix

    /// The slices along the first dimension that readRawRows counts in: the first × the rest for 2-D and more, n × 1 for a
    /// vector, 1 × 1 for a scalar.
    std::int64_t rawRows() const;
    std::int64_t rawCols() const;

    /// True when it can be pruned: floating point, a matrix or a stack of them, no zero dimension, readable.
    bool isMatrix() const;

    /// "conv2d kernel, 9 matrices 64 × 32 (out × in)", "linear, 64 × 32 (out × in)"; why it is no matrix otherwise.
    std::string axesText() const;
};

/// Matrix number `matrix` of a stack alone: all that takes a TensorInfo takes it, too.
TensorInfo matrixOf(const TensorInfo &tensor, std::int64_t matrix);

/// Something in a file that is not looked into, and why (an external link, a link to itself, a name that is no text).
struct SkippedEntry {
    std::string path;
    std::string reason;
    bool holdsNumbers = true; // false where no number of this file is left out by it: a link, an empty dataset
};

/// A weights file. Not thread-safe: one reader at a time (use one source per thread).
/// Every read error names the file and the tensor.
class TensorSource
{
public:
    virtual ~TensorSource() = default;

    virtual const std::string &fileName() const = 0;

    /// "HDF5", "safetensors", …
    virtual std::string_view format() const { return {}; }

    /// In the file's order, or sorted by path where the file has none. Names are unique.
    virtual const std::vector<TensorInfo> &tensors() const = 0;

    /// Says what the axes of a tensor are, whatever its name and shape tell: letters that go with its shape. Ignored where
    /// there is no such tensor, and by sources of plain matrices alone.
    virtual void setAxes(const std::string &, const Axes &) { }

    /// What was not listed as a tensor.
    virtual const std::vector<SkippedEntry> &skipped() const;

    /// Free-form facts about the file as a whole: safetensors `__metadata__`, string attributes of the HDF5 root.
    virtual const std::map<std::string, std::string> &metadata() const;

    /// Reads rows [row0, row0 + out.rows) of the stacked view as float32; out.cols must equal tensor.cols().
    /// f64 is divided by 2^TensorInfo::exponent and rounded to nearest; what overflows becomes ±Inf. NaN and Inf are passed
    /// on as they are.
    virtual Status readRows(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out) = 0;

    /// The same rows as raw little-endian bytes of the tensor's own dtype (any but Other), rows × cols × bytesOf(dtype).
    /// Those of readRawRows where a source has nothing but plain matrices.
    virtual Status readMatrixRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
    {
        return readRawRows(tensor, row0, rows, out);
    }

    /// Rows of rawRows() in the file's own order, rows × rawCols × bytesOf(dtype) raw little-endian bytes: vectors and
    /// scalars can be read, too.
    virtual Status readRawRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) = 0;
};

/// The tensor at `path` (a leading slash is ignored), or an Input error that lists near names. "conv.weight[1,2]" is the
/// matrix at h = 1, w = 2 of a stack, unless a tensor has this very name.
Result<TensorInfo> findTensor(const TensorSource &source, std::string_view path);

/// An error of something that knows no file (a solver), with file and tensor put before its place unless they are there.
Error errorIn(const std::string &fileName, const std::string &path, Error error);

/// Input error naming the file, the tensor and the first (row, column) that is NaN or Inf in rows starting at `row0`.
Status requireFinite(const WeightsView &rows, std::int64_t row0, const TensorSource &source, const TensorInfo &tensor);

} // namespace nms
