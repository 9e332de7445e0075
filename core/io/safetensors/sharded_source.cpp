// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors/sharded_source.h"

#include "core/io/disk/text.h"
#include "core/io/safetensors/shard_index.h"

#include <filesystem>
#include <sys/stat.h>
#include <unordered_map>
#include <utility>

namespace nms {

namespace {

Result<bool> isIndex(std::string_view head, const RegularFile &)
{
    return isJsonObject(head);
}

Result<std::unique_ptr<FileSource>> openSharded(RegularFile file, const std::stop_token &stop)
{
    return ShardedSource::open(file, stop);
}

constexpr std::string_view endings[] = {shardIndexEnding};

std::string list(const std::vector<std::string> &names)
{
    std::string text;
    for (const std::string &name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// The path of each shard; an error that names all missing ones.
Result<std::vector<std::string>> pathsOf(const ShardIndex &index, const std::string &indexFile)
{
    const std::filesystem::path folder = std::filesystem::path(indexFile).parent_path();
    std::vector<std::string> paths, missing;
    for (const std::string &name : index.shards) {
        paths.push_back((folder / name).string());
        struct stat status = {};
        if (::stat(paths.back().c_str(), &status) != 0)
            missing.push_back(name);
    }
    if (missing.empty())
        return paths;
    const std::string count = missing.size() == paths.size() ? "all" : std::to_string(missing.size());
    return fail(ErrorKind::Input, indexFile,
                "is an index of " + std::to_string(paths.size()) + " shards, of which " + count +
                    " are missing beside it: " + list(missing),
                "get them into the same folder");
}

} // namespace

constinit const WeightsFormat shardedFormat{"sharded safetensors", endings, isIndex, openSharded, nullptr};

Result<std::unique_ptr<ShardedSource>> ShardedSource::open(const RegularFile &index, const std::stop_token &stop)
{
    auto map = readShardIndex(index);
    if (!map)
        return fail(map.error());
    const auto paths = pathsOf(*map, index.path());
    if (!paths)
        return fail(paths.error());
    std::unique_ptr<ShardedSource> source(new ShardedSource(index.path()));
    std::vector<TensorInfo> tensors;
    std::unordered_map<std::string, std::size_t> placed; // the shard of each tensor so far
    for (std::size_t shard = 0; shard < paths->size(); ++shard) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, index.path(), "opening was cancelled");
        auto file = RegularFile::open((*paths)[shard]);
        if (!file)
            return fail(file.error());
        auto opened = SafetensorsFile::open(*std::move(file));
        if (!opened)
            return fail(opened.error());
        source->m_metadata.insert((*opened)->metadata().begin(), (*opened)->metadata().end());
        for (const SkippedEntry &entry : (*opened)->skipped())
            source->m_skipped.push_back(entry);
        for (const TensorInfo &tensor : (*opened)->tensors()) {
            const auto known = map->shardOf.find(tensor.path);
            const bool isOwn = known == map->shardOf.end() || known->second == shard;
            const std::size_t owner = isOwn ? placed.emplace(tensor.path, shard).first->second : known->second;
            if (owner != shard) {
                source->m_skipped.push_back(
                    {tensor.path, "is in " + map->shards[shard] + ", too, but belongs to " + map->shards[owner]});
                continue;
            }
            tensors.push_back(tensor);
            source->m_shardOf.push_back(shard);
        }
        source->m_shards.push_back(*std::move(opened));
    }
    for (const auto &[tensor, shard] : map->shardOf)
        if (!placed.contains(tensor))
            return fail(ErrorKind::Input, index.path(),
                        "says that tensor " + escaped(tensor) + " is in " + map->shards[shard] + ", but it is not",
                        "index and shards are of different models or versions: get them again");
    source->setTensors(std::move(tensors));
    return source;
}

Result<Attributes> ShardedSource::attributes(const TensorInfo &tensor)
{
    const auto index = indexOf(tensor);
    if (!index)
        return fail(index.error());
    return m_shards[m_shardOf[*index]]->attributes(tensor);
}

Status ShardedSource::readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    return m_shards[m_shardOf[index]]->readRawRows(tensors()[index], row0, rows, out);
}

Status ShardedSource::readElements(std::size_t index, std::int64_t first, std::span<std::byte> out)
{
    return m_shards[m_shardOf[index]]->readElementsOf(tensors()[index], first, out);
}

} // namespace nms
