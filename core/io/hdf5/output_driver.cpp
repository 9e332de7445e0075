// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/output_driver.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <sys/stat.h>
#include <unistd.h>

#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h> // where later versions keep the driver interface
#endif

namespace nms {

namespace {

struct AccessInfo {
    int descriptor;
    int *error;
};

/// The library's part must come first: the library passes pointers to it.
struct OutputFile {
    H5FD_t common;
    int descriptor;
    int *error;
    haddr_t allocated; // end of the range that the library has allocated
    haddr_t end; // of the file
};

OutputFile &fileOf(H5FD_t *file)
{
    return *reinterpret_cast<OutputFile *>(file);
}

const OutputFile &fileOf(const H5FD_t *file)
{
    return *reinterpret_cast<const OutputFile *>(file);
}

// The library calls these: noexcept, as no exception may pass through its frames, and nothing here throws one.

H5FD_t *openFile(const char *, unsigned flags, hid_t access, haddr_t) noexcept
{
    const auto *info = static_cast<const AccessInfo *>(H5Pget_driver_info(access));
    if (!info)
        return nullptr;
    auto *file = new (std::nothrow) OutputFile{};
    if (!file)
        return nullptr;
    file->descriptor = info->descriptor;
    file->error = info->error;
    struct stat status = {};
    if ((flags & H5F_ACC_TRUNC) == 0 && ::fstat(info->descriptor, &status) == 0)
        file->end = haddr_t(status.st_size);
    return &file->common;
}

herr_t closeFile(H5FD_t *common) noexcept
{
    delete &fileOf(common); // errors that a network file system reports late appear in the fsync() by the descriptor's owner
    return 0;
}

herr_t queryFile(const H5FD_t *, unsigned long *flags) noexcept
{
    *flags =
        H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
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
    return fileOf(file).end;
}

herr_t readFile(H5FD_t *common, H5FD_mem_t, hid_t, haddr_t address, size_t size, void *buffer) noexcept
{
    OutputFile &file = fileOf(common);
    auto *out = static_cast<char *>(buffer);
    while (size > 0) {
        const ssize_t got = ::pread(file.descriptor, out, size, off_t(address));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && *file.error == 0)
            *file.error = errno;
        if (got <= 0) {
            std::memset(out, 0, size);
            break;
        }
        out += got;
        address += haddr_t(got);
        size -= size_t(got);
    }
    return 0;
}

herr_t writeFile(H5FD_t *common, H5FD_mem_t, hid_t, haddr_t address, size_t size, const void *buffer) noexcept
{
    OutputFile &file = fileOf(common);
    const auto *in = static_cast<const char *>(buffer);
    while (size > 0 && *file.error == 0) {
        const ssize_t written = ::pwrite(file.descriptor, in, size, off_t(address));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            *file.error = errno;
            break;
        }
        in += written;
        address += haddr_t(written);
        size -= size_t(written);
    }
    file.end = std::max(file.end, address + size);
    return 0;
}

herr_t truncateFile(H5FD_t *common, hid_t, hbool_t) noexcept
{
    OutputFile &file = fileOf(common);
    if (*file.error == 0 && ::ftruncate(file.descriptor, off_t(file.allocated)) != 0)
        *file.error = errno;
    file.end = file.allocated;
    return 0;
}

H5FD_class_t describeDriver()
{
    H5FD_class_t driver = {};
#ifdef H5FD_CLASS_VERSION
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(700); // outside the range reserved by the library
#endif
    driver.name = "nmscope-output";
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
    driver.write = writeFile;
    driver.truncate = truncateFile;
    constexpr H5FD_mem_t kinds[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(kinds), std::end(kinds), driver.fl_map);
    return driver;
}

} // namespace

Hdf5Id hdf5OutputAccess(int descriptor, int &error)
{
    static const H5FD_class_t driver = describeDriver();
    static const hid_t id = H5FDregister(&driver);
    Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS));
    const AccessInfo info = {descriptor, &error};
    if (H5Pset_driver(access, id, &info) < 0)
        return Hdf5Id();
    return access;
}

} // namespace nms
