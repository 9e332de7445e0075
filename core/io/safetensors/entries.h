// SPDX-License-Identifier: Apache-2.0
// Parses the JSON text of a .safetensors header; its numbers are checked later (header.h). Private to core/io.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nms {

struct SafetensorsEntry {
    std::string name;
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> offsets;
    bool hasDtype = false;
    bool hasShape = false;
    bool hasOffsets = false;
};

struct SafetensorsEntries {
    std::vector<SafetensorsEntry> entries; // in the order of the text; names are unique
    std::map<std::string, std::string> metadata;
    std::string problem; // how the text violates the format ("has the tensor a twice"); empty if it is valid
};

/// Reads the text of a header ("{…}"). As in the reference implementation, null means absent metadata, unknown keys of a
/// tensor are ignored whatever their value, a name may be empty or have control characters, and the last of several values
/// of a metadata key counts. Unlike there, a repeated name of a tensor is an error. Throws std::bad_alloc.
SafetensorsEntries readSafetensorsEntries(std::string_view json);

/// A tensor's name for messages: quoted and escaped if it is empty or not plain text.
std::string shownName(const std::string &name);

} // namespace nms
