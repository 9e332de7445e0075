// SPDX-License-Identifier: Apache-2.0
// A copy in the source's own format: byte for byte the same file except for the replaced tensors; or, for an archive, a copy
// of the weights file in it. Private to core/io.
#pragma once

#include "core/io/copies/copy_target.h"
#include "core/io/file_patch.h"
#include "core/io/file_source.h"

#include <memory>
#include <stop_token>

namespace nms {

class PatchedCopy final : public CopyTarget
{
public:
    static Result<std::unique_ptr<CopyTarget>> create(const std::string &target, std::unique_ptr<FileSource> source,
                                                      std::span<const TensorInfo> replaced, const std::stop_token &stop);

    Status requireRoom() const override;
    Status copy(const Progress &progress) override;
    Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw) override;
    Status commit(const std::unordered_set<std::string> &written, const Progress &progress) override;

private:
    PatchedCopy(std::unique_ptr<FileSource> source, AtomicFile file)
        : CopyTarget(file.target()), m_source(std::move(source)), m_file(std::move(file))
    { }

    std::unique_ptr<FileSource> m_source;
    AtomicFile m_file;
    std::unique_ptr<FilePatch> m_patch; // refers to both members above
};

} // namespace nms
