// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/input_driver.h"

#include <algorithm>
#include <cstring>
#include <new>

#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h> // where later versions keep the driver interface
#endif

namespace nms {

namespace {

struct AccessInfo {
    const RegularFile *file;
};

/// The library's part must come first: the library passes pointers to it.
struct InputFile {
    H5FD_t common;
    const RegularFile *file;
    haddr_t allocated; // end of the range that the library considers allocated
};

InputFile &fileOf(H5FD_t *file)
{
    return *reinterpret_cast<InputFile *>(file);
}

const InputFile &fileOf(const H5FD_t *file)
{
    return *reinterpret_cast<const InputFile *>(file);
}

// The library calls these: noexcept, as no exception may pass through its frames.

H5FD_t *openFile(const char *, unsigned flags, hid_t access, haddr_t) noexcept
{
    const auto *info = static_cast<const AccessInfo *>(H5Pget_driver_info(access));
    if (!info || (flags & H5F_ACC_RDWR) != 0)
        return nullptr;
    auto *file = new (std::nothrow) InputFile{};
    if (!file)
        return nullptr;
    file->file = info->file;
    return &file->common;
}

herr_t closeFile(H5FD_t *common) noexcept
{
    delete &fileOf(common);
    return 0;
}

herr_t queryFile(const H5FD_t *, unsigned long *flags) noexcept
{
    *flags = H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE;
    return 0;
}

haddr_t allocatedEnd(const H5FD_t *file, H5FD_mem_t) noexcept
{
    return fileOf(file).allocated;
}

herr_t setAllocatedEnd(H5FD_t *file, H5FD_mem_t, haddr_t address) noexcept
{
    fileOf(file).allocated = address;
    return 0;
}

haddr_t fileEnd(const H5FD_t *file, H5FD_mem_t) noexcept
{
    return haddr_t(fileOf(file).file->size());
}

/// Bytes after the end are zero, as in the library's own driver: metadata is read in pieces that may extend beyond it.
herr_t readFile(H5FD_t *common, H5FD_mem_t, hid_t, haddr_t address, size_t size, void *buffer) noexcept
{
    const RegularFile &file = *fileOf(common).file;
    const std::span<std::byte> out(static_cast<std::byte *>(buffer), size);
    const auto end = haddr_t(file.size());
    const std::size_t held = address >= end ? 0 : std::size_t(std::min<haddr_t>(size, end - address));
    std::memset(out.data() + held, 0, size - held);
    try {
        return held == 0 || file.readAt(std::int64_t(address), out.first(held)) ? 0 : -1;
    } catch (...) { // no memory for the text of an error
        return -1;
    }
}

/// The library accepts no driver without a write function.
herr_t refuseToWrite(H5FD_t *, H5FD_mem_t, hid_t, haddr_t, size_t, const void *) noexcept
{
    return -1;
}

H5FD_class_t describeDriver()
{
    H5FD_class_t driver = {};
#ifdef H5FD_CLASS_VERSION
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(701); // outside the range reserved by the library
#endif
    driver.name = "nmscope-input";
    driver.maxaddr = haddr_t(INT64_MAX);
    driver.fc_degree = H5F_CLOSE_WEAK;
    driver.fapl_size = sizeof(AccessInfo);
    driver.open = openFile;
    driver.close = closeFile;
    driver.query = queryFile;
    driver.get_eoa = allocatedEnd;
    driver.set_eoa = setAllocatedEnd;
    driver.get_eof = fileEnd;
    driver.read = readFile;
    driver.write = refuseToWrite;
    constexpr H5FD_mem_t kinds[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(kinds), std::end(kinds), driver.fl_map);
    return driver;
}

} // namespace

Hdf5Id hdf5InputAccess(const RegularFile &file)
{
    static const H5FD_class_t driver = describeDriver();
    static const hid_t id = H5FDregister(&driver);
    Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS));
    const AccessInfo info = {&file};
    if (H5Pset_driver(access, id, &info) < 0)
        return Hdf5Id();
    return access;
}

} // namespace nms
