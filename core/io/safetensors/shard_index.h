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
constexpr std::int64_t shardIndexLimit = std::int64_t(1) << 27; // bytes; 100,000 tensors need about a tenth of it

/// Whether a file that begins with `head` may be an index: it is the text of a JSON object. A safetensors file is not, since
/// the length of its header makes its fifth to eighth byte zero.
bool isJsonObject(std::string_view head);

/// Input error if it is not such an index, names a tensor twice, or names a shard that is not a plain file name ending in
/// .safetensors: a name with a slash could lead anywhere. Everything except weight_map is ignored. `fileName` is for errors.
Result<ShardIndex> parseShardIndex(std::string_view json, const std::string &fileName);

/// The same for a file; Resource error beyond shardIndexLimit.
Result<ShardIndex> readShardIndex(const RegularFile &file);

} // namespace nms
