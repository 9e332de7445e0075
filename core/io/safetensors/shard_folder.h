// SPDX-License-Identifier: Apache-2.0
// A model's folder: the safetensors files in it that belong together, and the other files of the model. Private to core/io.
#pragma once

#include "core/io/safetensors/shard_index.h"

#include <string>
#include <vector>

namespace nms {

struct ShardFolder {
    std::string folder; // with a slash at its end; empty if the path of the index has no folder
    std::string index; // name in `folder`; empty if there is one weights file and no index
    std::vector<std::string> shards; // names in `folder`, sorted: those in the index, or the only one
    std::unordered_map<std::string, std::size_t> shardOf; // tensor → number of its shard; empty without an index

    std::string path(const std::string &name) const { return folder + name; }
};

/// Whether `path` is a folder, or a file that begins like a JSON object (an index): an argument of findShards().
bool isShardFolder(const std::string &path);

/// The path of a folder's *.safetensors.index.json, or of its only *.safetensors file. Io error, with what to name instead,
/// if it has several indices, several files and no index, or neither.
Result<std::string> weightsFileIn(const std::string &folder);

/// For a folder, an index or a single weights file; error if the index cannot be read. Shards may be missing.
Result<ShardFolder> findShards(const std::string &path);

/// The files of a model besides weights and index, to be copied with them.
struct BesideWeights {
    std::vector<std::string> files; // names in the folder
    std::vector<std::string> leftOut; // one line each: what, and why
};

/// Configuration, tokenizer, licence: every regular file whose name does not begin with a dot, but not weights in other
/// formats (pytorch_model*.bin, *.h5, …, with their indices) and not folders. A link is followed only if it leads to a file
/// in the same folder or, as in Hugging Face's cache (models--…/snapshots/REVISION/ → models--…/blobs/), in ../../blobs:
/// otherwise files from elsewhere could be published with the copy.
BesideWeights besideWeights(const ShardFolder &folder);

} // namespace nms
