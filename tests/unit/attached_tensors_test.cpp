// SPDX-License-Identifier: Apache-2.0
// Tensors of another process, opened by name as files are.
#include "core/io/attached_tensors.h"
#include "core/io/weights_file.h"

#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>
#include <sys/mman.h>
#include <unistd.h>

namespace nms {
namespace {

using testing::HasSubstr;

const std::string name = std::string(attachedPrefix) + "local/test";

std::vector<std::byte> numbers(std::int64_t count)
{
    std::vector<float> values(std::size_t(count), 0.F);
    std::iota(values.begin(), values.end(), 1.F);
    std::vector<std::byte> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

struct Fetches {
    std::vector<std::size_t> tensors;
    FetchTensor function(std::vector<std::int64_t> counts)
    {
        return [this, counts = std::move(counts)](std::size_t tensor, const std::stop_token &) {
            tensors.push_back(tensor);
            return Result<std::shared_ptr<const TensorBytes>>(std::make_shared<const TensorBytes>(numbers(counts[tensor])));
        };
    }
};

/// A segment of shared memory with a name of its own, removed at the end.
struct Segment {
    std::string name = "/nmscope-test-" + std::to_string(getpid());
    int descriptor;
    explicit Segment(const std::vector<std::byte> &bytes)
        : descriptor(shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600))
    {
        EXPECT_EQ(::write(descriptor, bytes.data(), bytes.size()), ssize_t(bytes.size()));
    }
    ~Segment()
    {
        ::close(descriptor);
        shm_unlink(name.c_str());
    }
    Segment(const Segment &) = delete;
    Segment &operator=(const Segment &) = delete;
};

TEST(AttachedTensors, AreReadByTheirNameAndOnlyOnce)
{
    Fetches fetches;
    const auto attached = AttachedTensors::attach(name, {{"a", {7, 5}, DType::F32}, {"b", {11}, DType::F32}}, "memory",
                                                  fetches.function({35, 11}));
    ASSERT_TRUE(attached) << attached.error().line();
    auto source = openWeights(name);
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->fileName(), name);
    ASSERT_EQ((*source)->tensors().size(), 2U);
    EXPECT_TRUE(fetches.tensors.empty());
    const TensorInfo a = (*source)->tensors()[0];
    Matrix<float> rows(3, 5);
    for (const std::int64_t row0 : {0, 4, 2}) {
        ASSERT_TRUE((*source)->readRows(a, row0, rows.span()));
        for (std::int64_t i = 0; i < rows.size(); ++i)
            EXPECT_EQ(rows.data()[i], float(row0 * 5 + i + 1));
    }
    EXPECT_EQ(fetches.tensors, (std::vector<std::size_t>{0}));
    std::vector<std::byte> raw(11 * sizeof(float));
    ASSERT_TRUE((*source)->readRawRows((*source)->tensors()[1], 0, 11, raw));
    EXPECT_EQ(raw, numbers(11));
    EXPECT_EQ(fetches.tensors, (std::vector<std::size_t>{0, 1}));
}

TEST(AttachedTensors, OfAStackTheMatricesAreThoseOfPyTorch)
{
    Fetches fetches;
    const auto attached =
        AttachedTensors::attach(name, {{"conv.weight", {6, 4, 3, 3}, DType::F32}}, "safetensors", fetches.function({216}));
    ASSERT_TRUE(attached) << attached.error().line();
    auto source = openWeights(name);
    ASSERT_TRUE(source) << source.error().line();
    const TensorInfo matrix = matrixOf((*source)->tensors()[0], 5); // h = 1, w = 2
    ASSERT_EQ(matrix.rows(), 6);
    ASSERT_EQ(matrix.cols(), 4);
    Matrix<float> values(6, 4);
    ASSERT_TRUE((*source)->readRows(matrix, 0, values.span()));
    for (std::int64_t out = 0; out < 6; ++out)
        for (std::int64_t in = 0; in < 4; ++in)
            EXPECT_EQ(values(out, in), float(((out * 4 + in) * 3 + 1) * 3 + 2 + 1));
}

TEST(AttachedTensors, FewerValuesThanThereShouldBeAreAnError)
{
    Fetches fetches;
    const auto attached = AttachedTensors::attach(name, {{"a", {7, 5}, DType::F32}}, "memory", fetches.function({34}));
    ASSERT_TRUE(attached);
    auto source = openWeights(name);
    ASSERT_TRUE(source);
    Matrix<float> values(7, 5);
    const Status read = (*source)->readRows((*source)->tensors()[0], 0, values.span());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::Input);
    EXPECT_THAT(read.error().line(), HasSubstr("local/test: a"));
}

