// SPDX-License-Identifier: Apache-2.0
// A copy of a model's folder: each shard, the index, and with `copyRest` the other files of the model. Private to core/io.
#pragma once

#include "core/io/copies/copy_target.h"
#include "core/io/file_patch.h"
#include "core/io/file_source.h"
#include "core/io/safetensors/shard_folder.h"

#include <memory>
#include <stop_token>
#include <unordered_map>

namespace nms {

class FolderCopy final : public CopyTarget
{
public:
    /// `target` is a folder or the path of the new index; `source` is an argument of findShards().
    static Result<std::unique_ptr<CopyTarget>> create(const std::string &target, const std::string &source,
                                                      std::span<const TensorInfo> replaced, bool copyRest,
                                                      const std::stop_token &stop);
    ~FolderCopy() override; // without commit(): removes the folder if create() created it

    Status requireRoom() const override;
    Status copy(const Progress &progress) override;
    Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw) override;
    Status commit(const std::unordered_set<std::string> &written, const Progress &progress) override;

private:
    struct Part;

    FolderCopy(const std::string &target, ShardFolder from, std::string folder, std::string index);
    Status prepareFolder(const std::vector<std::string> &beside);
    Status addShards(std::span<const TensorInfo> replaced, const std::stop_token &stop);
    Status addFile(const std::string &from, const std::string &to);
    Status removeIndex();
    std::int64_t bytes() const;

    const ShardFolder m_from;
    const std::string m_folder; // the target folder, with a slash at its end
    const std::string m_index; // file name of its index; empty if there is none
    bool m_isMade = false; // the folder was created by this object and is not committed yet
    std::vector<std::unique_ptr<Part>> m_parts; // the index last
    std::unordered_map<std::string, FilePatch *> m_patches; // by path of each replaced tensor: the patch of its shard
};

} // namespace nms
