// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/object_header.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace nms {

namespace {

constexpr std::int64_t mostBytes = 1 << 20;
constexpr std::size_t mostMessages = 4096, mostBlocks = 64;
constexpr std::int64_t checksumBytes = 4;

/// Reads numbers in sequence; zeros after the end, and then `fine` is false.
class Numbers
{
public:
    explicit Numbers(std::span<const std::byte> bytes) : m_bytes(bytes) { }
    std::uint64_t next(int size)
    {
        std::uint64_t value = 0;
        const auto bytes = take(std::size_t(size));
        for (std::size_t i = bytes.size(); i-- > 0;)
            value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
        return value;
    }
    std::span<const std::byte> take(std::size_t size)
    {
        fine = fine && size <= m_bytes.size();
        if (!fine)
            return {};
        const auto taken = m_bytes.first(size);
        m_bytes = m_bytes.subspan(size);
        return taken;
    }
    std::size_t left() const { return m_bytes.size(); }
    bool fine = true;

private:
    std::span<const std::byte> m_bytes;
};

class HeaderReader
{
public:
    HeaderReader(const RegularFile &file, const Hdf5Superblock &superblock) : m_file(file), m_superblock(superblock) { }

    std::optional<std::vector<Hdf5Message>> read(std::uint64_t address);

private:
    struct Block {
        std::uint64_t address;
        std::uint64_t bytes;
    };
    std::optional<std::vector<std::byte>> bytesAt(std::uint64_t address, std::uint64_t bytes);
    std::optional<Block> first(std::uint64_t address);
    bool readMessages(std::span<const std::byte> bytes);

    const RegularFile &m_file;
    const Hdf5Superblock &m_superblock;
    std::int64_t m_bytes = 0; // read so far
    bool m_isOld = false; // version 1
    bool m_hasOrder = false; // messages carry the order of their creation
    std::vector<Block> m_blocks; // chunks of messages, to be read
    std::vector<Hdf5Message> m_messages;
};

std::optional<std::vector<std::byte>> HeaderReader::bytesAt(std::uint64_t address, std::uint64_t bytes)
{
    const auto held = std::uint64_t(m_file.size() - m_superblock.offset);
    if (address > held || bytes > held - address || bytes > std::uint64_t(mostBytes - m_bytes))
        return std::nullopt;
    m_bytes += std::int64_t(bytes);
    std::vector<std::byte> read(static_cast<std::size_t>(bytes));
    if (!m_file.readAt(m_superblock.offset + std::int64_t(address), read))
        return std::nullopt;
    return read;
}

/// Reads the prefix of a header and returns where its first messages are.
std::optional<HeaderReader::Block> HeaderReader::first(std::uint64_t address)
{
    constexpr std::uint64_t oldPrefix = 16, newPrefix = 6;
    const auto start = bytesAt(address, newPrefix);
    if (!start)
        return std::nullopt;
    const std::string_view text(reinterpret_cast<const char *>(start->data()), start->size());
    if (text.starts_with("OHDR") && text[4] == 2) {
        const unsigned flags = static_cast<unsigned char>(text[5]);
        m_hasOrder = (flags & 0x04U) != 0;
        const std::uint64_t skipped = newPrefix + ((flags & 0x20U) != 0 ? 16 : 0) + ((flags & 0x10U) != 0 ? 4 : 0);
        const int sizeBytes = 1 << (flags & 3U);
        const auto size = bytesAt(address + skipped, std::uint64_t(sizeBytes));
        if (!size)
            return std::nullopt;
        return Block{address + skipped + std::uint64_t(sizeBytes), Numbers(*size).next(sizeBytes)};
    }
    if (text[0] != 1)
        return std::nullopt;
    const auto prefix = bytesAt(address, oldPrefix);
    if (!prefix)
        return std::nullopt;
    m_isOld = true;
    Numbers numbers(*prefix);
    numbers.take(8); // version, messages, references
    return Block{address + oldPrefix, numbers.next(4)};
}

bool HeaderReader::readMessages(std::span<const std::byte> bytes)
{
    const std::size_t headBytes = m_isOld ? 8 : m_hasOrder ? 6 : 4;
    Numbers in(bytes);
    while (in.left() >= headBytes) { // less than that at the end is a gap
        Hdf5Message message;
        message.type = unsigned(in.next(m_isOld ? 2 : 1));
        const auto size = std::size_t(in.next(2));
        message.shared = (in.next(1) & 2U) != 0;
        in.take(m_isOld ? 3 : m_hasOrder ? 2 : 0);
        const auto data = in.take(size);
        if (!in.fine || m_messages.size() >= mostMessages)
            return false;
        message.data.assign(data.begin(), data.end());
        if (message.type == Hdf5Message::Continuation && !message.shared) {
            Numbers place(data);
            const std::uint64_t address = place.next(m_superblock.addressBytes);
            m_blocks.push_back({address, place.next(m_superblock.lengthBytes)});
            if (!place.fine || m_blocks.size() > mostBlocks)
                return false;
        }
        m_messages.push_back(std::move(message));
    }
    return true;
}

std::optional<std::vector<Hdf5Message>> HeaderReader::read(std::uint64_t address)
{
    const auto prefix = first(address);
    if (!prefix)
        return std::nullopt;
    m_blocks.push_back(*prefix);
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        const auto bytes = bytesAt(m_blocks[i].address, m_blocks[i].bytes);
        if (!bytes)
            return std::nullopt;
        std::span<const std::byte> messages(*bytes);
        if (i > 0 && !m_isOld) { // "OCHK" in front and a checksum behind
            if (messages.size() < 4 + std::size_t(checksumBytes))
                return std::nullopt;
            messages = messages.subspan(4, messages.size() - 4 - std::size_t(checksumBytes));
        }
        if (!readMessages(messages))
            return std::nullopt;
    }
    return std::move(m_messages);
}

