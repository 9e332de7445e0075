// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/superblock.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace nms {

namespace {

constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
constexpr int newestVersion = 3; // also of HDF5 2.0

constexpr unsigned flagWrite = 1, flagSwmr = 4;

/// The most bytes that are needed: version 1 up to the end-of-file address.
constexpr std::int64_t mostBytes = 28 + 3 * 8;

std::uint64_t numberAt(std::span<const unsigned char> bytes, std::size_t at, int size)
{
    std::uint64_t value = 0;
    for (int i = size; i-- > 0;)
        value = value << 8 | bytes[at + std::size_t(i)];
    return value;
}

Hdf5Superblock parse(std::span<const unsigned char> bytes, std::int64_t offset)
{
    Hdf5Superblock block;
    block.offset = offset;
    block.version = bytes[8];
    const bool old = block.version < 2;
    if (block.version > newestVersion)
        return block;
    const int addressBytes = bytes[old ? 13 : 9], lengthBytes = bytes[old ? 14 : 10];
    const auto plausible = [](int size) {
        return size == 2 || size == 4 || size == 8;
    };
    if (!plausible(addressBytes) || !plausible(lengthBytes))
        return block;
    block.addressBytes = addressBytes;
    block.lengthBytes = lengthBytes;
    if (block.version == newestVersion) {
        block.openForWrite = (bytes[11] & flagWrite) != 0;
        block.openForSwmr = (bytes[11] & flagSwmr) != 0;
    }
    // The end address comes after the base address and that of the free space, or of the extension.
    const std::size_t baseAt = old ? (block.version == 0 ? 24 : 28) : 12;
    block.end = numberAt(bytes, baseAt + 2 * std::size_t(addressBytes), addressBytes);
    return block;
}

} // namespace

Result<std::optional<Hdf5Superblock>> findHdf5Superblock(const RegularFile &file)
{
    for (std::int64_t offset = 0; offset <= file.size() - std::int64_t(signature.size());
         offset = offset ? 2 * offset : 512) {
        std::array<unsigned char, mostBytes> bytes = {};
        const std::int64_t held = std::min(mostBytes, file.size() - offset);
        if (Status read = file.readAt(offset, std::as_writable_bytes(std::span(bytes)).first(std::size_t(held))); !read)
            return fail(read.error());
        if (std::equal(signature.begin(), signature.end(), bytes.begin(),
                       [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; }))
            return parse(bytes, offset);
    }
    return std::nullopt;
}

Status requireClosed(const RegularFile &file)
{
    const auto found = findHdf5Superblock(file);
    if (!found || !*found || !((*found)->openForWrite || (*found)->openForSwmr))
        return {}; // a file that cannot be read fails anyway
    return fail(ErrorKind::Input, {},
                std::string("is marked as open for writing") + ((*found)->openForSwmr ? " (SWMR)" : "") +
                    ": another program has it open, or its writer ended without closing it",
                "close that program; if none has it open, make a copy and clear the mark there: cp FILE COPY && h5clear -s "
                "COPY (Debian: hdf5-tools)");
}

Error explainUnopened(const RegularFile &file, const std::string &libraryText, const std::string &libraryVersion)
{
    const Error damaged = {ErrorKind::Input, {}, "cannot be opened as HDF5: " + libraryText, {}};
    const auto found = findHdf5Superblock(file);
    if (!found || !*found)
        return damaged;
    const Hdf5Superblock &block = **found;
    if (block.version > newestVersion)
        return {ErrorKind::Unsupported,
                {},
                "has a superblock of version " + std::to_string(block.version) + ", which the installed HDF5 " +
                    libraryVersion + " does not know: it was written by a newer HDF5, or is damaged",
                "save it again there without libver=\"latest\", or have nmscope built with that HDF5"};
    if (block.end > std::uint64_t(file.size()) && libraryText.find("truncated") != std::string::npos)
        return {ErrorKind::Input,
                {},
                "is a truncated file: it says that it has " + std::to_string(block.end) + " bytes, and there are " +
                    std::to_string(file.size()),
                "get it again; if a program is still writing it, wait until that has closed it"};
    return damaged;
}

} // namespace nms
