// SPDX-License-Identifier: Apache-2.0
#include "core/io/copies/folder_copy.h"

#include "core/base/checked.h"
#include "core/io/disk/file_room.h"
#include "core/io/disk/text.h"
#include "core/io/file_source.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace nms {

namespace fs = std::filesystem;

/// One file of the folder. Files other than shards are copied unchanged, by a patch that replaces nothing.
struct FolderCopy::Part {
    explicit Part(AtomicFile file_) : file(std::move(file_)) { }

    AtomicFile file;
    std::unique_ptr<FileSource> source; // only for a shard
    std::unique_ptr<RegularFile> plain; // only for other files
    std::unique_ptr<FilePatch> patch; // refers to the members above
};

FolderCopy::FolderCopy(const std::string &target, ShardFolder from, std::string folder, std::string index)
    : CopyTarget(target), m_from(std::move(from)), m_folder(std::move(folder)), m_index(std::move(index))
{ }

FolderCopy::~FolderCopy()
{
    m_patches.clear();
    m_parts.clear();
    if (m_isMade)
        ::rmdir(m_folder.c_str()); // fails if the folder is not empty
}

Result<std::unique_ptr<CopyTarget>> FolderCopy::create(const std::string &target, const std::string &source,
                                                       std::span<const TensorInfo> replaced, bool copyRest,
                                                       const std::stop_token &stop)
{
    auto from = findShards(source);
    if (!from)
        return fail(from.error());
    std::string folder = target, index = from->index;
    if (target.ends_with(shardIndexEnding)) {
        if (index.empty())
            return fail(ErrorKind::Usage, target, "would be an index, but the model has one file and no index",
                        "name a folder");
        folder = fs::path(target).parent_path().string();
        index = fs::path(target).filename().string();
    }
    folder = folder.empty() ? "./" : folder.ends_with('/') ? folder : folder + "/";
    std::unique_ptr<FolderCopy> copy(new FolderCopy(target, *std::move(from), folder, index));
    BesideWeights beside = besideWeights(copy->m_from);
    if (Status prepared = copy->prepareFolder(beside.files); !prepared)
        return fail(prepared.error());
    if (copyRest) {
        copy->m_notes = std::move(beside.leftOut);
        for (const std::string &name : beside.files)
            if (Status added = copy->addFile(name, name); !added)
                return fail(added.error());
    }
    if (Status added = copy->addShards(replaced, stop); !added)
        return fail(added.error());
    if (!index.empty())
        if (Status added = copy->addFile(copy->m_from.index, index); !added)
            return fail(added.error());
    return copy;
}

