// SPDX-License-Identifier: Apache-2.0
#include "core/io/weights_file.h"

#include "core/io/file_source.h"
#include "core/io/open_file.h"
#include "core/io/regular_file.h"
#include "core/io/shard_folder.h"
#include "core/io/weights_format.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>
#include <string_view>

namespace nms {

namespace {

/// A name for what else the file may be.
std::string guess(std::string_view head)
{
    static constexpr struct {
        std::string_view begin;
        std::string_view text;
    } known[] = {{"PK\x03\x04", " (it looks like a zip archive: a PyTorch checkpoint?)"},
                 {"\x80\x02", " (it looks like a Python pickle)"},
                 {"\x80\x04", " (it looks like a Python pickle)"},
                 {"GGUF", " (it looks like GGUF)"},
                 {"version https://git-lfs", " (it is a Git LFS pointer: run git lfs pull)"}};
    for (const auto &entry : known)
        if (head.starts_with(entry.begin))
            return std::string(entry.text);
    return {};
}

Result<std::unique_ptr<FileSource>> openAny(const std::string &name, const std::stop_token &stop)
{
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
    const std::string what = head.empty() ? "is empty" : "is neither " + weightsFormatNames("nor") + guess(head);
    return fail(ErrorKind::Input, name, what, "name a " + readableEndings() + " file of weights");
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

Result<std::unique_ptr<TensorSource>> openWeights(const std::string &file, const std::stop_token &stop)
{
    auto source = openFileSource(file, stop);
    if (!source)
        return fail(source.error());
    return *std::move(source);
}

} // namespace nms
