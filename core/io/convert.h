// SPDX-License-Identifier: Apache-2.0
// Weights of any format into one that is written, bit for bit.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

struct ConvertOptions {
    /// Called now and then with bytes done and bytes in all, on the calling thread.
    std::function<void(std::int64_t done, std::int64_t total)> report;
    std::stop_token stop;
};

struct ConvertSummary {
    std::int64_t tensors = 0;
    std::int64_t bytes = 0; // of tensor data
    std::vector<std::string> notes; // links that were not followed, one line each
};

/// Copies every tensor of `in` to `out` with its name, shape, dtype and bits, and the file's metadata (safetensors
/// `__metadata__` ↔ string attributes of the HDF5 root). The format of `out` follows its ending, that of `in` its content;
/// the same format on both sides is allowed and rewrites the file. Nothing is left out silently: a tensor whose type the
/// other side has not is an Unsupported error and nothing is written. `out` is replaced as a whole or not at all; writing
/// onto `in` is a Usage error. bf16 in HDF5 is a 2-byte float type with bf16's fields. Memory: one row panel (16 MiB, or one
/// row where that is more).
Result<ConvertSummary> convertWeights(const std::string &in, const std::string &out, const ConvertOptions &options = {});

class FileSource;
class TensorSink;

/// For core/io alone: what would stop a conversion of `source` half way, found before it begins; the bytes of all tensors.
Result<std::int64_t> convertibleBytes(const FileSource &source);

/// For core/io alone: everything of `source` into `sink`, which is committed.
Status convertInto(FileSource &source, TensorSink &sink, const ConvertOptions &options);

} // namespace nms
