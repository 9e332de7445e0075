// SPDX-License-Identifier: Apache-2.0
// NumPy arrays in a zip archive (.npz). Its tensors have the names of the members, without ".npy". Members are stored or
// deflated; those compressed otherwise or encrypted are listed as unreadable.
#include "core/io/file_source.h"

#include "core/base/number_text.h"
#include "core/io/disk/text.h"
#include "core/io/npy/rows.h"
#include "core/io/tensor_sink.h"
#include "core/io/weights_format.h"
#include "core/io/zip/member.h"

#include <algorithm>
#include <new>
#include <optional>

namespace nms {

namespace {

constexpr std::string_view memberEnding = ".npy";

class NpzFile final : public FileSource
{
public:
    static Result<std::unique_ptr<FileSource>> open(RegularFile file, const std::stop_token &stop);

    std::string_view format() const override { return npzFormat.name; }
    Result<Attributes> attributes(const TensorInfo &) override { return Attributes(); }

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override;
    std::int64_t rowsTogether(std::size_t) const override { return 1; }

private:
    struct Array {
        ZipMember member;
        NpyHeader header;
    };
    /// The array that was read last.
    struct Open {
        Open(const NpzFile &source, std::size_t index_)
            : index(index_),
              reader(source.m_file, source.m_arrays[index].member, source.where(source.tensors()[index]), source.m_stop),
              rows(source.m_arrays[index].header,
                   [this](std::int64_t offset, std::span<std::byte> out) { return reader.readAt(offset, out); })
        { }
        std::size_t index;
        ZipMemberReader reader;
        NpyRows rows;
    };

    NpzFile(RegularFile file, std::stop_token stop)
        : FileSource(file.path()), m_file(std::move(file)), m_stop(std::move(stop))
    { }
    Status list();
    Result<Array> readHeader(ZipMember member);

    RegularFile m_file;
    std::stop_token m_stop;
    std::vector<Array> m_arrays; // in the order of the tensors
    std::optional<Open> m_open;
};

Result<std::unique_ptr<FileSource>> NpzFile::open(RegularFile file, const std::stop_token &stop)
{
    std::unique_ptr<NpzFile> source(new NpzFile(std::move(file), stop));
    if (Status listed = source->list(); !listed)
        return fail(listed.error());
    return source;
}

Status NpzFile::list()
{
    auto members = readZipDirectory(m_file);
    if (!members)
        return fail(members.error());
    std::vector<TensorInfo> tensors;
    for (ZipMember &member : *members) {
        const std::string_view name = member.name;
        if (!name.ends_with(memberEnding) || name.size() == memberEnding.size() || !isPlainText(name)) {
            m_skipped.push_back(
                {isPlainText(name) ? member.name : escaped(name),
                 isPlainText(name) ? "is no array: its name does not end in .npy" : "has a name that is no plain text",
                 name.ends_with(memberEnding)});
            continue;
        }
        if (m_stop.stop_requested())
            return fail(ErrorKind::Cancelled, fileName(), "opening was cancelled");
        auto array = readHeader(std::move(member));
        if (!array)
            return fail(array.error());
        if (array->header.trailingBytes > 0)
            m_skipped.push_back({array->header.tensor.path + " (after it)",
                                 "holds " + formatBytes(double(array->header.trailingBytes)) + " more, which are not read"});
        tensors.push_back(array->header.tensor);
        m_arrays.push_back(*std::move(array));
    }
    setTensors(std::move(tensors));
    return {};
}

/// Reads the header of the array in `member`.
Result<NpzFile::Array> NpzFile::readHeader(ZipMember member)
{
    Array array{std::move(member), {}};
    const std::string path = array.member.name.substr(0, array.member.name.size() - memberEnding.size());
    if (array.member.unreadable.empty()) {
        ZipMemberReader reader(m_file, array.member, fileName() + ": " + path, m_stop);
        auto header =
            readNpyHeader([&](std::int64_t offset, std::span<std::byte> out) { return reader.readAt(offset, out); },
                          array.member.bytes, fileName() + ": " + path);
        if (!header)
            return fail(header.error());
        array.header = *std::move(header);
        array.header.tensor.layout += array.member.deflated ? ", deflate" : ", stored";
    } else {
        array.header.tensor.storedType = "unknown";
        array.header.tensor.unreadable =
            array.member.unreadable + ": save it anew with numpy.savez or numpy.savez_compressed";
    }
    array.header.tensor.path = path;
    return array;
}

Status NpzFile::readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out)
{
    try {
        if (!m_open || m_open->index != index) {
            m_open.emplace(*this, index);
            if (Status intact = m_open->reader.check(); !intact) {
                m_open.reset();
                return intact;
            }
        }
        return m_open->rows.read(row0, rows, out);
    } catch (const std::bad_alloc &) {
        m_open.reset();
        return fail(ErrorKind::Resource, where(tensors()[index]), "needs more memory than there is",
                    "close other programs, or save the array in C order");
    }
}

/// Decides by the first member, as NumPy writes archives; if that is not an array, by the directory, since another program
/// may have written something else first.
Result<bool> holdsArrays(std::string_view head, const RegularFile &file)
{
    if (!head.starts_with(zipMemberMagic) && !head.starts_with(zipEmptyMagic))
        return false;
    constexpr std::size_t nameLengthAt = 26, nameAt = 30;
    if (head.starts_with(zipMemberMagic) && head.size() >= nameAt) {
        const std::size_t nameBytes =
            static_cast<unsigned char>(head[nameLengthAt]) + 256U * static_cast<unsigned char>(head[nameLengthAt + 1]);
        std::string name(nameBytes, '\0');
        if (file.readAt(nameAt, std::as_writable_bytes(std::span(name))) && name.ends_with(memberEnding))
            return true;
    }
    const auto members = readZipDirectory(file);
    return members && (members->empty() || std::any_of(members->begin(), members->end(), [](const ZipMember &member) {
                           return member.name.ends_with(memberEnding);
                       }));
}

constexpr std::string_view endings[] = {".npz"};

} // namespace

constinit const WeightsFormat npzFormat{"npz", endings, holdsArrays, NpzFile::open, nullptr};

} // namespace nms
