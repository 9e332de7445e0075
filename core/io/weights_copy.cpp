// SPDX-License-Identifier: Apache-2.0
#include "core/io/weights_copy.h"

#include "core/io/copies/converted_copy.h"
#include "core/io/copies/copy_target.h"
#include "core/io/copies/folder_copy.h"
#include "core/io/copies/patched_copy.h"
#include "core/io/file_source.h"
#include "core/io/safetensors/shard_folder.h"
#include "core/io/weights_format.h"

#include <unordered_set>
#include <utility>

namespace nms {

namespace {

Result<std::unique_ptr<CopyTarget>> createTarget(const std::string &target, const std::string &source,
                                                 std::span<const TensorInfo> replaced, const WeightsCopyOptions &options,
                                                 const std::stop_token &stop)
{
    const WeightsFormat *const format = formatOfEnding(target);
    if (isShardFolder(source) && (!format || format == &shardedFormat))
        return FolderCopy::create(target, source, replaced, options.copyRest, stop);
    auto opened = openFileSource(source, stop);
    if (!opened)
        return fail(opened.error());
    const bool isInArchive = format == &hdf5Format && (*opened)->format() == kerasFormat.name;
    if (format && (format->name == (*opened)->format() || isInArchive))
        return PatchedCopy::create(target, *std::move(opened), replaced, stop);
    return ConvertedCopy::create(target, *std::move(opened), replaced);
}

} // namespace

WeightsCopy::WeightsCopy(std::unique_ptr<CopyTarget> target, std::span<const TensorInfo> replaced)
    : m_target(std::move(target))
{
    for (const TensorInfo &tensor : replaced)
        m_replaced.emplace(tensor.path, Replaced{tensor});
}

WeightsCopy::~WeightsCopy() = default;

Result<std::unique_ptr<WeightsCopy>> WeightsCopy::create(const std::string &target, const std::string &source,
                                                         std::span<const TensorInfo> replaced,
                                                         const WeightsCopyOptions &options, const std::stop_token &stop)
{
    auto created = createTarget(target, source, replaced, options, stop);
    if (!created)
        return fail(created.error());
    return std::unique_ptr<WeightsCopy>(new WeightsCopy(*std::move(created), replaced));
}

std::string WeightsCopy::where(const TensorInfo &tensor) const
{
    return m_target->name() + ": " + tensor.path;
}

Status WeightsCopy::requireRoom() const
{
    return m_target->requireRoom();
}

const std::vector<std::string> &WeightsCopy::notes() const
{
    return m_target->notes();
}

Status WeightsCopy::begin(const Progress &progress)
{
    m_begun = true;
    return m_target->copy(progress);
}

Status WeightsCopy::write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw)
{
    const auto misuse = [&](const char *what) {
        return fail(ErrorKind::Internal, where(tensor), what);
    };
    const auto found = m_replaced.find(tensor.path);
    if (!m_begun)
        return misuse("was written before the copy was begun");
    if (found == m_replaced.end() || found->second.tensor.shape != tensor.shape ||
        found->second.tensor.dtype != tensor.dtype)
        return misuse("is none of the tensors that are replaced");
    Replaced &own = found->second;
    const std::int64_t rowBytes = tensor.rawCols() * bytesOf(tensor.dtype);
    const std::int64_t rows = rowBytes > 0 ? std::int64_t(raw.size()) / rowBytes : 0;
    if (rawRow0 != own.next || rows * rowBytes != std::int64_t(raw.size()) || rows > tensor.rawRows() - rawRow0)
        return misuse("got rows out of order");
    if (raw.empty())
        return {};
    own.next += rows;
    return m_target->write(own.tensor, rawRow0, raw);
}

Status WeightsCopy::commit(const Progress &progress)
{
    if (!std::exchange(m_begun, false))
        return fail(ErrorKind::Internal, m_target->name(), "was finished before it was begun");
    std::unordered_set<std::string> written;
    for (const auto &[path, own] : m_replaced) {
        if (own.next != 0 && own.next != own.tensor.rawRows())
            return fail(ErrorKind::Internal, where(own.tensor), "was finished before all of its rows were written");
        if (own.next != 0)
            written.insert(path);
    }
    return m_target->commit(written, progress);
}

} // namespace nms