/// Creates the folder, or checks that an existing one contains only files that may be replaced (regular files with the names
/// of the source's files) and hidden files.
Status FolderCopy::prepareFolder(const std::vector<std::string> &beside)
{
    std::error_code error;
    if (fs::equivalent(m_folder, m_from.folder.empty() ? "." : m_from.folder, error))
        return fail(ErrorKind::Usage, name(), "is the folder of the input itself", "name another folder");
    if (::mkdir(m_folder.c_str(), 0777) == 0) {
        m_isMade = true;
        return {};
    }
    if (errno != EEXIST)
        return fail(ErrorKind::Io, name(), "cannot be made: " + systemText(errno),
                    errno == ENOENT ? "create the folder that it lies in first" : "name another folder");
    if (!fs::is_directory(m_folder, error))
        return fail(ErrorKind::Io, name(), "is no folder", "name a folder: the model has several files");
    std::set<std::string> own(beside.begin(), beside.end());
    own.insert(m_from.shards.begin(), m_from.shards.end());
    own.insert(m_index);
    for (fs::directory_iterator entry(m_folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string other = entry->path().filename().string();
        std::error_code ignored;
        if (other.starts_with('.'))
            continue;
        if (!own.contains(other))
            return fail(ErrorKind::Io, name(), "holds " + escaped(other) + ", which does not belong to this model",
                        "name an empty or a new folder");
        if (entry->symlink_status(ignored).type() != fs::file_type::regular)
            return fail(ErrorKind::Io, name(), "holds " + escaped(other) + ", which is a link or no file",
                        "name an empty or a new folder");
    }
    if (error)
        return fail(ErrorKind::Io, name(), "cannot be listed: " + error.message(), "name another folder");
    return {};
}

Status FolderCopy::addShards(std::span<const TensorInfo> replaced, const std::stop_token &stop)
{
    std::set<std::string> missing;
    for (const TensorInfo &tensor : replaced)
        missing.insert(tensor.path);
    for (std::size_t number = 0; number < m_from.shards.size(); ++number) {
        const std::string &shard = m_from.shards[number];
        const std::string path = m_from.path(shard);
        auto source = openFileSource(path, stop);
        if (!source)
            return fail(source.error());
        auto file = AtomicFile::create(m_folder + shard, path);
        if (!file)
            return fail(file.error());
        auto part = std::make_unique<Part>(*std::move(file));
        part->source = *std::move(source);
        std::vector<TensorInfo> own;
        for (const TensorInfo &tensor : part->source->tensors()) {
            const auto owner = m_from.shardOf.find(tensor.path);
            if ((owner == m_from.shardOf.end() || owner->second == number) && missing.erase(tensor.path) > 0)
                own.push_back(tensor);
        }
        auto patch = part->source->makePatch(own, part->file, stop);
        if (!patch)
            return fail(patch.error());
        part->patch = *std::move(patch);
        for (const TensorInfo &tensor : own)
            m_patches[tensor.path] = part->patch.get();
        m_parts.push_back(std::move(part));
    }
    if (!missing.empty())
        return fail(ErrorKind::Internal, name(), "has no tensor " + *missing.begin());
    return {};
}

Status FolderCopy::addFile(const std::string &from, const std::string &to)
{
    auto plain = RegularFile::open(m_from.path(from));
    if (!plain)
        return fail(plain.error());
    auto file = AtomicFile::create(m_folder + to, m_from.path(from));
    if (!file)
        return fail(file.error());
    auto part = std::make_unique<Part>(*std::move(file));
    part->plain = std::make_unique<RegularFile>(*std::move(plain));
    part->patch = std::make_unique<FilePatch>(*part->plain, part->file);
    m_parts.push_back(std::move(part));
    return {};
}

std::int64_t FolderCopy::bytes() const
{
    std::int64_t all = 0;
    for (const auto &part : m_parts)
        all = saturatingSum(all, part->patch->bytes());
    return all;
}

Status FolderCopy::requireRoom() const
{
    std::int64_t largest = 0;
    for (const auto &part : m_parts)
        largest = std::max(largest, part->patch->bytes());
    return nms::requireRoom(m_folder, m_parts.front()->file.descriptor(), largest, bytes());
}

Status FolderCopy::copy(const Progress &progress)
{
    ProgressMeter meter(progress, bytes());
    for (const auto &part : m_parts)
        if (Status copied = part->patch->copy(progress.stop, meter); !copied)
            return copied;
    return {};
}

Status FolderCopy::write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw)
{
    return m_patches.at(tensor.path)->write(tensor, rawRow0, raw);
}

/// The index is removed before shards are replaced, so that a partly replaced folder cannot be loaded as if it were
/// complete.
Status FolderCopy::removeIndex()
{
    const std::string path = m_folder + m_index;
    if (m_index.empty() || (::unlink(path.c_str()) != 0 && errno == ENOENT))
        return {};
    struct stat status = {};
    if (::lstat(path.c_str(), &status) == 0)
        return fail(ErrorKind::Io, path, "cannot be replaced: " + systemText(errno), "name another folder");
    const int folder = ::open(m_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)::fsync(folder); // not all network file systems support this
        ::close(folder);
    }
    return {};
}

Status FolderCopy::commit(const std::unordered_set<std::string> &, const Progress &progress)
{
    // Everything that may still fail for lack of space is done before the first file is renamed to its target.
    for (const auto &part : m_parts) {
        if (Status finished = part->patch->finish(progress.stop); !finished)
            return finished;
        if (progress.stop.stop_requested())
            return fail(ErrorKind::Cancelled, name(), "was not written: cancelled");
        if (::fsync(part->file.descriptor()) != 0 && errno != EINTR && errno != EINVAL)
            return fail(part->file.writeFailure(errno, part->file.target()));
    }
    if (Status removed = removeIndex(); !removed)
        return removed;
    for (std::size_t done = 0; done < m_parts.size(); ++done) {
        Status placed = m_parts[done]->file.commit();
        if (placed)
            continue;
        Error error = placed.error();
        error.what += "; " + std::to_string(done) + " of " + std::to_string(m_parts.size()) + " files of " + m_folder +
            " are in place" + (m_index.empty() ? "" : ", its index is not");
        return fail(std::move(error));
    }
    m_isMade = false;
    return {};
}

} // namespace nms
