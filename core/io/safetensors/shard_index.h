// SPDX-License-Identifier: Apache-2.0
// The index of a model whose tensors are spread over several safetensors files ("shards"), as transformers writes it:
// {"metadata": {…}, "weight_map": {"tensor": "model-00001-of-00002.safetensors", …}}. Private to core/io.
#pragma once

#include "core/base/result.h"
#include "core/io/disk/regular_file.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nms {

struct ShardIndex {
    std::vector<std::string> shards; // names of files in the index's own folder, sorted
    std::unordered_map<std::string, std::size_t> shardOf; // tensor → its shard's number
};

constexpr std::string_view shardIndexEnding = ".safetensors.index.json";
constexpr std::int64_t shardIndexLimit = std::int64_t(1) << 27; // bytes; some hundred thousand tensors take a tenth of it

/// Whether a file that begins so may be an index: it is the text of a JSON object. A safetensors file is none, since its
/// header's length makes its fifth to eighth byte zero.
bool isJsonObject(std::string_view head);

/// Input error where it is no such index, names a tensor twice, or names a shard that is no plain file name ending in
/// .safetensors: a name with a slash could lead anywhere. Everything beside weight_map is passed over. `fileName` is for
/// errors.
Result<ShardIndex> parseShardIndex(std::string_view json, const std::string &fileName);

/// The same of a file; Resource error beyond shardIndexLimit.
Result<ShardIndex> readShardIndex(const RegularFile &file);

} // namespace nms
