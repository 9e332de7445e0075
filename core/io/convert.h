// SPDX-License-Identifier: Apache-2.0
// Weights of any format into one that is written, bit for bit.
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace nms {

struct ConvertOptions {
    /// Called now and then with bytes done and bytes in all, on the calling thread.
    std::function<void(std::int64_t done, std::int64_t total)> report;
    /// Called before anything is written, once for each thing with numbers or metadata that cannot be carried over.
    std::function<void(const SkippedEntry &)> leftOut;
    bool skipUnreadable = false; // leave those out instead of ending with an error
    std::stop_token stop;
};

struct ConvertSummary {
    std::int64_t tensors = 0;
    std::int64_t bytes = 0; // of tensor data
    std::vector<SkippedEntry> notes; // what holds no numbers and was left out (links, text), and what readers should know
    std::vector<SkippedEntry> leftOut; // what ConvertOptions::leftOut was told; empty unless skipUnreadable
};

/// Copies every tensor of `in` to `out` with its name, shape, dtype and bits, and the file's metadata (safetensors
/// `__metadata__` ↔ string attributes of the HDF5 root). The format of `out` follows its ending, that of `in` its content;
/// the same format on both sides is allowed and rewrites the file. bf16 in HDF5 is a 2-byte float type with bf16's fields,
/// f8 a 1-byte one as HDF5 2.0 defines them.
///
/// No number is lost silently: what cannot be carried over (tensors that cannot be read, types and names that the other
/// side has not) is found before the first byte is written. Without skipUnreadable that is an Unsupported error, and nothing
/// is written. What holds no numbers (links out of the file, text) is left out and noted. What only reading the data shows
/// (a damaged chunk) ends the conversion.
///
/// `out` is replaced as a whole or not at all; writing onto `in` is a Usage error. Memory: one row panel (16 MiB, or one row
/// where that is more).
Result<ConvertSummary> convertWeights(const std::string &in, const std::string &out, const ConvertOptions &options = {});

class FileSource;
class TensorSink;

/// For core/io alone: the Unsupported error of everything that convertInto() would lose.
Status requireConvertible(FileSource &source, const TensorSink &sink);

/// For core/io alone: everything of `source` that can be carried over into `sink`, which is committed.
Status convertInto(FileSource &source, TensorSink &sink, const ConvertOptions &options);

} // namespace nms
