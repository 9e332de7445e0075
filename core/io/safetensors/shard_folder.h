// SPDX-License-Identifier: Apache-2.0
// A model's folder: the safetensors files in it that belong together, and what lies beside them. Private to core/io.
#pragma once

#include "core/io/safetensors/shard_index.h"

#include <string>
#include <vector>

namespace nms {

struct ShardFolder {
    std::string folder; // with a slash at its end; empty where an index was named without one
    std::string index; // name in it; empty where there is one weights file and no index
    std::vector<std::string> shards; // names in it, sorted: of the index, or the one
    std::unordered_map<std::string, std::size_t> shardOf; // tensor → number of its shard; empty without an index

    std::string path(const std::string &name) const { return folder + name; }
};

/// Whether `path` is a folder, or a file that is the text of a JSON object: what findShards() is for.
bool isShardFolder(const std::string &path);

/// What a folder holds: its *.safetensors.index.json, or its only *.safetensors file. Io error, telling what to name, where
/// it has several of the one, several of the other and no index, or neither.
Result<std::string> weightsFileIn(const std::string &folder);

/// Of a folder or an index; also an error where the index cannot be read. Shards may be missing.
Result<ShardFolder> findShards(const std::string &path);

/// What belongs to the model besides weights and index, to be copied with them.
struct BesideWeights {
    std::vector<std::string> files; // names in the folder
    std::vector<std::string> leftOut; // one line each: what, and why
};

/// Configuration, tokenizer, licence: every regular file whose name does not begin with a dot, but not weights in other
/// formats (pytorch_model*.bin, *.h5, …, with their indices) and not folders. A link is followed where it leads to a file in
/// the same folder or, as in Hugging Face's cache (models--…/snapshots/REVISION/ → models--…/blobs/), in ../../blobs: files
/// from elsewhere would be published with a copy.
BesideWeights besideWeights(const ShardFolder &folder);

} // namespace nms
