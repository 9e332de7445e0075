// SPDX-License-Identifier: Apache-2.0
// The formats of weights files, one entry each: the only list of them. Opening, writing, messages, help and file dialogs use
// it.
#pragma once

#include "core/base/result.h"

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

class AtomicFile;
class FileSource;
class RegularFile;
class TensorSink;

/// One format. A new one is a source (FileSource) with such an entry in its file, and its name here and in
/// weights_format.cpp:
///
///     constexpr std::string_view endings[] = {".foo"};
///     constinit const WeightsFormat fooFormat{"Foo", endings, isFoo, openFoo, nullptr};
///
/// A format whose rows are stored as blocks declares the dtype that they decode to and overrides FileSource::decodeRows.
struct WeightsFormat {
    std::string_view name; // for messages: "HDF5"
    std::span<const std::string_view> endings; // file name extensions in lower case, with the dot; the usual one first

    /// Whether a file is in this format, by its content and never by its name. `head` is its first bytes (weightsHeadBytes,
    /// or all if it has fewer). True also for damaged files of this format: open() reports what is wrong.
    Result<bool> (*recognise)(std::string_view head, const RegularFile &file);

    /// Lists the tensors and reads no weights; errors as openWeights (weights_file.h). `stop` ends it, and later reads.
    Result<std::unique_ptr<FileSource>> (*open)(RegularFile file, const std::stop_token &stop);

    /// Creates a writer; null if the format is only read.
    Result<std::unique_ptr<TensorSink>> (*createSink)(AtomicFile file);
};

// Each is defined in the source file of its format; a new one is added here and to `formats` in weights_format.cpp.
extern const WeightsFormat hdf5Format, kerasFormat, npyFormat, npzFormat, safetensorsFormat, shardedFormat, tileFormat;

/// Number of bytes of a file that are passed to recognise().
constexpr std::size_t weightsHeadBytes = 32;

/// All formats, in the order in which they are tried. Any thread.
std::span<const WeightsFormat *const> weightsFormats();

/// The format of a file name's extension (which may contain several dots), in upper or lower case; null if it belongs to
/// none. For files to write.
const WeightsFormat *formatOfEnding(std::string_view fileName);

/// All names: "HDF5, … or safetensors".
std::string weightsFormatNames(std::string_view conjunction = "or");
/// The usual ending of each format: ".h5, … or .safetensors".
std::string readableEndings();
/// The same of those that can be written: ".h5 or .safetensors".
std::string writableEndings();

/// The libraries that read files, in the version that is loaded, which may differ from the one at build time: "HDF5 1.10.8".
std::string weightsLibraries();

} // namespace nms
