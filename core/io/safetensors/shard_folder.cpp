// SPDX-License-Identifier: Apache-2.0
#include "core/io/safetensors/shard_folder.h"

#include "core/io/disk/text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/stat.h>

namespace nms {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view shardEnding = ".safetensors";

std::string withSlash(std::string folder)
{
    if (!folder.empty() && !folder.ends_with('/'))
        folder += '/';
    return folder;
}

/// Names in a folder, sorted; Io error if it cannot be listed.
Result<std::vector<std::string>> namesIn(const std::string &folder)
{
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        names.push_back(entry->path().filename().string());
    if (error)
        return fail(ErrorKind::Io, folder, "cannot be listed: " + error.message(), "check its permissions");
    std::sort(names.begin(), names.end());
    return names;
}

std::string listed(const std::vector<std::string> &names)
{
    constexpr std::size_t most = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
        text += (i > 0 ? ", " : "") + escaped(names[i]);
    return names.size() > most ? text + ", …" : text;
}

/// Whether a name is that of weights in any format, or of an index of such files.
bool isWeights(std::string_view name)
{
    static constexpr std::array<std::string_view, 16> endings = {
        ".safetensors", ".bin",  ".pt",   ".pth", ".ckpt",   ".h5",  ".hdf5", ".keras",
        ".msgpack",     ".onnx", ".gguf", ".ot",  ".tflite", ".npz", ".pkl",  ".onnx_data"};
    constexpr std::string_view index = ".index.json";
    if (name.ends_with(index))
        name.remove_suffix(index.size());
    return std::any_of(endings.begin(), endings.end(), [name](std::string_view ending) { return name.ends_with(ending); });
}

/// Whether a link leads to a file in the same folder, or in the folder where Hugging Face's cache keeps files.
bool staysWith(const fs::path &folder, const fs::path &file)
{
    std::error_code error;
    const fs::path home = fs::canonical(folder, error);
    const fs::path target = fs::canonical(file, error);
    return !error && (target.parent_path() == home || target.parent_path() == home.parent_path().parent_path() / "blobs");
}

} // namespace

bool isShardFolder(const std::string &path)
{
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
        return true;
    const auto file = RegularFile::open(path);
    if (!file)
        return false;
    std::string head(std::size_t(std::min<std::int64_t>(32, file->size())), '\0');
    return file->readAt(0, std::as_writable_bytes(std::span(head))) && isJsonObject(head);
}

Result<std::string> weightsFileIn(const std::string &folder)
{
    const auto names = namesIn(folder);
    if (!names)
        return fail(names.error());
    std::vector<std::string> indices, files;
    for (const std::string &name : *names) {
        if (name.ends_with(shardIndexEnding))
            indices.push_back(name);
        else if (name.ends_with(shardEnding))
            files.push_back(name);
    }
    const auto refuse = [&](const std::string &what, const std::string &remedy) {
        return fail(ErrorKind::Io, folder, what, remedy);
    };
    if (indices.size() == 1)
        return withSlash(folder) + indices.front();
    if (indices.size() > 1)
        return refuse("is a folder with several indices of shards: " + listed(indices), "name one of them");
    if (files.size() == 1)
        return withSlash(folder) + files.front();
    if (files.size() > 1)
        return refuse("is a folder with several safetensors files and no index (…" + std::string(shardIndexEnding) +
                          "): " + listed(files),
                      "get the index, too, or name one of the files");
    return refuse("is a folder, not a file, and holds no safetensors", "name a file of weights");
}

Result<ShardFolder> findShards(const std::string &path)
{
    std::error_code ignored;
    std::string file = path;
    if (fs::is_directory(path, ignored)) {
        auto inside = weightsFileIn(path);
        if (!inside)
            return fail(inside.error());
        file = *std::move(inside);
    }
    const fs::path name = fs::path(file);
    ShardFolder found;
    found.folder = withSlash(name.parent_path().string());
    const auto opened = RegularFile::open(file);
    if (!opened)
        return fail(opened.error());
    if (!isShardFolder(file)) {
        found.shards = {name.filename().string()};
        return found;
    }
    auto index = readShardIndex(*opened);
    if (!index)
        return fail(index.error());
    found.index = name.filename().string();
    found.shards = std::move(index->shards);
    found.shardOf = std::move(index->shardOf);
    return found;
}

BesideWeights besideWeights(const ShardFolder &folder)
{
    BesideWeights beside;
    const fs::path home = folder.folder.empty() ? "." : folder.folder;
    const auto names = namesIn(home.string());
    for (const std::string &name : names ? *names : std::vector<std::string>()) {
        const bool isOwn = name == folder.index || std::binary_search(folder.shards.begin(), folder.shards.end(), name);
        if (isOwn || name.starts_with('.'))
            continue;
        const auto leaveOut = [&](const std::string &why) {
            beside.leftOut.push_back(escaped(name) + " is left out: " + why);
        };
        struct stat status = {};
        std::error_code ignored;
        if (::stat((home / name).c_str(), &status) != 0)
            leaveOut("it is a link that leads nowhere");
        else if (S_ISDIR(status.st_mode))
            leaveOut("it is a folder");
        else if (!S_ISREG(status.st_mode))
            leaveOut("it is no regular file");
        else if (isWeights(name))
            leaveOut("it holds weights that are not among those copied");
        else if (fs::is_symlink(home / name, ignored) && !staysWith(home, home / name))
            leaveOut("it is a link that leads out of the model's folder");
        else
            beside.files.push_back(name);
    }
    return beside;
}

} // namespace nms
