// SPDX-License-Identifier: Apache-2.0
#include "core/io/weights_file.h"

#include "core/io/hdf5_file.h"
#include "core/io/open_file.h"
#include "core/io/safetensors_file.h"
#include "core/io/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>

namespace nms {

namespace {

/// HDF5's signature stands at 0 or, behind a user block, at a power of two from 512 on.
Result<bool> hasHdf5Signature(const RegularFile &file)
{
    constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
    for (std::int64_t offset = 0; offset <= file.size() - 8; offset = offset ? 2 * offset : 512) {
        std::array<char, 8> bytes;
        if (Status read = file.readAt(offset, std::as_writable_bytes(std::span(bytes))); !read)
            return fail(read.error());
        if (std::string_view(bytes.data(), bytes.size()) == signature)
            return true;
    }
    return false;
}

/// A name for what else the file may be.
std::string guess(std::string_view head)
{
    static constexpr struct {
        std::string_view begin;
        std::string_view text;
    } known[] = {{"PK\x03\x04", " (it looks like a zip archive: a PyTorch checkpoint or .npz?)"},
                 {"\x80\x02", " (it looks like a Python pickle)"},
                 {"\x80\x04", " (it looks like a Python pickle)"},
                 {"\x93NUMPY", " (it looks like a NumPy array)"},
                 {"GGUF", " (it looks like GGUF)"},
                 {"version https://git-lfs", " (it is a Git LFS pointer: run git lfs pull)"}};
    for (const auto &entry : known)
        if (head.starts_with(entry.begin))
            return std::string(entry.text);
    return {};
}

Result<std::unique_ptr<FileSource>> openEither(const std::string &name, const std::stop_token &stop)
{
    auto file = RegularFile::open(name);
    if (!file)
        return fail(file.error());
    const auto isHdf5 = hasHdf5Signature(*file);
    if (!isHdf5)
        return fail(isHdf5.error());
    if (*isHdf5) {
        auto source = Hdf5File::open(*std::move(file), stop);
        if (!source)
            return fail(source.error());
        return *std::move(source);
    }
    std::array<char, 32> head = {};
    const std::size_t headBytes = std::min<std::size_t>(head.size(), std::size_t(file->size()));
    if (Status read = file->readAt(0, std::as_writable_bytes(std::span(head)).first(headBytes)); !read)
        return fail(read.error());
    if (headBytes > safetensorsPrefixBytes && head[safetensorsPrefixBytes] == '{') {
        auto source = SafetensorsFile::open(*std::move(file));
        if (!source)
            return fail(source.error());
        return *std::move(source);
    }
    const std::string what =
        file->size() == 0 ? "is empty" : "is neither HDF5 nor safetensors" + guess({head.data(), headBytes});
    return fail(ErrorKind::Input, name, what, "name a .h5 or .safetensors file of weights");
}

} // namespace

Result<std::unique_ptr<FileSource>> openFileSource(const std::string &name, const std::stop_token &stop)
{
    try {
        return openEither(name, stop);
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
