// SPDX-License-Identifier: Apache-2.0
#include "core/io/hdf5/shared_window.h"

#include "core/io/disk/regular_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nms {

namespace {

const char *const name = "shared memory";

} // namespace

SharedWindow::~SharedWindow()
{
    if (m_memory)
        ::munmap(m_memory, std::size_t(m_bytes));
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Status SharedWindow::create()
{
    m_descriptor = ::memfd_create("nmscope-rows", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (m_descriptor < 0 || ::fcntl(m_descriptor, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
        return fail(ErrorKind::Io, name, "cannot be made: " + systemText(errno), "close some programs and try again");
    return {};
}

Result<std::span<std::byte>> SharedWindow::grow(std::int64_t bytes)
{
    if (bytes > m_bytes) {
        // Allocated now, so that a lack of memory is an error here and not a signal when it is filled.
        int error = 0;
        do
            error = ::posix_fallocate(m_descriptor, 0, bytes);
        while (error == EINTR);
        if (error != 0)
            return fail(ErrorKind::Resource, name,
                        "of " + std::to_string(bytes) + " bytes was refused: " + systemText(error),
                        "close other programs or take a smaller tensor");
    }
    return mapped(bytes);
}

Result<std::span<const std::byte>> SharedWindow::map(std::int64_t bytes)
{
    struct stat status = {};
    if (bytes < 0 || ::fstat(m_descriptor, &status) != 0 || status.st_size < bytes)
        return fail(ErrorKind::Internal, name, "is smaller than agreed");
    auto whole = mapped(bytes);
    if (!whole)
        return fail(whole.error());
    return std::span<const std::byte>(*whole);
}

Result<std::span<std::byte>> SharedWindow::mapped(std::int64_t bytes)
{
    if (bytes > m_bytes) {
        if (m_memory)
            ::munmap(m_memory, std::size_t(m_bytes));
        m_bytes = 0;
        m_memory = ::mmap(nullptr, std::size_t(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, m_descriptor, 0);
        if (m_memory == MAP_FAILED) {
            m_memory = nullptr;
            return fail(ErrorKind::Resource, name, "of " + std::to_string(bytes) + " bytes cannot be mapped",
                        "close other programs or take a smaller tensor");
        }
        m_bytes = bytes;
    }
    return std::span(static_cast<std::byte *>(m_memory), std::size_t(bytes));
}

} // namespace nms
