// SPDX-License-Identifier: Apache-2.0
#include "core/io/zip/directory.h"

#include "core/base/number_text.h"
#include "core/io/disk/text.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <unordered_set>

namespace nms {

namespace {

constexpr std::int64_t endBytes = 22, locatorBytes = 20, end64Bytes = 56, entryBytes = 46, localBytes = 30;
constexpr std::int64_t mostInflation = 1032; // largest expansion by deflate, bytes per compressed byte
constexpr std::uint64_t see64 = 0xffffffff; // marks a number that is in the zip64 field instead
constexpr unsigned flagEncrypted = 1U, flagSizesBehind = 1U << 3, flagMasked = 1U << 13;
constexpr unsigned methodStored = 0, methodDeflated = 8;

/// Reads numbers from a record; the caller checks the bounds.
class Record
{
public:
    explicit Record(std::string_view bytes) : m_bytes(bytes) { }
    bool is(std::string_view magic) const { return m_bytes.starts_with(magic); }
    unsigned u16(std::int64_t at) const { return unsigned(number(at, 2)); }
    std::uint64_t u32(std::int64_t at) const { return number(at, 4); }
    std::uint64_t u64(std::int64_t at) const { return number(at, 8); }

private:
    std::uint64_t number(std::int64_t at, int bytes) const
    {
        std::uint64_t value = 0;
        for (int i = bytes; i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(m_bytes[std::size_t(at + i)]);
        return value;
    }
    std::string_view m_bytes;
};

struct Directory {
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
    std::int64_t members = 0;
};

/// A member as the directory or its own header describes it.
struct Entry {
    unsigned flags = 0, method = 0;
    std::uint64_t crc = 0, storedBytes = 0, bytes = 0, offset = 0;
};

/// Replaces those of `numbers` that are in the zip64 field of `extra`, in this order. False if the field is damaged.
bool takeZip64(std::string_view extra, std::initializer_list<std::uint64_t *> numbers)
{
    constexpr unsigned zip64Field = 1;
    const bool wanted = std::any_of(numbers.begin(), numbers.end(), [](const std::uint64_t *n) { return *n == see64; });
    while (wanted && extra.size() >= 4) {
        const unsigned id = Record(extra).u16(0), size = Record(extra).u16(2);
        extra.remove_prefix(4);
        if (size > extra.size())
            return false;
        if (id != zip64Field) {
            extra.remove_prefix(size);
            continue;
        }
        std::string_view field = extra.substr(0, size);
        for (std::uint64_t *number : numbers) {
            if (*number != see64)
                continue;
            if (field.size() < 8)
                return false;
            *number = Record(field).u64(0);
            field.remove_prefix(8);
        }
        return true;
    }
    return true; // such a number is legal without the field
}

class DirectoryReader
{
public:
    explicit DirectoryReader(const RegularFile &file) : m_file(file) { }

    Result<std::vector<ZipMember>> read();

private:
    template <class... Texts> auto refuse(const Texts &...texts) const
    {
        return fail(ErrorKind::Input, m_file.path(), "is no valid zip archive: " + (std::string() + ... + texts),
                    "get the file again");
    }
    Result<std::string> bytesAt(std::int64_t offset, std::int64_t bytes) const
    {
        std::string text(std::size_t(bytes), '\0');
        if (Status read = m_file.readAt(offset, std::as_writable_bytes(std::span(text))); !read)
            return fail(read.error());
        return text;
    }
    Result<Directory> findDirectory() const;
    Result<Directory> findDirectory64(std::int64_t endAt) const;
    Result<ZipMember> member(std::string_view name, const Entry &entry, std::int64_t directoryAt) const;
    Status checkOverlaps(const std::vector<ZipMember> &members, const std::vector<std::int64_t> &begins) const;

