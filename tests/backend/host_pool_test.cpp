// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/host_pool.h"

#include <gtest/gtest.h>

#include <set>

namespace nms::warp {
namespace {

/// Counts what it gives out, and refuses to give more than `limit` bytes at once.
class CountingHost
{
public:
    Result<HostMemory> allocate(std::int64_t bytes)
    {
        if (held + bytes > limit)
            return fail(ErrorKind::Resource, "host", "full");
        ++allocations;
        held += bytes;
        return HostMemory(new std::byte[std::size_t(bytes)], [this, bytes](std::byte *memory) {
            delete[] memory;
            held -= bytes;
        });
    }
    HostPool pool()
    {
        return HostPool([this](std::int64_t bytes) { return allocate(bytes); });
    }

    std::int64_t limit = 1000, held = 0;
    int allocations = 0;
};

TEST(HostPool, GivesAgainWhatWasGivenBack)
{
    CountingHost host;
    {
        HostPool pool = host.pool();
        std::set<const std::byte *> first;
        for (int tensor = 0; tensor < 5; ++tensor) {
            auto a = pool.take(100), b = pool.take(tensor % 2 == 0 ? 100 : 60);
            ASSERT_TRUE(a && b);
            EXPECT_NE(a->get(), b->get());
            std::fill_n(a->get(), 100, std::byte(tensor));
            if (tensor == 0)
                first = {a->get(), b->get()};
            else
                EXPECT_TRUE(first.contains(a->get()) && first.contains(b->get()));
        }
        EXPECT_EQ(host.allocations, 2);
        EXPECT_EQ(host.held, 200);
    }
    EXPECT_EQ(host.held, 0);
}

TEST(HostPool, FreesWhatIsTooSmallBeforeItTakesMore)
{
    CountingHost host;
    HostPool pool = host.pool();
    {
        auto a = pool.take(400), b = pool.take(300);
        ASSERT_TRUE(a && b);
    }
    auto large = pool.take(900); // fits only without the two
    ASSERT_TRUE(large);
    EXPECT_EQ(host.held, 900);
    EXPECT_FALSE(pool.take(200)) << "as the host says";
    large->reset();
    EXPECT_TRUE(pool.take(200));
    EXPECT_EQ(host.allocations, 3);
}

} // namespace
} // namespace nms::warp
