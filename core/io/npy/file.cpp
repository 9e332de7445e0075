// SPDX-License-Identifier: Apache-2.0
// A file with one NumPy array (.npy). Its tensor has the name of the file, without ".npy".
#include "core/io/file_source.h"

#include "core/base/number_text.h"
#include "core/io/disk/regular_file.h"
#include "core/io/disk/text.h"
#include "core/io/npy/rows.h"
#include "core/io/tensor_sink.h"
#include "core/io/weights_format.h"

#include <filesystem>
#include <new>

namespace nms {

namespace {

class NpyFile final : public FileSource
{
public:
    static Result<std::unique_ptr<FileSource>> open(RegularFile file, const std::stop_token &)
    {
        auto owned = std::make_unique<const RegularFile>(std::move(file));
        ReadAt readAt = [&in = *owned](std::int64_t offset, std::span<std::byte> out) {
            return in.readAt(offset, out);
        };
        auto header = readNpyHeader(readAt, owned->size(), owned->path());
        if (!header)
            return fail(header.error());
        const std::string stem = std::filesystem::path(owned->path()).stem().string();
        header->tensor.path = stem.empty() || !isPlainText(stem) ? "array" : stem;
        return std::unique_ptr<FileSource>(new NpyFile(std::move(owned), *std::move(header), std::move(readAt)));
    }

    std::string_view format() const override { return npyFormat.name; }
    Result<Attributes> attributes(const TensorInfo &) override { return Attributes(); }

protected:
    Status readRaw(std::size_t, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override
    {
        try {
            return m_rows.read(row0, rows, out);
        } catch (const std::bad_alloc &) {
            return fail(ErrorKind::Resource, where(tensors().front()), "needs more memory than there is",
                        "close other programs, or save the array in C order");
        }
    }
    bool readsElements(std::size_t) const override { return !m_rows.isFortranOrder(); }
    bool readsElementsInParallel() const override { return true; }
    Status readElements(std::size_t, std::int64_t first, std::span<std::byte> out) override
    {
        return m_rows.readElements(first, out);
    }
    std::int64_t rowsTogether(std::size_t) const override { return 1; }

private:
    NpyFile(std::unique_ptr<const RegularFile> file, NpyHeader header, ReadAt readAt)
        : FileSource(file->path()), m_file(std::move(file)), m_rows(header, std::move(readAt))
    {
        if (header.trailingBytes > 0)
            m_skipped.push_back(
                {header.tensor.path + " (after it)",
                 "holds " + formatBytes(double(header.trailingBytes)) + " more, which are not read: a second array?"});
        setTensors({std::move(header.tensor)});
    }

    std::unique_ptr<const RegularFile> m_file; // m_rows reads from it
    NpyRows m_rows;
};

Result<bool> hasMagic(std::string_view head, const RegularFile &)
{
    return head.starts_with(npyMagic);
}

constexpr std::string_view endings[] = {".npy"};

} // namespace

constinit const WeightsFormat npyFormat{"npy", endings, hasMagic, NpyFile::open, nullptr};

} // namespace nms