/// Versions of messages that only libraries after 1.8 can read.
struct Learned {
    unsigned type;
    std::string_view name;
    unsigned version, major, minor;
};

constexpr Learned learned[] = {
    {Hdf5Message::Layout, "data layout", 4, 1, 10},
    {Hdf5Message::Layout, "data layout", 5, 2, 0},
    {Hdf5Message::Datatype, "data type", 4, 1, 12},
    {Hdf5Message::Datatype, "data type", 5, 2, 0},
};

unsigned versionOf(const Hdf5Message &message)
{
    const unsigned first = message.data.empty() ? 0 : std::to_integer<unsigned>(message.data.front());
    return message.type == Hdf5Message::Datatype ? first >> 4 : first;
}

} // namespace

std::optional<std::vector<Hdf5Message>> readObjectHeader(const RegularFile &file, const Hdf5Superblock &superblock,
                                                         std::uint64_t address)
{
    return HeaderReader(file, superblock).read(address);
}

std::optional<std::vector<std::int64_t>> shapeOf(const Hdf5Message &dataspace, const Hdf5Superblock &superblock)
{
    constexpr std::uint64_t mostDimensions = 32, kindNull = 2;
    Numbers in(dataspace.data);
    const std::uint64_t version = in.next(1), rank = in.next(1);
    in.take(1); // flags
    if (version == 1)
        in.take(5);
    const bool isNull = version == 2 && in.next(1) == kindNull;
    if ((version != 1 && version != 2) || isNull || rank > mostDimensions || dataspace.shared)
        return std::nullopt;
    std::vector<std::int64_t> shape;
    for (std::uint64_t d = 0; d < rank; ++d)
        shape.push_back(std::int64_t(std::min(in.next(superblock.lengthBytes), std::uint64_t(INT64_MAX))));
    if (!in.fine)
        return std::nullopt;
    return shape;
}

std::optional<std::string> newerThan(const std::vector<Hdf5Message> &messages, unsigned major, unsigned minor)
{
    for (const Hdf5Message &message : messages)
        for (const Learned &each : learned)
            if (!message.shared && message.type == each.type && versionOf(message) == each.version &&
                std::pair(each.major, each.minor) > std::pair(major, minor))
                return "has a " + std::string(each.name) + " of version " + std::to_string(each.version) +
                    ", which HDF5 reads from " + std::to_string(each.major) + "." + std::to_string(each.minor) + " on";
    return std::nullopt;
}

} // namespace nms
