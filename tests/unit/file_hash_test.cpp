// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/file_hash.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/io_support.h"

#include <gtest/gtest.h>

namespace nms::test {
namespace {

struct Known {
    const char *what;
    std::string bytes;
    const char *sum; // printed by xxh128sum 0.8.1
};

/// `count` bytes that do not repeat: a byte left out or read twice changes the sum.
std::string unlikeBytes(std::uint64_t count)
{
    std::string bytes;
    for (std::uint64_t i = 0; i < count; ++i)
        bytes += char((i * i + 7 * i) / 3 & 255U);
    return bytes;
}

TEST(FileHash, IsThatOfXxh128sum)
{
    const TempFolder folder;
    for (const Known &known : {Known{"nothing", "", "99aa06d3014798d86001c324468d497f"},
                               Known{"a few bytes", "nmscope", "db57664a42cdfb388fcb76d06e25ab6b"},
                               Known{"one more than two blocks", unlikeBytes((std::uint64_t(512) << 10) + 1),
                                     "b62af299afd34bd52f4870e3cff5c7cd"}}) {
        const std::string file = folder.write("w.bin", known.bytes);
        const auto identity = identityOf(file);
        ASSERT_TRUE(identity) << identity.error().line();
        EXPECT_EQ(identity->xxh128, known.sum) << known.what;
        EXPECT_EQ(identity->bytes, std::int64_t(known.bytes.size())) << known.what;
        EXPECT_EQ(identity->name, "w.bin");
    }
}

TEST(FileHash, IsTheSameForAnyNumberOfReaders)
{
    const TempFolder folder;
    const std::string all = unlikeBytes((std::uint64_t(9) << 20) + 3);
    constexpr std::size_t together = std::size_t(4) << 20; // bytes that several readers copy at once
    for (const std::size_t bytes : {std::size_t(0), std::size_t(1), together - 1, together, together + 1, all.size()}) {
        const std::string file = folder.write("w.bin", all.substr(0, bytes));
        const auto one = identityOf(file, {}, 1);
        ASSERT_TRUE(one) << one.error().line();
        for (const int readers : {2, 4, 7}) {
            const auto several = identityOf(file, {}, readers);
            ASSERT_TRUE(several) << several.error().line();
            EXPECT_EQ(several->xxh128, one->xxh128) << bytes << " bytes by " << readers;
        }
    }
}

TEST(FileHash, SaysWhichFileCannotBeRead)
{
    const TempFolder folder;
    EXPECT_NE(errorOf(identityOf(folder.file("missing.bin")), ErrorKind::Io).find("missing.bin"), std::string::npos);
}

TEST(FileHash, CanBeCancelled)
{
    const TempFolder folder;
    const std::string file = folder.write("w.bin", "x");
    std::stop_source stop;
    stop.request_stop();
    errorOf(identityOf(file, stop.get_token()), ErrorKind::Cancelled);
}

} // namespace
} // namespace nms::test
