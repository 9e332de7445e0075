// SPDX-License-Identifier: Apache-2.0
// Converts weights of any format to one that can be written, bit for bit.
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
    /// Called from time to time with the bytes done and the total, on the calling thread.
    std::function<void(std::int64_t done, std::int64_t total)> report;
    /// Called before anything is written, once for each entry with numbers or metadata that cannot be converted.
    std::function<void(const SkippedEntry &)> leftOut;
    bool skipUnreadable = false; // leave those out instead of ending with an error
    std::stop_token stop;
};

struct ConvertSummary {
    std::int64_t tensors = 0;
    std::int64_t bytes = 0; // of tensor data
    std::vector<SkippedEntry> notes; // entries without numbers that were left out (links, text), and hints for readers
    std::vector<SkippedEntry> leftOut; // the entries passed to ConvertOptions::leftOut; empty unless skipUnreadable
};

/// Copies every tensor of `in` to `out` with its name, shape, dtype and bits, and the file's metadata (safetensors
/// `__metadata__` ↔ string attributes of the HDF5 root). The format of `out` follows from its file name, that of `in` from
/// its content; both may be the same, which rewrites the file. bf16 in HDF5 is a 2-byte float type with bf16's fields, f8 a
/// 1-byte one as HDF5 2.0 defines them.
///
/// No number is lost silently: whatever cannot be converted (tensors that cannot be read, types and names that the target
/// format does not have) is found before the first byte is written. Without skipUnreadable that is an Unsupported error, and
/// nothing is written. Entries without numbers (links out of the file, text) are left out and noted. Faults that are found
/// only when the data is read (a damaged chunk) end the conversion.
///
/// `out` is replaced as a whole or not at all; writing to `in` itself is a Usage error. Memory: one row panel (16 MiB, or
/// one row if that is larger).
Result<ConvertSummary> convertWeights(const std::string &in, const std::string &out, const ConvertOptions &options = {});

class FileSource;
class TensorSink;

/// Only for core/io: Unsupported error if convertInto() would lose anything.
Status requireConvertible(FileSource &source, const TensorSink &sink);

/// Only for core/io: converts everything in `source` that `sink` can hold, and commits it.
Status convertInto(FileSource &source, TensorSink &sink, const ConvertOptions &options);

} // namespace nms
