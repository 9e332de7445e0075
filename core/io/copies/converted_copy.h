// SPDX-License-Identifier: Apache-2.0
// A copy in another format: all tensors are converted, the replaced ones with their new values. Private to core/io.
#pragma once

#include "core/io/copies/copy_target.h"
#include "core/io/disk/temporary_file.h"
#include "core/io/file_source.h"
#include "core/io/tensor_sink.h"

#include <memory>
#include <unordered_map>

namespace nms {

/// The new file is written in the source's order, but new values arrive in any order, so they are first kept in a temporary
/// file.
class ConvertedCopy final : public CopyTarget
{
public:
    static Result<std::unique_ptr<CopyTarget>> create(const std::string &target, std::unique_ptr<FileSource> source,
                                                      std::span<const TensorInfo> replaced);

    Status requireRoom() const override;
    Status copy(const Progress &) override { return {}; }
    Status write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw) override;
    Status commit(const std::unordered_set<std::string> &written, const Progress &progress) override;

private:
    ConvertedCopy(std::unique_ptr<FileSource> source, std::unique_ptr<TensorSink> sink, TemporaryFile waiting,
                  std::span<const TensorInfo> replaced);

    std::unique_ptr<FileSource> m_source;
    std::unique_ptr<TensorSink> m_sink;
    TemporaryFile m_waiting; // scratch file, never becomes the target
    std::unordered_map<std::string, std::int64_t> m_offsets; // by path: offset of each replaced tensor in m_waiting
    std::int64_t m_waitingBytes = 0;
};

} // namespace nms
