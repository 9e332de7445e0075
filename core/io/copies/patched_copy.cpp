// SPDX-License-Identifier: Apache-2.0
#include "core/io/copies/patched_copy.h"

#include "core/io/weights_format.h"
#include "core/io/zip/keras_patch.h"

namespace nms {

Result<std::unique_ptr<CopyTarget>> PatchedCopy::create(const std::string &target, std::unique_ptr<FileSource> source,
                                                        std::span<const TensorInfo> replaced, const std::stop_token &stop)
{
    auto file = AtomicFile::create(target, source->fileName());
    if (!file)
        return fail(file.error());
    std::unique_ptr<PatchedCopy> copy(new PatchedCopy(std::move(source), *std::move(file)));
    auto patch = copy->m_source->makePatch(replaced, copy->m_file, stop);
    if (!patch)
        return fail(patch.error());
    copy->m_patch = *std::move(patch);
    if (formatOfEnding(target) == &kerasFormat) {
        auto archive = makeKerasPatch(*copy->m_patch, copy->m_source->fileName(), replaced, copy->m_file);
        if (!archive)
            return fail(archive.error());
        copy->m_patch = *std::move(archive);
    }
    return copy;
}

Status PatchedCopy::requireRoom() const
{
    return m_file.requireRoom(m_patch->bytes(), m_patch->bytes());
}

Status PatchedCopy::copy(const Progress &progress)
{
    ProgressMeter meter(progress, m_patch->bytes());
    return m_patch->copy(progress.stop, meter);
}

Status PatchedCopy::write(const TensorInfo &tensor, std::int64_t rawRow0, std::span<const std::byte> raw)
{
    return m_patch->write(tensor, rawRow0, raw);
}

Status PatchedCopy::commit(const std::unordered_set<std::string> &, const Progress &progress)
{
    if (Status finished = m_patch->finish(progress.stop); !finished)
        return finished;
    return m_file.commit();
}

} // namespace nms
