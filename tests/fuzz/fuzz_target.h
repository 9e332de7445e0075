// SPDX-License-Identifier: Apache-2.0
// What every fuzz target provides: libFuzzer's entry point, and seeds built in so that a run needs no files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace nms::fuzz {

/// Valid inputs to mutate; the same on every call.
std::vector<std::string> seeds();

/// Inputs that the parser took so far; a target counts them. A run that accepts nothing would test little.
extern unsigned long accepted;

/// For parsers that want a path: writes one input to a file, calls `parse` with its path and removes it. Aborts if HDF5
/// files, datasets, groups, types or attributes are open afterwards that were not before.
void withInputFile(std::string_view input, const std::function<void(const std::string &path)> &parse);

/// The object headers and the superblock of an HDF5 file in the newest format carry checksums, and the library looks no
/// further where one is wrong. This puts them right again, in about every other file (the same ones each time).
std::string withChecksums(const std::uint8_t *data, std::size_t size);

/// An .h5 file as text, made by `build` from a path to write to.
std::string fileMadeBy(bool (*build)(const std::string &path));

/// A new HDF5 file in the newest format of the library, in which metadata carry checksums, or in the oldest. libhdf5's
/// decoders of the older, unchecked structures crash on damage themselves: in the helper process.
enum class FileFormat { Newest, Oldest };
std::int64_t createHdf5(const std::string &path, FileFormat format);

} // namespace nms::fuzz
