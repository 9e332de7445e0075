// SPDX-License-Identifier: Apache-2.0
// Memory shared with another process. Private to core/io.
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace nms {

/// An anonymous file in memory and its mapping. Either process may make it larger; neither can make it smaller (it is
/// sealed), so reading it never causes SIGBUS. One thread.
class SharedWindow
{
public:
    SharedWindow() = default;
    /// For a descriptor that this process inherited.
    explicit SharedWindow(int descriptor) : m_descriptor(descriptor) { }
    SharedWindow(const SharedWindow &) = delete;
    SharedWindow &operator=(const SharedWindow &) = delete;
    ~SharedWindow();

    /// Creates it, empty. Io error.
    Status create();
    /// Its first `bytes` bytes; makes it larger if needed. All memory is allocated at once: Resource error if there is not
    /// enough.
    Result<std::span<std::byte>> grow(std::int64_t bytes);
    /// The same, but made large enough by the other process before. Internal error if it is smaller.
    Result<std::span<const std::byte>> map(std::int64_t bytes);

    int descriptor() const { return m_descriptor; } // -1 before create()

private:
    Result<std::span<std::byte>> mapped(std::int64_t bytes);

    int m_descriptor = -1;
    void *m_memory = nullptr;
    std::int64_t m_bytes = 0; // mapped
};

} // namespace nms
