// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors/shard_index.h"

#include "core/base/number_text.h"
#include "core/io/disk/text.h"

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

namespace nms {

namespace {

constexpr std::string_view shardEnding = ".safetensors";
constexpr int deepest = 64; // nesting depth of values that are ignored

/// Parses the text event by event and keeps only the content of weight_map.
class IndexHandler final : public nlohmann::json_sax<nlohmann::json>
{
public:
    std::vector<std::pair<std::string, std::string>> entries; // tensor, shard
    bool hasMap = false;
    std::string problem;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_float(number_float_t, const string_t &) override { return value(); }
    bool binary(binary_t &) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool string(string_t &text) override
    {
        if (!isInMap())
            return value();
        entries.back().second = std::move(text);
        return true;
    }
    bool start_object(std::size_t) override
    {
        if (isInMap())
            return value();
        if (m_depth == 1 && m_key == mapKey) {
            m_mapDepth = 2;
            if (std::exchange(hasMap, true))
                return stop("has weight_map twice");
        }
        return deeper();
    }
    bool key(string_t &name) override
    {
        if (isInMap())
            entries.emplace_back(std::move(name), std::string());
        else if (m_depth == 1)
            m_key = std::move(name);
        return true;
    }
    bool end_object() override
    {
        if (isInMap())
            m_mapDepth = 0;
        --m_depth;
        return true;
    }
    bool start_array(std::size_t) override { return value() && deeper(); }
    bool end_array() override
    {
        --m_depth;
        return true;
    }
    bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override
    {
        return stop("is no valid JSON at byte " + std::to_string(position));
    }

private:
    static constexpr std::string_view mapKey = "weight_map";

    bool isInMap() const { return m_mapDepth != 0 && m_depth == m_mapDepth; }
    bool stop(std::string what)
    {
        if (problem.empty())
            problem = std::move(what);
        return false;
    }
    bool deeper() { return ++m_depth <= deepest || stop("is nested too deep"); }
    /// Any value except the string that names a shard.
    bool value()
    {
        if (isInMap())
            return stop("has something else than a file name for tensor " + escaped(entries.back().first));
        return m_depth != 1 || m_key != mapKey || stop("has a weight_map that is no object");
    }

    int m_depth = 0;
    int m_mapDepth = 0; // depth of weight_map while inside it, otherwise 0
    std::string m_key; // current key of the outermost object
};

bool isFileName(std::string_view name)
{
    return !name.empty() && isPlainText(name) && name.find('/') == std::string_view::npos && !name.starts_with('.');
}

} // namespace

bool isJsonObject(std::string_view head)
{
    if (head.substr(0, 8).find('\0') != std::string_view::npos)
        return false;
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && head[first] == '{';
}

Result<ShardIndex> parseShardIndex(std::string_view json, const std::string &fileName)
{
    const auto refuse = [&](const std::string &what, const std::string &remedy) {
        return fail(ErrorKind::Input, fileName, what, remedy);
    };
    const std::string again = "get the file again";
    IndexHandler handler;
    bool parsed = false;
    try {
        parsed = nlohmann::json::sax_parse(json, &handler);
    } catch (const nlohmann::json::exception &error) {
        return refuse(std::string("cannot be parsed: ") + error.what(), again);
    }
    if (!parsed)
        return refuse("is no valid index of shards: it " + handler.problem, again);
    if (!handler.hasMap)
        return refuse("is JSON, but no index of shards: it has no weight_map",
                      "name the weights, or the index that belongs to them (…" + std::string(shardIndexEnding) + ")");
    if (handler.entries.empty())
        return refuse("is an index of shards that names no tensor", again);

    ShardIndex index;
    for (const auto &[tensor, shard] : handler.entries) {
        if (!isFileName(shard))
            return refuse("names the shard \"" + escaped(shard) + "\", which is no name of a file beside it",
                          "do not trust this file");
        if (!shard.ends_with(shardEnding))
            return refuse("names the shard " + shard + ", which is no safetensors file",
                          "get the model in safetensors, with its …" + std::string(shardIndexEnding));
        index.shards.push_back(shard);
    }
    std::sort(index.shards.begin(), index.shards.end());
    index.shards.erase(std::unique(index.shards.begin(), index.shards.end()), index.shards.end());
    for (auto &[tensor, shard] : handler.entries) {
        const auto number = std::lower_bound(index.shards.begin(), index.shards.end(), shard) - index.shards.begin();
        const std::string name = escaped(tensor);
        if (!index.shardOf.emplace(std::move(tensor), std::size_t(number)).second)
            return refuse("is no valid index of shards: it names the tensor " + name + " twice", again);
    }
    return index;
}

Result<ShardIndex> readShardIndex(const RegularFile &file)
{
    if (file.size() > shardIndexLimit)
        return fail(ErrorKind::Resource, file.path(),
                    "has " + formatBytes(double(file.size())) + "; an index of more than " +
                        formatBytes(double(shardIndexLimit)) + " is not read");
    try {
        std::string json(std::size_t(file.size()), '\0');
        if (Status read = file.readAt(0, std::as_writable_bytes(std::span(json))); !read)
            return fail(read.error());
        return parseShardIndex(json, file.path());
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, file.path(), "needs more memory than there is",
                    "close other programs and try again");
    }
}

} // namespace nms
