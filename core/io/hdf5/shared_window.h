// SPDX-License-Identifier: Apache-2.0
// Memory that another process fills. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nms {

/// An anonymous file in memory and its mapping. The other process lets it grow; nobody can make it shorter, so reading it
/// never ends in SIGBUS. One thread.
class SharedWindow
{
public:
    SharedWindow() = default;
    /// Of a descriptor that this process was given at its start.
    explicit SharedWindow(int descriptor) : m_descriptor(descriptor) { }
    SharedWindow(const SharedWindow &) = delete;
    SharedWindow &operator=(const SharedWindow &) = delete;
    ~SharedWindow();

    /// Without a byte yet. Io error.
    Status create();
    /// Its first `bytes` bytes: made where there are not so many yet. All are taken from the system at once: Resource error
    /// where it has not so many.
    Result<std::span<std::byte>> grow(std::int64_t bytes);
    /// The same, made by the other process before. Internal error where it is smaller.
    Result<std::span<const std::byte>> map(std::int64_t bytes);

    int descriptor() const { return m_descriptor; } // -1 before create()

private:
    Result<std::span<std::byte>> mapped(std::int64_t bytes);

    int m_descriptor = -1;
    void *m_memory = nullptr;
    std::int64_t m_bytes = 0; // mapped
};

} // namespace nms