    const RegularFile &m_file;
};

Result<Directory> DirectoryReader::findDirectory() const
{
    constexpr std::int64_t longestComment = 0xffff;
    const std::int64_t tailBytes = std::min(m_file.size(), endBytes + longestComment);
    const auto tail = bytesAt(m_file.size() - tailBytes, tailBytes);
    if (!tail)
        return fail(tail.error());
    for (std::int64_t at = tailBytes - endBytes; at >= 0; --at) {
        const Record end(std::string_view(*tail).substr(std::size_t(at)));
        if (!end.is(zipEmptyMagic) || at + endBytes + end.u16(20) != tailBytes)
            continue;
        const std::int64_t endAt = m_file.size() - tailBytes + at;
        // Even if no number here refers to it: some programs write both records in full.
        auto directory64 = findDirectory64(endAt);
        if (!directory64 || directory64->members >= 0)
            return directory64;
        if (end.u16(4) != 0 || end.u16(6) != 0 || end.u16(8) != end.u16(10))
            return refuse("it is one part of a multi-part archive");
        const Directory directory{std::int64_t(end.u32(16)), std::int64_t(end.u32(12)), end.u16(10)};
        if (directory.offset + directory.bytes != endAt)
            return refuse("its directory is not where its end record says");
        return directory;
    }
    return refuse("it has no end record: it is cut off");
}

/// −1 members if there is no such directory.
Result<Directory> DirectoryReader::findDirectory64(std::int64_t endAt) const
{
    const Directory none{0, 0, -1};
    if (endAt < locatorBytes + end64Bytes)
        return none;
    const auto locatorText = bytesAt(endAt - locatorBytes, locatorBytes);
    if (!locatorText)
        return fail(locatorText.error());
    const Record locator(*locatorText);
    if (!locator.is(std::string_view("PK\x06\x07", 4)))
        return none;
    if (locator.u32(4) != 0 || locator.u32(16) > 1)
        return refuse("it is one part of a multi-part archive");
    const std::uint64_t at = locator.u64(8);
    const auto mostAt = std::uint64_t(endAt - locatorBytes - end64Bytes);
    if (at > mostAt)
        return refuse("its zip64 end record is said to lie outside of the file");
    const auto endText = bytesAt(std::int64_t(at), end64Bytes);
    if (!endText)
        return fail(endText.error());
    const Record end(*endText);
    if (!end.is(std::string_view("PK\x06\x06", 4)) || end.u64(4) != mostAt - at + (end64Bytes - 12))
        return refuse("its zip64 end record is damaged");
    if (end.u32(16) != 0 || end.u32(20) != 0 || end.u64(24) != end.u64(32))
        return refuse("it is one part of a multi-part archive");
    const std::uint64_t members = end.u64(32), bytes = end.u64(40), offset = end.u64(48);
    if (offset > at || bytes != at - offset || members > bytes / entryBytes)
        return refuse("its directory is not where its end record says");
    return Directory{std::int64_t(offset), std::int64_t(bytes), std::int64_t(members)};
}

/// Checks an entry against the member's own header.
Result<ZipMember> DirectoryReader::member(std::string_view name, const Entry &entry, std::int64_t directoryAt) const
{
    const std::string what = "its member " + escaped(name) + " ";
    const auto outside = [&] {
        return refuse(what, "is said to lie outside of it");
    };
    if (entry.offset > std::uint64_t(directoryAt) ||
        directoryAt - std::int64_t(entry.offset) < localBytes + std::int64_t(name.size()))
        return outside();
    const auto at = std::int64_t(entry.offset);
    const auto text = bytesAt(at, localBytes + std::int64_t(name.size()));
    if (!text)
        return fail(text.error());
    const Record local(*text);
    const unsigned extraBytes = local.u16(28);
    if (!local.is(zipMemberMagic))
        return refuse(what, "does not begin where the directory says");
    if (std::string_view(*text).substr(localBytes) != name || local.u16(26) != name.size())
        return refuse(what, "has another name in its own header");
    const std::int64_t dataAt = at + localBytes + std::int64_t(name.size()) + extraBytes;
    if (dataAt > directoryAt || entry.storedBytes > std::uint64_t(directoryAt - dataAt))
        return outside();
    const auto extra = bytesAt(dataAt - extraBytes, extraBytes);
    if (!extra)
        return fail(extra.error());
    Entry own{local.u16(6), local.u16(8), local.u32(14), local.u32(18), local.u32(22), entry.offset};
    if (!takeZip64(*extra, {&own.bytes, &own.storedBytes}))
        return refuse(what, "has a damaged zip64 field");
    const bool sizesBehind = (own.flags & flagSizesBehind) != 0;
    if (own.method != entry.method || ((own.flags ^ entry.flags) & flagEncrypted) != 0 ||
        (!sizesBehind && (own.crc != entry.crc || own.bytes != entry.bytes || own.storedBytes != entry.storedBytes)))
        return refuse(what, "has a header that contradicts the directory");

    ZipMember member;
    member.name = name;
    member.offset = dataAt;
    member.headerOffset = at;
    member.storedBytes = std::int64_t(entry.storedBytes);
    member.crc = std::uint32_t(entry.crc);
    member.deflated = entry.method == methodDeflated;
    if ((entry.flags & (flagEncrypted | flagMasked)) != 0)
        member.unreadable = "is encrypted";
    else if (entry.method != methodStored && entry.method != methodDeflated)
        member.unreadable = "is compressed by method " + std::to_string(entry.method) + " of zip, which is not read";
    else if (!member.deflated && entry.bytes != entry.storedBytes)
        return refuse(what, "is not compressed, but is said to have another size than it takes");
    else if (entry.bytes / mostInflation > entry.storedBytes)
        return refuse(what, "claims ", std::to_string(entry.bytes), " bytes, more than ", std::to_string(entry.storedBytes),
                      " compressed ones can hold");
    member.bytes = std::int64_t(std::min<std::uint64_t>(entry.bytes, INT64_MAX));
    return member;
}

Status DirectoryReader::checkOverlaps(const std::vector<ZipMember> &members, const std::vector<std::int64_t> &begins) const
{
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return begins[a] < begins[b]; });
    for (std::size_t i = 1; i < order.size(); ++i) {
        const ZipMember &before = members[order[i - 1]];
        if (before.offset + before.storedBytes > begins[order[i]])
            return refuse("its members ", escaped(before.name), " and ", escaped(members[order[i]].name), " overlap");
    }
    return {};
}

Result<std::vector<ZipMember>> DirectoryReader::read()
{
    const auto directory = findDirectory();
    if (!directory)
        return fail(directory.error());
    if (directory->bytes > zipDirectoryLimit)
        return fail(ErrorKind::Resource, m_file.path(),
                    "has a directory of " + formatBytes(double(directory->bytes)) + "; more than " +
                        formatBytes(double(zipDirectoryLimit)) + " are not read");
    const auto text = bytesAt(directory->offset, directory->bytes);
    if (!text)
        return fail(text.error());
    std::string_view rest = *text;
    std::vector<ZipMember> members;
    std::vector<std::int64_t> begins;
    std::unordered_set<std::string_view> names;
    while (!rest.empty()) {
        const Record record(rest);
        if (rest.size() < entryBytes || !record.is(std::string_view("PK\x01\x02", 4)))
            return refuse("its directory is damaged");
        const std::size_t nameBytes = record.u16(28), extraBytes = record.u16(30), commentBytes = record.u16(32);
        if (rest.size() - entryBytes < nameBytes + extraBytes + commentBytes)
            return refuse("its directory is damaged");
        const std::string_view name = rest.substr(entryBytes, nameBytes);
        Entry entry{record.u16(8), record.u16(10), record.u32(16), record.u32(20), record.u32(24), record.u32(42)};
        if (!takeZip64(rest.substr(entryBytes + nameBytes, extraBytes), {&entry.bytes, &entry.storedBytes, &entry.offset}))
            return refuse("its member ", escaped(name), " has a damaged zip64 field");
        if (!names.insert(name).second)
            return refuse("it has the member ", escaped(name), " twice");
        auto next = member(name, entry, directory->offset);
        if (!next)
            return fail(next.error());
        next->entryOffset = directory->offset + std::int64_t(text->size() - rest.size());
        members.push_back(*std::move(next));
        begins.push_back(std::int64_t(entry.offset));
        rest.remove_prefix(entryBytes + nameBytes + extraBytes + commentBytes);
    }
    if (std::int64_t(members.size()) != directory->members)
        return refuse("its directory has ", std::to_string(members.size()), " members, not the ",
                      std::to_string(directory->members), " that its end record counts");
    if (Status apart = checkOverlaps(members, begins); !apart)
        return fail(apart.error());
    return members;
}

} // namespace

Result<std::vector<ZipMember>> readZipDirectory(const RegularFile &file)
{
    return DirectoryReader(file).read();
}

} // namespace nms