TEST(AttachedTensors, AfterTheEndTheNameIsAnErrorAndOpenSourcesStay)
{
    Fetches fetches;
    auto attached = AttachedTensors::attach(name, {{"a", {2, 2}, DType::F32}}, "memory", fetches.function({4}));
    ASSERT_TRUE(attached);
    auto before = openWeights(name);
    ASSERT_TRUE(before);
    attached->reset();
    const auto after = openWeights(name);
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().kind, ErrorKind::Io);
    Matrix<float> values(2, 2);
    EXPECT_TRUE((*before)->readRows((*before)->tensors()[0], 0, values.span()));
}

TEST(AttachedTensors, AnotherOfTheSameNameReplacesTheFirst)
{
    Fetches fetches;
    auto first = AttachedTensors::attach(name, {{"a", {2, 2}, DType::F32}}, "memory", fetches.function({4}));
    const auto second = AttachedTensors::attach(name, {{"b", {2, 2}, DType::F32}}, "memory", fetches.function({4}));
    first->reset();
    const auto source = openWeights(name);
    ASSERT_TRUE(source);
    EXPECT_EQ((*source)->tensors()[0].path, "b");
}

TEST(AttachedTensors, ImpossibleListsAreRefused)
{
    constexpr std::int64_t large = std::int64_t(1) << 40;
    const std::vector<std::vector<AttachedTensor>> lists = {
        {{"", {2, 2}, DType::F32}},
        {{"a", {2, 2}, DType::F32}, {"a", {2, 2}, DType::F32}},
        {{"a", {-1, 2}, DType::F32}},
        {{"a", {large, large}, DType::F32}},
        {{"a", {large, large, 0}, DType::F32}},
        {{"a", {1 << 30, 1 << 30}, DType::F32}},
        {{"a", {2, 2}, DType::I32}},
        {{"a", {2, 2}, DType::Other}},
        {{"a", std::vector<std::int64_t>(33, 1), DType::F32}},
    };
    for (const auto &list : lists) {
        const auto attached = AttachedTensors::attach(name, list, "memory", {});
        ASSERT_FALSE(attached);
        EXPECT_EQ(attached.error().kind, ErrorKind::Input);
    }
    EXPECT_TRUE(AttachedTensors::attach(name, {}, "memory", {}));
}

TEST(AttachedTensors, OnlyThoseOfThisMachineAreReadWithoutBeingAskedFor)
{
    EXPECT_FALSE(isReadOverConnection("python://local/Net"));
    EXPECT_TRUE(isReadOverConnection("python://127.0.0.1:5555/Net")); // perhaps the end of a tunnel
    EXPECT_TRUE(isReadOverConnection("python://localhost:5555/Net"));
    EXPECT_FALSE(isReadOverConnection("/models/python:/local.h5"));
}

TEST(TensorBytes, ASegmentIsReadWhereItIsLongEnough)
{
    const Segment segment(numbers(10));
    EXPECT_TRUE(TensorBytes::ofSegment(segment.name, 40));
    EXPECT_FALSE(TensorBytes::ofSegment(segment.name, 41));
    EXPECT_FALSE(TensorBytes::ofSegment(segment.name, -1));
    const auto bytes = TensorBytes::ofSegment(segment.name, 40);
    std::vector<std::byte> read(8);
    ASSERT_TRUE(bytes->readAt(32, read));
    const std::vector<std::byte> all = numbers(10);
    EXPECT_TRUE(std::equal(read.begin(), read.end(), all.begin() + 32));
    EXPECT_FALSE(bytes->readAt(36, read));
}

/// A mapping would end the program here.
TEST(TensorBytes, ASegmentThatIsMadeShorterIsAnError)
{
    const Segment segment(numbers(1 << 16));
    const auto bytes = TensorBytes::ofSegment(segment.name, 1 << 18);
    ASSERT_TRUE(bytes);
    ASSERT_EQ(ftruncate(segment.descriptor, 100), 0);
    std::vector<std::byte> read(4096);
    const Status status = bytes->readAt(1 << 17, read);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::Input);
}

TEST(TensorBytes, NamesThatAreNoneAreNotOpened)
{
    using namespace std::string_literals;
    for (const std::string &wrong :
         {""s, "/"s, "nmscope"s, "/a/b"s, "/../etc/passwd"s, "/a\0b"s, "/" + std::string(300, 'a')}) {
        const auto bytes = TensorBytes::ofSegment(wrong, 0);
        ASSERT_FALSE(bytes) << wrong;
        EXPECT_EQ(bytes.error().kind, ErrorKind::Input) << wrong;
    }
    const auto missing = TensorBytes::ofSegment("/nmscope-that-there-is-not", 0);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::Io);
}

} // namespace
} // namespace nms
