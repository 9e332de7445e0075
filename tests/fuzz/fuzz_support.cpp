// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz_target.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <hdf5.h>
#include <iterator>
#include <unistd.h>

// libhdf5 asks for whatever memory a damaged file claims, and copes with a refusal.
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options()
{
    return "allocator_may_return_null=1";
}

// What libhdf5 forgets when it gives up in the middle of a damaged structure; handles of ours are counted by openHandles().
extern "C" const char *__lsan_default_suppressions();
extern "C" const char *__lsan_default_suppressions()
{
    return "leak:libhdf5\n";
}

namespace nms::fuzz {

unsigned long accepted = 0;

InputFile::InputFile(const std::uint8_t *data, std::size_t size)
    : m_path((std::filesystem::temp_directory_path() / "nmscope-fuzz-XXXXXX").string())
{
    const int descriptor = ::mkstemp(m_path.data());
    if (descriptor < 0 || ::write(descriptor, data, size) != ssize_t(size))
        std::abort();
    ::close(descriptor);
}

InputFile::~InputFile()
{
    ::unlink(m_path.c_str());
}

std::int64_t openHandles()
{
    return H5Fget_obj_count(hid_t(H5F_OBJ_ALL), H5F_OBJ_ALL);
}

std::int64_t createChecksummed(const std::string &path)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}

std::string fileMadeBy(bool (*build)(const std::string &path))
{
    std::string folder = (std::filesystem::temp_directory_path() / "nmscope-fuzz-XXXXXX").string();
    if (!::mkdtemp(folder.data()))
        std::abort();
    const std::string path = folder + "/seed.h5";
    if (!build(path))
        std::abort(); // a seed that cannot be made would be a run that tests nothing
    std::ifstream in(path, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::filesystem::remove_all(folder);
    return content;
}

} // namespace nms::fuzz
