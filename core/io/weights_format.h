// SPDX-License-Identifier: Apache-2.0
// The formats of weights files, one entry each: the only list of them. Opening, writing, messages, help and file dialogs
// follow it.
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

/// One format. A new one is a source (FileSource) with such an entry beside it, and its name here and in weights_format.cpp:
///
///     constexpr std::string_view endings[] = {".foo"};
///     constinit const WeightsFormat fooFormat{"Foo", endings, isFoo, openFoo, nullptr};
///
/// A format whose rows are coded in blocks declares the type that they decode to and overrides FileSource::decodeRows.
struct WeightsFormat {
    std::string_view name; // as people call it: "HDF5"
    std::span<const std::string_view> endings; // in small letters, with the dot; the usual one first

    /// Whether a file is of this format, by its content and never by its name. `head` are its first bytes
    /// (weightsHeadBytes, or all where it has fewer). True also for damaged files of this format: open() tells what is
    /// wrong.
    Result<bool> (*recognise)(std::string_view head, const RegularFile &file);

    /// Lists the tensors and reads no weights; errors as openWeights (weights_file.h). `stop` ends it, and later reads.
    Result<std::unique_ptr<FileSource>> (*open)(RegularFile file, const std::stop_token &stop);

    /// What writes it; null where the format is only read.
    Result<std::unique_ptr<TensorSink>> (*createSink)(AtomicFile file);
};

// Each in the source of its format; a new one is added here and to `formats` in weights_format.cpp.
extern const WeightsFormat hdf5Format, kerasFormat, npyFormat, npzFormat, safetensorsFormat, shardedFormat;

/// Bytes of a file that recognise() is given.
constexpr std::size_t weightsHeadBytes = 32;

/// All formats, in the order in which a file is tried for them. Any thread.
std::span<const WeightsFormat *const> weightsFormats();

/// The format of a file name's ending (which may have several dots), in capitals or small letters; null where it names none.
/// For files to write.
const WeightsFormat *formatOfEnding(std::string_view fileName);

/// All names: "HDF5, … or safetensors".
std::string weightsFormatNames(std::string_view conjunction = "or");
/// The usual ending of each format: ".h5, … or .safetensors".
std::string readableEndings();
/// The same of those that can be written: ".h5 or .safetensors".
std::string writableEndings();

/// What reads files for us in the version that runs, which may differ from the one that this was built with: "HDF5 1.10.8".
std::string weightsLibraries();

} // namespace nms
