// SPDX-License-Identifier: Apache-2.0
#include "core/base/checked.h"
#include "core/base/exceptions.h"
#include "core/base/parallel.h"
#include "core/base/result.h"
#include "core/simd/half.h"
#include "tests/support/deny_syscall.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <csignal>
#include <gtest/gtest.h>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace nms {
namespace {

/// The value of a half by its definition, for comparison.
double halfByDefinition(std::uint16_t half)
{
    const int exponent = half >> 10 & 0x1f;
    const int mantissa = half & 0x3ff;
    const double sign = half & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return mantissa ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
    return exponent == 0 ? sign * std::ldexp(mantissa, -24) : sign * std::ldexp(1024 + mantissa, exponent - 25);
}

std::vector<std::uint16_t> allBits()
{
    std::vector<std::uint16_t> bits(65536);
    std::iota(bits.begin(), bits.end(), std::uint16_t(0));
    return bits;
}

TEST(Half, EveryHalfIsItsDefinition)
{
    for (const std::uint16_t half : allBits()) {
        const double expected = halfByDefinition(half);
        const float value = halfToFloat(half);
        if (std::isnan(expected))
            ASSERT_TRUE(std::isnan(value)) << half;
        else
            ASSERT_EQ(double(value), expected) << half;
        ASSERT_EQ(std::signbit(value), (half & 0x8000) != 0) << half;
    }
}

TEST(Half, EveryHalfComesBack)
{
    for (const std::uint16_t half : allBits()) {
        const bool isNan = (half & 0x7fff) > 0x7c00;
        ASSERT_EQ(floatToHalf(halfToFloat(half)), isNan ? half | 0x200 : half) << half;
    }
}

TEST(Half, RoundsToNearestAndTiesToEven)
{
    for (std::uint16_t half = 0; half < 0x7bff; ++half) {
        const float low = halfToFloat(half);
        const float high = halfToFloat(std::uint16_t(half + 1));
        const float middle = (low + high) / 2; // exact: a float has 13 bits more
        const std::uint16_t even = half & 1 ? std::uint16_t(half + 1) : half;
        ASSERT_EQ(floatToHalf(middle), even) << half;
        ASSERT_EQ(floatToHalf(std::nextafter(middle, 0.0F)), half) << half;
        ASSERT_EQ(floatToHalf(std::nextafter(middle, 1e9F)), half + 1) << half;
        ASSERT_EQ(floatToHalf(-middle), even | 0x8000) << half;
    }
    EXPECT_EQ(floatToHalf(65519.996F), 0x7bff);
    EXPECT_EQ(floatToHalf(65520.0F), 0x7c00);
    EXPECT_EQ(floatToHalf(1e30F), 0x7c00);
    EXPECT_EQ(floatToHalf(-std::numeric_limits<float>::infinity()), 0xfc00);
    EXPECT_EQ(floatToHalf(std::numeric_limits<float>::denorm_min()), 0);
}

TEST(Half, BulkGivesTheSameBitsAsOneByOne)
{
    const std::vector<std::uint16_t> bits = allBits();
    const auto checked = std::span(bits).first(65531); // no multiple of a vector's width
    std::vector<float> floats(checked.size());
    halfToFloat(checked, floats);
    for (std::size_t i = 0; i < checked.size(); ++i)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(floats[i]), std::bit_cast<std::uint32_t>(halfToFloat(checked[i]))) << i;

    std::vector<float> sweep(100'003);
    for (std::size_t i = 0; i < sweep.size(); ++i)
        sweep[i] = std::bit_cast<float>(std::uint32_t(i * 42'949U)); // all over the range, NaN and Inf too
    std::vector<std::uint16_t> halves(sweep.size());
    floatToHalf(sweep, halves);
    for (std::size_t i = 0; i < sweep.size(); ++i)
        ASSERT_EQ(halves[i], floatToHalf(sweep[i])) << std::hexfloat << sweep[i];
}

TEST(Bfloat16, WidensExactlyAndComesBack)
{
    std::vector<std::uint16_t> bits = allBits();
    std::vector<float> floats(bits.size());
    bfloat16ToFloat(bits, floats);
    std::vector<std::uint16_t> back(bits.size());
    floatToBfloat16(floats, back);
    for (const std::uint16_t bit : bits) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(floats[bit]), std::uint32_t(bit) << 16);
        const bool isNan = (bit & 0x7fff) > 0x7f80;
        ASSERT_EQ(back[bit], isNan ? bit | 0x40 : bit);
    }
}

TEST(Half, MagnitudesAreTheValuesWithoutTheirSigns)
{
    const std::vector<std::uint16_t> bits = allBits();
    for (const std::size_t count :
         {std::size_t(65536), std::size_t(65531), std::size_t(7)}) { // and no multiples of a vector's width
        const auto from = std::span(bits).last(count); // the signs lie there
        std::vector<float> halves(count), bfloats(count);
        halfToMagnitude(from, halves);
        bfloat16ToMagnitude(from, bfloats);
        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(std::bit_cast<std::uint32_t>(halves[i]),
                      std::bit_cast<std::uint32_t>(halfToFloat(from[i])) & 0x7fffffffU)
                << i;
            ASSERT_EQ(std::bit_cast<std::uint32_t>(bfloats[i]), (std::uint32_t(from[i]) << 16) & 0x7fffffffU) << i;
        }
    }
}

