// SPDX-License-Identifier: Apache-2.0
// Parses, checks and writes the header of a .safetensors file.
// Format: https://huggingface.co/docs/safetensors ("Format"). Private to core/io.
#pragma once

#include "core/base/result.h"
#include "core/tensor/tensor_source.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

/// Bytes before the JSON text: its length, little-endian.
constexpr std::int64_t safetensorsPrefixBytes = 8;
/// Largest JSON text, the limit of the format's reference implementation.
constexpr std::int64_t safetensorsHeaderLimit = 100'000'000;

/// Length of the JSON text according to the first bytes of a file that may be safetensors; nullopt if no "{" follows.
std::optional<std::uint64_t> safetensorsHeaderBytes(std::string_view head);

struct SafetensorsHeader {
    std::vector<TensorInfo> tensors; // in the order of their data
    std::vector<std::int64_t> offsets; // of each tensor's data, from the file's beginning
    std::vector<SkippedEntry> skipped; // names with control characters
    std::map<std::string, std::string> metadata;
};

/// `json` is the header's text, `dataBytes` the size of what follows it in the file. Checked: one object, no duplicate
/// names, shapes and offsets non-negative integers, each span the size of its shape (without overflow, in whole bytes), all
/// spans contiguous from 0 to dataBytes. Null or absent metadata, unknown keys of a tensor and an empty name are accepted,
/// as in the reference implementation. A tensor of a dtype that is not read (F4, F6, …) or not known is listed as Other.
/// `fileName` is for errors.
Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view json, std::int64_t dataBytes, const std::string &fileName);

/// The format's name of a dtype ("BF16"); empty for Other.
std::string_view safetensorsName(DType dtype);

/// Length prefix and JSON text, padded with spaces so that the data begins at a multiple of 8. The tensors' data follow each
/// other in the order given.
std::string makeSafetensorsHeader(const std::vector<TensorInfo> &tensors,
                                  const std::map<std::string, std::string> &metadata);

} // namespace nms
