// SPDX-License-Identifier: Apache-2.0
// The index of sharded safetensors: what it accepts names files in its own folder only.
#include "core/io/safetensors/shard_index.h"
#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view json(reinterpret_cast<const char *>(data), size);
    const auto index = nms::parseShardIndex(json, "fuzz");
    if (!index) {
        if (index.error().line().empty())
            std::abort();
        return 0;
    }
    ++nms::fuzz::accepted;
    const std::vector<std::string> &shards = index->shards;
    if (shards.empty() || index->shardOf.empty() || !std::is_sorted(shards.begin(), shards.end()))
        std::abort();
    for (const std::string &shard : shards)
        if (shard.find('/') != std::string::npos || shard.find('\0') != std::string::npos || shard.starts_with('.') ||
            !shard.ends_with(".safetensors"))
            std::abort();
    for (const auto &[tensor, shard] : index->shardOf)
        if (shard >= shards.size())
            std::abort();
    return 0;
}

namespace nms::fuzz {

std::vector<std::string> seeds()
{
    return {R"({"metadata":{"total_size":512},"weight_map":{"a":"m-1-of-2.safetensors","b":"m-2-of-2.safetensors"}})",
            R"({"weight_map":{"x.y":"m.safetensors"},"metadata":{"list":[1,[2,{"weight_map":3}]],"n":null}})",
            R"({"weight_map":{"x":"../m.safetensors"}})"};
}

} // namespace nms::fuzz
