// SPDX-License-Identifier: Apache-2.0
// The JSON text of a .safetensors header as entries, before their numbers are checked. Private to core/io.
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
    std::vector<SafetensorsEntry> entries; // in the order of the text; names differ
    std::map<std::string, std::string> metadata;
    std::string problem; // what the text has that the format has not ("has the tensor a twice"); empty when it is fine
};

/// Reads the text of a header ("{…}"). As the reference implementation does, a null stands for absent metadata, unknown keys
/// of a tensor are passed over whatever they hold, a name may be empty or have control characters, and of a metadata key
/// that comes twice the last counts. Unlike there, a tensor's name that comes twice is refused. Throws std::bad_alloc.
SafetensorsEntries readSafetensorsEntries(std::string_view json);

/// A tensor's name for messages: quoted where it is empty or no plain text.
std::string shownName(const std::string &name);

} // namespace nms
