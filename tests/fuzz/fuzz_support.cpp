// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/temp_folder.h"

#include <cstdlib>
#include <hdf5.h>

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

void withInputFile(const std::uint8_t *data, std::size_t size, const std::function<void(const std::string &path)> &parse)
{
    const test::TempFolder folder;
    const std::string path = folder.write("input", {reinterpret_cast<const char *>(data), size});
    const auto openHandles = [] {
        return H5Fget_obj_count(hid_t(H5F_OBJ_ALL), H5F_OBJ_ALL);
    };
    const ssize_t before = openHandles();
    parse(path);
    if (openHandles() != before)
        std::abort();
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
    const test::TempFolder folder;
    const std::string path = folder.file("seed.h5");
    if (!build(path))
        std::abort(); // a seed that cannot be made would be a run that tests nothing
    return test::readFile(path);
}

} // namespace nms::fuzz
