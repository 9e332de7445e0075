// SPDX-License-Identifier: Apache-2.0
#include "core/io/zip/keras_patch.h"

#include "core/io/disk/file_copy.h"
#include "core/io/zip/keras_archive.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <libdeflate.h>
#include <string_view>
#include <sys/stat.h>

namespace nms {

namespace {

constexpr std::int64_t localFlagsAt = 6, localCrcAt = 14, entryCrcAt = 16;
constexpr unsigned flagSizesBehind = 1U << 3; // checksum and sizes follow the data, and may be 0 in the header before it
constexpr std::string_view behindMagic("PK\x07\x08", 4); // optional signature before them

const char *const remedy = "write to a .weights.h5 file, which model.load_weights() takes";

bool isSameFile(const RegularFile &a, const RegularFile &b)
{
    struct stat one = {}, other = {};
    return ::fstat(a.descriptor(), &one) == 0 && ::fstat(b.descriptor(), &other) == 0 && one.st_dev == other.st_dev &&
        one.st_ino == other.st_ino;
}

std::array<std::byte, 4> littleEndian(std::uint32_t number)
{
    std::array<std::byte, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = std::byte(number >> (8 * i));
    return bytes;
}

class KerasPatch final : public FilePatch
{
public:
    KerasPatch(std::unique_ptr<RegularFile> archive, const AtomicFile &to, ZipMember member)
        : FilePatch(*archive, to), m_archive(std::move(archive)), m_member(std::move(member))
    { }
    Status finish(const std::stop_token &stop) override;

private:
    Result<std::uint32_t> checksum(const RegularFile &copy, const std::stop_token &stop) const;
    Result<std::vector<std::int64_t>> checksumPlaces() const;

    const std::unique_ptr<RegularFile> m_archive;
    const ZipMember m_member;
};

/// CRC-32 of the member as it is in the copy.
Result<std::uint32_t> KerasPatch::checksum(const RegularFile &copy, const std::stop_token &stop) const
{
    constexpr std::int64_t pieceBytes = 1 << 20;
    std::vector<std::byte> piece(std::size_t(std::min(pieceBytes, m_member.bytes)));
    std::uint32_t crc = 0;
    for (std::int64_t done = 0; done < m_member.bytes; done += std::int64_t(piece.size())) {
        if (stop.stop_requested())
            return fail(ErrorKind::Cancelled, m_to.target(), "was not written: cancelled");
        piece.resize(std::size_t(std::min(pieceBytes, m_member.bytes - done)));
        if (Status read = copy.readAt(m_member.offset + done, piece); !read)
            return fail(read.error());
        crc = libdeflate_crc32(crc, piece.data(), piece.size());
    }
    return crc;
}

/// Where the archive stores the checksum: in the directory, and before the data, after it, or both.
Result<std::vector<std::int64_t>> KerasPatch::checksumPlaces() const
{
    std::vector<std::int64_t> places = {m_member.entryOffset + entryCrcAt};
    std::array<std::byte, 2> flags{};
    if (Status read = m_archive->readAt(m_member.headerOffset + localFlagsAt, flags); !read)
        return fail(read.error());
    if ((unsigned(flags[0]) & flagSizesBehind) == 0) {
        places.push_back(m_member.headerOffset + localCrcAt);
        return places;
    }
    const auto has = [&](std::int64_t at, std::uint32_t crc) {
        std::array<std::byte, 4> found{};
        return m_archive->readAt(at, found).has_value() && found == littleEndian(crc);
    };
    if (m_member.crc != 0 && has(m_member.headerOffset + localCrcAt, m_member.crc))
        places.push_back(m_member.headerOffset + localCrcAt);
    std::int64_t behind = m_member.offset + m_member.storedBytes;
    std::array<std::byte, behindMagic.size()> magic{};
    if (m_archive->readAt(behind, magic) && std::memcmp(magic.data(), behindMagic.data(), magic.size()) == 0)
        behind += std::int64_t(magic.size());
    if (has(behind, m_member.crc))
        places.push_back(behind);
    return places;
}

Status KerasPatch::finish(const std::stop_token &stop)
{
    const int descriptor = ::fcntl(m_to.descriptor(), F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0)
        return fail(ErrorKind::Resource, m_to.target(), "cannot be read back: too many files are open", "close some");
    const auto copy = RegularFile::ofDescriptor(m_to.target(), descriptor);
    if (!copy)
        return fail(copy.error());
    const auto crc = checksum(*copy, stop);
    const auto places = checksumPlaces();
    if (!crc || !places)
        return fail(crc ? places.error() : crc.error());
    for (const std::int64_t place : *places)
        if (Status written = writeAt(m_to, place, littleEndian(*crc), m_to.target()); !written)
            return written;
    return {};
}

} // namespace

Result<std::unique_ptr<FilePatch>> makeKerasPatch(const FilePatch &inner, const std::string &fileName,
                                                  std::span<const TensorInfo> replaced, const AtomicFile &copy)
{
    auto archive = RegularFile::open(fileName);
    if (!archive)
        return fail(archive.error());
    auto member = findKerasWeights(*archive);
    if (!member)
        return fail(member.error());
    if (member->deflated)
        return fail(ErrorKind::Unsupported, fileName + ": " + member->name,
                    "is compressed in its archive, and new values would have another size there", remedy);
    if (!isSameFile(*archive, inner.from()) || member->offset != inner.from().offset())
        return fail(ErrorKind::Input, fileName, "changed while it was open", "try again");
    const std::int64_t base = member->offset;
    auto patch = std::make_unique<KerasPatch>(std::make_unique<RegularFile>(*std::move(archive)), copy, *std::move(member));
    for (const TensorInfo &tensor : replaced) {
        auto place = inner.placeOf(tensor.path);
        if (!place)
            return fail(ErrorKind::Unsupported, fileName + ": " + tensor.path,
                        "is stored " + tensor.layout + ", and new values would have another size in the archive", remedy);
        place->offset += base;
        patch->setPlace(tensor.path, *place);
    }
    return patch;
}

} // namespace nms
