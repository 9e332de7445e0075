// SPDX-License-Identifier: Apache-2.0
// A model in several safetensors files with an index, as one source. Private to core/io: others open it through
// weights_file.h.
#pragma once

#include "core/io/disk/regular_file.h"
#include "core/io/safetensors/file.h"
#include "core/io/weights_format.h"

#include <memory>
#include <vector>

namespace nms {

/// fileName() is the index. Tensors are listed shard by shard, the shards sorted by name, each in its own order, so that a
/// model is read sequentially. The metadata of all shards are merged; if two have different values for a key, the first
/// counts. The other content of the index (total_size) is about the files and is not kept.
class ShardedSource final : public FileSource
{
public:
    /// Opens `index` and all of its shards. Input error that names every missing shard, or the tensor that is not in the
    /// shard given by the index. A tensor that is not in the index is listed like the others; if a tensor of another shard
    /// has its name, it is in skipped().
    static Result<std::unique_ptr<ShardedSource>> open(const RegularFile &index, const std::stop_token &stop);

    std::string_view format() const override { return shardedFormat.name; }
    Result<Attributes> attributes(const TensorInfo &tensor) override;

    const std::vector<std::unique_ptr<SafetensorsFile>> &shards() const { return m_shards; }

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override;
    bool readsElements(std::size_t) const override { return true; }
    bool readsElementsInParallel() const override { return true; }
    Status readElements(std::size_t index, std::int64_t first, std::span<std::byte> out) override;
    std::int64_t rowsTogether(std::size_t) const override { return 1; }

private:
    explicit ShardedSource(const std::string &index) : FileSource(index) { }

    std::vector<std::unique_ptr<SafetensorsFile>> m_shards; // sorted by name
    std::vector<std::size_t> m_shardOf; // for each tensor
};

} // namespace nms
