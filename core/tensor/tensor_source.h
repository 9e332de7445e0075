// SPDX-License-Identifier: Apache-2.0
// Where weights come from: any file behind one lazy, row-panel interface.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/simd/weights_view.h"
#include "core/tensor/dtype.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
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

    /// 2-D view: C_out × (product of the remaining dimensions), so a conv kernel (C_out, C_in, kH, kW) is
    /// C_out × (C_in·kH·kW). 0 × 0 for tensors of fewer than 2 dimensions.
    std::int64_t rows() const;
    std::int64_t cols() const;
    std::int64_t elements() const;

    /// The slices along the first dimension that readRawRows counts in: rows × cols for 2-D and more, n × 1 for a vector,
    /// 1 × 1 for a scalar.
    std::int64_t rawRows() const;
    std::int64_t rawCols() const;

    /// True when it can be pruned in 2-D: floating point, at least 2-D, no zero dimension, readable.
    bool isMatrix() const;
};

/// Something in a file that is not looked into, and why (an external link, a link to itself, a name that is no text).
struct SkippedEntry {
    std::string path;
    std::string reason;
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

    /// What was not listed as a tensor.
    virtual const std::vector<SkippedEntry> &skipped() const;

    /// Free-form facts about the file as a whole: safetensors `__metadata__`, string attributes of the HDF5 root.
    virtual const std::map<std::string, std::string> &metadata() const;

    /// Reads rows [row0, row0 + out.rows) of the 2-D view as float32; out.cols must equal tensor.cols().
    /// f64 is rounded to nearest; what overflows becomes ±Inf. NaN and Inf are passed on as they are.
    virtual Status readRows(const TensorInfo &tensor, std::int64_t row0, Span2d<float> out) = 0;

    /// The same rows as raw little-endian bytes of the tensor's own dtype (any but Other), rows × rawCols × bytesOf(dtype).
    /// Rows are those of rawRows(), so vectors and scalars can be read too.
    virtual Status readRawRows(const TensorInfo &tensor, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) = 0;
};

/// The tensor at `path` (a leading slash is ignored), or an Input error that lists near names.
Result<TensorInfo> findTensor(const TensorSource &source, std::string_view path);

/// An error of something that knows no file (a solver), with file and tensor put before its place unless they are there.
Error errorIn(const std::string &fileName, const std::string &path, Error error);

/// Input error naming the file, the tensor and the first (row, column) that is NaN or Inf in rows starting at `row0`.
Status requireFinite(const WeightsView &rows, std::int64_t row0, const TensorSource &source, const TensorInfo &tensor);

} // namespace nms
