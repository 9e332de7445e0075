// SPDX-License-Identifier: Apache-2.0
#include "core/io/weights_file.h"

#include "core/io/attached_source.h"
#include "core/io/attached_tensors.h"
#include "core/io/disk/regular_file.h"
#include "core/io/file_kind.h"
#include "core/io/file_source.h"
#include "core/io/safetensors/shard_folder.h"
#include "core/io/weights_format.h"
#include "core/io/zip/directory.h"
#include "core/tensor/layout.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>
#include <string_view>

namespace nms {

namespace {

/// The error for a file that no format recognised.
Error unknownFile(const RegularFile &file)
{
    if (file.size() == 0)
        return {ErrorKind::Input, file.path(), "is empty", "name a " + readableEndings() + " file of weights"};
    std::array<char, fileKindBytes> bytes = {};
    const std::size_t headBytes = std::min<std::size_t>(bytes.size(), std::size_t(file.size()));
    if (Status read = file.readAt(0, std::as_writable_bytes(std::span(bytes)).first(headBytes)); !read)
        return read.error();
    const std::string_view head(bytes.data(), headBytes);
    std::vector<std::string> names;
    if (head.starts_with(zipMemberMagic))
        if (const auto members = readZipDirectory(file))
            for (const ZipMember &member : *members)
                names.push_back(member.name);
    FileKind kind = guessFileKind(head, names);
    if (kind.what.empty())
        kind.what = "is neither " + weightsFormatNames("nor");
    if (kind.remedy.empty())
        kind.remedy = "name a " + readableEndings() + " file of weights";
    return {ErrorKind::Input, file.path(), std::move(kind.what), std::move(kind.remedy)};
}

Result<std::unique_ptr<FileSource>> openAny(const std::string &name, const std::stop_token &stop)
{
    if (isAttachedName(name))
        return openAttached(name, stop);
    std::error_code ignored;
    if (std::filesystem::is_directory(name, ignored)) {
        const auto inside = weightsFileIn(name);
        return inside ? openAny(*inside, stop) : fail(inside.error());
    }
    auto file = RegularFile::open(name);
    if (!file)
        return fail(file.error());
    std::array<char, weightsHeadBytes> bytes = {};
    const std::size_t headBytes = std::min<std::size_t>(bytes.size(), std::size_t(file->size()));
    if (Status read = file->readAt(0, std::as_writable_bytes(std::span(bytes)).first(headBytes)); !read)
        return fail(read.error());
    const std::string_view head(bytes.data(), headBytes);
    for (const WeightsFormat *format : weightsFormats()) {
        const auto recognised = format->recognise(head, *file);
        if (!recognised)
            return fail(recognised.error());
        if (*recognised)
            return format->open(*std::move(file), stop);
    }
    return fail(unknownFile(*file));
}

} // namespace

Result<std::unique_ptr<FileSource>> openFileSource(const std::string &name, const std::stop_token &stop)
{
    try {
        return openAny(name, stop);
    } catch (const std::bad_alloc &) {
        return fail(ErrorKind::Resource, name, "needs more memory than there is to list what it holds",
                    "close other programs and try again");
    }
}

Result<std::unique_ptr<TensorSource>> openWeights(const std::string &file, const std::stop_token &stop,
                                                  const std::vector<AxesRule> &axes)
{
    auto source = openFileSource(file, stop);
    if (!source)
        return fail(source.error());
    if (const Status said = applyAxesRules(**source, axes); !said)
        return fail(said.error());
    return *std::move(source);
}

} // namespace nms
