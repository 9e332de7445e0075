// SPDX-License-Identifier: Apache-2.0
// Memory that runs out at any allocation of ours, those in callbacks of libhdf5 included: an error, and a library that works
// on.
#include "core/io/hdf5_support.h"
#include "core/io/mask_file.h"
#include "tests/unit/io_support.h"

#include <cstdlib>
#include <gmock/gmock.h>
#include <new>
#include <stdexcept>
#include <thread>

namespace {

thread_local long allocationsLeft = -1; // negative: any number

void *allocated(std::size_t bytes)
{
    if (allocationsLeft >= 0 && allocationsLeft-- == 0)
        throw std::bad_alloc();
    if (void *memory = std::malloc(bytes ? bytes : 1))
        return memory;
    throw std::bad_alloc();
}

} // namespace

// For the whole program; only in this thread, and only when asked, does memory run out.
void *operator new(std::size_t bytes)
{
    return allocated(bytes);
}
void *operator new[](std::size_t bytes)
{
    return allocated(bytes);
}
void operator delete(void *memory) noexcept
{
    std::free(memory);
}
void operator delete[](void *memory) noexcept
{
    std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete[](void *memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace nms::test {
namespace {

using testing::HasSubstr;

/// Another thread gets the library's lock: nobody left it held.
void expectLibraryWorks()
{
    std::thread([] {
        silenceHdf5();
        EXPECT_GT(H5Tget_size(H5T_IEEE_F32LE), 0U);
    }).join();
}

TEST(Hdf5Memory, AnExceptionInACallbackComesOutBehindTheLibrary)
{
    const TempFolder folder;
    const Hdf5Builder file(folder.file("w.h5"));
    file.group("g");
    Hdf5Callback callback;
    const auto fails = [](hid_t, const char *, const H5L_info_t *, void *data) -> herr_t {
        return static_cast<Hdf5Callback *>(data)->run([]() -> herr_t { throw std::length_error("in a callback"); });
    };
    silenceHdf5();
    hsize_t position = 0;
    EXPECT_LT(H5Literate(file.file(), H5_INDEX_NAME, H5_ITER_NATIVE, &position, fails, &callback), 0);
    EXPECT_THROW(callback.rethrow(), std::length_error);
    expectLibraryWorks();
}

TEST(Hdf5Memory, RunsOutAtEveryAllocation)
{
    const TempFolder folder;
    {
        const std::vector<float> values = gentleValues(4, 4);
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("g/w", H5T_IEEE_F32LE, {4, 4}, values.data(), chunked({2, 4}, true));
        file.dataset("none" + std::string(40, 'n') + "/mask", H5T_STD_U8LE, {2, 2}, nullptr);
        file.text("g/w", "a name that is long enough not to fit into a string itself", "and text");
        file.text("/", "format", "a text that is long enough not to fit into a string itself");
        H5Lcreate_soft("/g/w", file.file(), "a soft link with a name of some length", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_external("elsewhere.h5", "/x", file.file(), "an external link with a name of some length", H5P_DEFAULT,
                           H5P_DEFAULT);
    }
    const std::string name = folder.file("w.h5");
    ::setenv("NMS_NO_TRIAL", "1", 1); // whatever the helper does, it does elsewhere
    bool opened = false;
    long failures = 0;
    for (long allocations = 0; !opened; ++allocations) {
        ASSERT_LT(allocations, 20'000);
        const ssize_t before = H5Fget_obj_count(hid_t(H5F_OBJ_ALL), H5F_OBJ_ALL);
        {
            allocationsLeft = allocations;
            const auto masks = MaskFile::open(name);
            opened = allocationsLeft >= 0;
            allocationsLeft = -1;
            if (!opened && !masks) {
                ++failures;
                EXPECT_EQ(masks.error().kind, ErrorKind::Resource) << masks.error().line();
            }
        }
        EXPECT_EQ(H5Fget_obj_count(hid_t(H5F_OBJ_ALL), H5F_OBJ_ALL), before);
    }
    ::unsetenv("NMS_NO_TRIAL");
    EXPECT_GT(failures, 50);
    expectLibraryWorks();
}

} // namespace
} // namespace nms::test
