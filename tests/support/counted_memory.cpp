// SPDX-License-Identifier: Apache-2.0
#include "tests/support/counted_memory.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace nms::test {

namespace {

std::atomic<std::int64_t> held = 0;
std::atomic<std::int64_t> most = 0;

void *counted(void *memory)
{
    if (!memory)
        throw std::bad_alloc();
    const std::int64_t now = held += std::int64_t(malloc_usable_size(memory));
    for (std::int64_t known = most; now > known && !most.compare_exchange_weak(known, now);) { }
    return memory;
}

} // namespace

std::int64_t bytesHeld()
{
    return held;
}

std::int64_t mostBytesHeld()
{
    return most;
}

void forgetMost()
{
    most = held.load();
}

} // namespace nms::test

void *operator new(std::size_t bytes)
{
    return nms::test::counted(std::malloc(bytes > 0 ? bytes : 1));
}

void *operator new(std::size_t bytes, std::align_val_t alignment)
{
    const auto unit = std::size_t(alignment);
    return nms::test::counted(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
}

void *operator new(std::size_t bytes, const std::nothrow_t &) noexcept
{
    void *memory = std::malloc(bytes > 0 ? bytes : 1);
    return memory ? nms::test::counted(memory) : nullptr;
}

void operator delete(void *memory) noexcept
{
    if (memory)
        nms::test::held -= std::int64_t(malloc_usable_size(memory));
    std::free(memory);
}

void operator delete(void *memory, std::size_t) noexcept
{
    operator delete(memory);
}

void operator delete(void *memory, std::align_val_t) noexcept
{
    operator delete(memory);
}

void operator delete(void *memory, std::size_t, std::align_val_t) noexcept
{
    operator delete(memory);
}