TEST(Bfloat16, RoundsToNearestAndTiesToEven)
{
    EXPECT_EQ(floatToBfloat16(std::bit_cast<float>(0x3f808000U)), 0x3f80); // a tie, down to even
    EXPECT_EQ(floatToBfloat16(std::bit_cast<float>(0x3f818000U)), 0x3f82); // a tie, up to even
    EXPECT_EQ(floatToBfloat16(std::bit_cast<float>(0x3f808001U)), 0x3f81);
    EXPECT_EQ(floatToBfloat16(std::bit_cast<float>(0x3f817fffU)), 0x3f81);
    EXPECT_EQ(floatToBfloat16(std::numeric_limits<float>::max()), 0x7f80);
}

TEST(SwapBytes, TurnsEachElementRound)
{
    const auto swapped = [](int elementBytes) {
        std::vector<std::byte> bytes(8);
        for (int i = 0; i < 8; ++i)
            bytes[std::size_t(i)] = std::byte(i);
        swapBytes(bytes, elementBytes);
        std::string text;
        for (const std::byte byte : bytes)
            text += std::to_string(int(byte));
        return text;
    };
    EXPECT_EQ(swapped(1), "01234567");
    EXPECT_EQ(swapped(2), "10325476");
    EXPECT_EQ(swapped(4), "32107654");
    EXPECT_EQ(swapped(8), "76543210");
}

TEST(Checked, FindsOverflowAlsoBehindAZero)
{
    constexpr std::int64_t big = std::int64_t(1) << 40;
    EXPECT_EQ(checkedMultiply(3, 4), 12);
    EXPECT_FALSE(checkedMultiply(big, big));
    EXPECT_FALSE(checkedMultiply(-1, 4));
    EXPECT_EQ(checkedProduct({}), 1);
    EXPECT_EQ(checkedProduct(std::vector<std::int64_t>{5, 0, 7}), 0);
    EXPECT_FALSE(checkedProduct(std::vector<std::int64_t>{0, big, big}));
    EXPECT_FALSE(checkedProduct(std::vector<std::int64_t>{2, -2}));
    EXPECT_EQ(saturatingProduct(std::vector<std::int64_t>{big, big}), std::numeric_limits<std::int64_t>::max());
}

TEST(Error, IsOneLine)
{
    const Error error{ErrorKind::Input, "a.h5: w", "is\ndamaged", "get it again"};
    EXPECT_EQ(error.line(), "a.h5: w: is damaged; get it again");
    EXPECT_EQ((Error{ErrorKind::Io, {}, "failed", {}}).line(), "failed");
}

TEST(ParallelBlocks, CoversEverythingOnceAndStops)
{
    std::vector<std::atomic<int>> seen(1000);
    EXPECT_TRUE(parallelBlocks(1000, 7, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            ++seen[std::size_t(i)];
    }));
    for (const auto &count : seen)
        ASSERT_EQ(count, 1);

    std::stop_source stop;
    std::atomic<int> blocks = 0;
    EXPECT_FALSE(parallelBlocks(1000, 1, 1, stop.get_token(), [&](std::int64_t, std::int64_t) {
        if (++blocks == 10)
            stop.request_stop();
    }));
    EXPECT_EQ(blocks, 10);
    EXPECT_THROW(parallelBlocks(10, 1, 2, {}, [](std::int64_t, std::int64_t) { throw std::runtime_error("body"); }),
                 std::runtime_error);
}

/// What `start` throws where the system starts no more threads; empty where it throws nothing or something else.
template <class Start> std::string threadLimitMet(const Start &start)
{
    try {
        start();
    } catch (const std::exception &exception) {
        if (isThreadLimit(exception))
            return threadLimitError("here").line();
    }
    return {};
}

TEST(ThreadLimit, IsToldFromOtherFailures)
{
    std::thread([] {
        ASSERT_TRUE(test::denySyscall(__NR_clone3, EAGAIN) && test::denySyscall(__NR_clone, EAGAIN));
        const std::string line = threadLimitMet([] { std::thread([] {}).join(); });
        EXPECT_EQ(line.find("here: no further thread can be started: the limit on processes and threads"), 0U) << line;
    }).join();
    EXPECT_TRUE(isThreadLimit(std::runtime_error("pthread_create has failed: Resource temporarily unavailable"))); // TBB
    EXPECT_FALSE(isThreadLimit(std::system_error(std::make_error_code(std::errc::operation_not_permitted))));
    EXPECT_FALSE(isThreadLimit(std::runtime_error("anything else")));
    EXPECT_FALSE(isThreadLimit(std::bad_alloc()));
}

/// As a worker of TBB does that cannot start another.
template <class Exception> void throwWhereNobodyCatches(const Exception &exception)
{
    reportThreadLimitOnTerminate("nmscope: ");
    std::thread([&] { throw exception; }).join();
}

TEST(ThreadLimitDeathTest, EndsClearlyWhereNobodyCanCatchIt)
{
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(throwWhereNobodyCatches(std::runtime_error("pthread_create has failed: Resource temporarily unavailable")),
                testing::ExitedWithCode(1), "nmscope: no further thread can be started");
    EXPECT_EXIT(throwWhereNobodyCatches(std::runtime_error("a bug")), testing::KilledBySignal(SIGABRT), "a bug");
}

} // namespace
} // namespace nms
