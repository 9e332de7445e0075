// SPDX-License-Identifier: Apache-2.0
// Where weights come from: files of any format behind one lazy interface that reads panels of rows.
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
    std::string unreadable; // why its data cannot be read (external storage, missing filter, …); otherwise empty
    std::string layer; // the file's own name of the layer, where it has one: "stem", "mha/query"
    std::string note; // what the reader had to assume because the file does not say it; otherwise empty
    bool holdsNumbers = true; // false: text or references, which need not be kept where only numbers can be
    Axes axes; // which dimensions are the matrix; set by the source (layout.h)

    /// For f64 whose values exceed float's range (fitToFloat): TensorSource::readRows gives value × 2^-exponent.
    int exponent = 0;

    /// The number of the matrix where this is a single matrix of a stack (matrixOf); then `path` ends in "[1,2]" and
    /// `shape` is still that of the whole tensor.
    std::optional<std::int64_t> matrix = {};

    /// `path` without that suffix: the name in the file.
    std::string tensorPath() const { return matrix ? path.substr(0, path.rfind('[')) : path; }

    /// The matrices of the whole tensor.
    Stack stack() const;
    /// Number of matrices here (1 for a single one of a stack), and their size: 0 × 0 where this is not a matrix.
    std::int64_t matrices() const;
    std::int64_t matrixRows() const;
    /// Size of the stacked view, with all matrices one below the other: a conv2d kernel (out, in, h, w) is (h · w · out) ×
    /// in. Tiles never cross from one matrix to the next.
    std::int64_t rows() const;
    std::int64_t cols() const;
    std::int64_t elements() const; // of the stacked view; of the whole tensor where it is not a matrix

    /// The slices along the first dimension by which readRawRows counts: first dimension × the rest for 2-D and more, n × 1
    /// for a vector, 1 × 1 for a scalar.
    std::int64_t rawRows() const;
    std::int64_t rawCols() const;

    /// True when it can be pruned: floating point, a matrix or a stack of them, no zero dimension, readable.
    bool isMatrix() const;

    /// "conv2d kernel, 9 matrices 64 × 32 (out × in)", "linear, 64 × 32 (out × in)"; otherwise why it is not a matrix.
    std::string axesText() const;
};

/// Matrix number `matrix` of a stack as a tensor of its own, accepted wherever a TensorInfo is.
TensorInfo matrixOf(const TensorInfo &tensor, std::int64_t matrix);

/// An entry of a file that is not listed as a tensor, and why (an external link, a link to itself, a name that is not
/// text).
struct SkippedEntry {
    std::string path;
    std::string reason;
    bool holdsNumbers = true; // false where no numbers are lost by skipping it: a link, an empty dataset
};

/// A weights file. Not thread-safe: use one source per thread. Every read error names the file and the tensor.
class TensorSource
{
public:
    virtual ~TensorSource() = default;

    virtual const std::string &fileName() const = 0;

    /// "HDF5", "safetensors", …
    virtual std::string_view format() const { return {}; }

    /// In the file's order, or sorted by path where the file has none. Names are unique.
    virtual const std::vector<TensorInfo> &tensors() const = 0;

    /// Overrides the axes of a tensor, whatever its name and shape say; the letters must fit its shape. Ignored where there
    /// is no such tensor, and by sources that only hold plain matrices.
    virtual void setAxes(const std::string &, const Axes &) { }

    /// What was not listed as a tensor.
    virtual const std::vector<SkippedEntry> &skipped() const;

    /// Free-form metadata of the whole file: safetensors `__metadata__`, string attributes of the HDF5 root.
    virtual const std::map<std::string, std::string> &metadata() const;

    /// Reads rows [row0, row0 + out.rows) of the stacked view as float32; out.cols must equal tensor.cols(). f64 is divided
    /// by 2^TensorInfo::exponent and rounded to nearest; overflow becomes ±Inf. NaN and Inf are passed through.
    virtual Status readRows(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out) = 0;

    /// The same rows as raw little-endian bytes of the tensor's own dtype (any but Other), rows × cols × bytesOf(dtype).
    /// The default, for sources that only hold plain matrices, is readRawRows.
    virtual Status readMatrixRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
    {
        return readRawRows(tensor, row0, rows, out);
    }

    /// True where several threads may call readRows() and readMatrixRows() of this tensor at once, which takes less time.
    virtual bool readsInParallel(const TensorInfo &) const { return false; }

    /// Number of rows of the stacked view that have to be read (and decoded) to read one of them: 1 where rows lie in the
    /// file as they are, the rows of a chunk where chunks are compressed, and by default all.
    virtual std::int64_t rowsReadWithOne(const TensorInfo &tensor) const { return tensor.rows(); }

    /// Rows of rawRows() in the file's own order as raw little-endian bytes, rows × rawCols × bytesOf(dtype); also works
    /// for vectors and scalars.
    virtual Status readRawRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) = 0;
};

/// The tensor at `path` (a leading slash is ignored), or an Input error that lists similar names. "conv.weight[1,2]" is the
/// matrix at h = 1, w = 2 of a stack, unless a tensor has exactly this name.
Result<TensorInfo> findTensor(const TensorSource &source, std::string_view path);

/// Adds file and tensor to the place of an error from code that does not know the file (a solver), unless they are there
/// already.
Error errorIn(const std::string &fileName, const std::string &path, Error error);

/// Input error naming the file, the tensor and the first (row, column) that is NaN or Inf. The first of `rows` is row
/// `row0` of the stacked view. `threads`: 0 uses all cores.
Status requireFinite(const WeightsView &rows, std::int64_t row0, const TensorSource &source, const TensorInfo &tensor,
                     int threads = 0);

} // namespace nms
