// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temp_folder.h"

#include <cstdlib>
#include <cstring>
#include <hdf5.h>

extern "C" std::uint32_t H5_checksum_metadata(const void *data, std::size_t bytes, std::uint32_t initial); // of libhdf5

// libhdf5 asks for whatever memory a damaged file claims, and copes with a refusal.
// NOLINTBEGIN(bugprone-reserved-identifier): the sanitizers' own names
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options()
{
    return "allocator_may_return_null=1";
}

// What libhdf5 forgets when it gives up in the middle of a damaged structure; handles of ours are counted by
// withInputFile().
extern "C" const char *__lsan_default_suppressions();
extern "C" const char *__lsan_default_suppressions()
{
    return "leak:libhdf5\n";
}
// NOLINTEND(bugprone-reserved-identifier)

namespace nms::fuzz {

unsigned long accepted = 0;

void withInputFile(std::string_view input, const std::function<void(const std::string &path)> &parse)
{
    const test::TempFolder folder;
    const std::string path = folder.write("input", input);
    const auto openHandles = [] {
        return H5Fget_obj_count(hid_t(H5F_OBJ_ALL), H5F_OBJ_ALL);
    };
    const ssize_t before = openHandles();
    parse(path);
    if (openHandles() != before)
        std::abort();
}

namespace {

/// Over bytes [begin, begin + bytes), to the four behind them.
void putChecksum(std::string &file, std::size_t begin, std::size_t bytes)
{
    if (begin + bytes + sizeof(std::uint32_t) > file.size())
        return;
    const std::uint32_t checksum = H5_checksum_metadata(file.data() + begin, bytes, 0);
    std::memcpy(file.data() + begin + bytes, &checksum, sizeof checksum);
}

} // namespace

std::string withChecksums(const std::uint8_t *data, std::size_t size)
{
    std::string file(reinterpret_cast<const char *>(data), size);
    if (std::hash<std::string>()(file) % 2 == 0)
        return file;
    constexpr std::size_t superblockBytes = 44;
    if (file.size() > 8 && (file[8] == 2 || file[8] == 3))
        putChecksum(file, 0, superblockBytes);
    for (std::size_t at = file.find("OHDR"); at != std::string::npos; at = file.find("OHDR", at + 1)) {
        if (at + 40 > file.size())
            break;
        const auto flags = static_cast<unsigned char>(file[at + 5]);
        const std::size_t sizeAt = 6 + ((flags & 0x20U) ? 16 : 0) + ((flags & 0x10U) ? 4 : 0),
                          width = std::size_t(1) << (flags & 3U);
        std::uint64_t messages = 0;
        std::memcpy(&messages, file.data() + at + sizeAt, width);
        if (messages < file.size())
            putChecksum(file, at, sizeAt + width + std::size_t(messages));
    }
    return file;
}

std::int64_t createHdf5(const std::string &path, FileFormat format)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (format == FileFormat::Newest)
        H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}

std::string fileMadeBy(bool (*build)(const std::string &path))
{
    const test::TempFolder folder;
    const std::string path = folder.file("seed.h5");
    if (!build(path))
        std::abort(); // a seed that cannot be made would be a run that tests nothing
    return test::readFile(path);
}

} // namespace nms::fuzz
