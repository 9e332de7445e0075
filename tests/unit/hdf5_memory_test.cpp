// SPDX-License-Identifier: Apache-2.0
// Memory that runs out at any allocation of ours, those in callbacks of libhdf5 included: an error, and a library that works
// on.
#include "core/io/hdf5/attributes.h"
#include "core/io/hdf5/listing.h"
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
void *operator new(std::size_t bytes, const std::nothrow_t &) noexcept
{
    return std::malloc(bytes ? bytes : 1); // whoever asks so copes with less: std::stable_sort
}
void *operator new[](std::size_t bytes, const std::nothrow_t &) noexcept
{
    return std::malloc(bytes ? bytes : 1);
}
void operator delete(void *memory, const std::nothrow_t &) noexcept
{
    std::free(memory);
}
void operator delete[](void *memory, const std::nothrow_t &) noexcept
{
    std::free(memory);
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

std::string makeFile(const TempFolder &folder)
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
    return folder.file("w.h5");
}

ssize_t openHandles()
{
    return H5Fget_obj_count(hid_t(H5F_OBJ_ALL), H5F_OBJ_ALL);
}

/// What the helper does, in this process.
TEST(Hdf5Memory, RunsOutInTheMiddleOfTheLibrary)
{
    const TempFolder folder;
    const std::string name = makeFile(folder);
    const auto input = RegularFile::open(name);
    ASSERT_TRUE(input);
    const ssize_t before = openHandles();
    long failures = 0;
    bool listed = false;
    for (long allocations = 0; !listed; ++allocations) {
        ASSERT_LT(allocations, 20'000);
        Hdf5Id file(H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
        const Hdf5ListingOptions options = {*input, [] {},
                                            [](hid_t, const Hdf5Record &) {
                                            }};
        allocationsLeft = allocations;
        try {
            const auto listing = listHdf5(file, name, options);
            listed = allocationsLeft >= 0;
            allocationsLeft = -1;
            EXPECT_TRUE(listing) << listing.error().line();
        } catch (const std::bad_alloc &) {
            ++failures;
        }
        allocationsLeft = -1;
        file.close();
        ASSERT_EQ(openHandles(), before);
    }
    EXPECT_GT(failures, 50);
    expectLibraryWorks();
}

TEST(Hdf5Memory, RunsOutWhileAFileIsOpened)
{
    const TempFolder folder;
    const std::string name = makeFile(folder);
    long failures = 0;
    bool opened = false;
    for (long allocations = 0; !opened; allocations += 3) { // each is a process
        ASSERT_LT(allocations, 20'000);
        allocationsLeft = allocations;
        const auto masks = MaskFile::open(name);
        opened = allocationsLeft >= 0;
        allocationsLeft = -1;
        if (!masks) {
            ++failures;
            EXPECT_EQ(masks.error().kind, ErrorKind::Resource) << masks.error().line();
        }
    }
    EXPECT_GT(failures, 10);
}

} // namespace
} // namespace nms::test
