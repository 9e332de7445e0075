// SPDX-License-Identifier: Apache-2.0
// Memory that another process fills. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nms {

/// An anonymous file in memory and its mapping. Who makes one can let it grow; nobody can make it shorter, so reading it
/// never ends in SIGBUS. One thread.
class SharedWindow
{
public:
    SharedWindow() = default;
    /// Of a descriptor that another process made (and this one was given at its start).
    explicit SharedWindow(int descriptor) : m_descriptor(descriptor) { }
    SharedWindow(const SharedWindow &) = delete;
    SharedWindow &operator=(const SharedWindow &) = delete;
    ~SharedWindow();

    /// Its first `bytes` bytes: made where there are not so many yet. All are taken from the system at once: Resource error
    /// where it has not so many.
    Result<std::span<std::byte>> grow(std::int64_t bytes);
    /// The same, made by the other process before. Input error where it is smaller.
    Result<std::span<std::byte>> map(std::int64_t bytes);

    int descriptor() const { return m_descriptor; } // -1 before the first grow()

private:
    Result<std::span<std::byte>> mapped(std::int64_t bytes);

    int m_descriptor = -1;
    void *m_memory = nullptr;
    std::int64_t m_bytes = 0; // mapped
};

} // namespace nms
