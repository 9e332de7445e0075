// SPDX-License-Identifier: Apache-2.0
#include "core/io/weights_format.h"

#include "core/io/file_source.h"
#include "core/io/tensor_sink.h"
#include "tests/unit/io_support.h"

#include <gmock/gmock.h>
#include <set>

namespace nms::test {
namespace {

using testing::HasSubstr;

TEST(WeightsFormat, EndingsAreInSmallLettersAndNameOneFormatEach)
{
    std::set<std::string_view> all;
    for (const WeightsFormat *format : weightsFormats()) {
        ASSERT_FALSE(format->endings.empty()) << format->name;
        for (const std::string_view ending : format->endings) {
            EXPECT_TRUE(all.insert(ending).second) << ending;
            EXPECT_EQ(formatOfEnding("some.folder/W" + std::string(ending)), format) << ending;
        }
        EXPECT_THAT(weightsFormatNames(), HasSubstr(std::string(format->name)));
        EXPECT_THAT(readableEndings(), HasSubstr(std::string(format->endings.front())));
        EXPECT_EQ(writableEndings().find(format->endings.front()) != std::string::npos, format->createSink != nullptr);
    }
    EXPECT_EQ(formatOfEnding("w.H5"), formatOfEnding("w.h5"));
    EXPECT_EQ(formatOfEnding("w.txt"), nullptr);
    EXPECT_EQ(formatOfEnding("w"), nullptr);
    EXPECT_THAT(weightsFormatNames("nor"), testing::MatchesRegex("HDF5, .* nor sharded safetensors"));
    EXPECT_EQ(writableEndings(), ".h5 or .safetensors");
}

TEST(WeightsFormat, WhatIsReadOnlyIsNoTarget)
{
    const TempFolder folder;
    for (const WeightsFormat *format : weightsFormats()) {
        const std::string target = folder.file("out" + std::string(format->endings.front()));
        if (format->createSink)
            EXPECT_TRUE(TensorSink::create(target, ""));
        else
            EXPECT_THAT(errorOf(TensorSink::create(target, ""), ErrorKind::Usage),
                        HasSubstr("read but not written; call it " + writableEndings()));
    }
    EXPECT_EQ(folder.fileCount(), 0U);
}

/// As a quantised format would be: each row is a scale and a byte for each element.
class BlockCoded final : public FileSource
{
public:
    BlockCoded() : FileSource("blocks")
    {
        TensorInfo tensor;
        tensor.path = "w";
        tensor.shape = {3, 4};
        tensor.dtype = DType::F32;
        tensor.storedType = "Q8";
        setTensors({tensor});
    }
    Result<Attributes> attributes(const TensorInfo &) override { return Attributes(); }
    int decoded = 0;

protected:
    Status readRaw(std::size_t index, std::int64_t row0, std::int64_t rows, std::span<std::byte> out) override
    {
        return decodeRows(index, row0, {reinterpret_cast<float *>(out.data()), rows, 4, 4});
    }
    Status decodeRows(std::size_t, std::int64_t row0, Span2d<float> out) override
    {
        for (std::int64_t row = 0; row < out.rows; ++row)
            for (std::int64_t col = 0; col < out.cols; ++col)
                out(row, col) = float(row0 + row + 1) * 0.5F * float(col - 2);
        decoded += int(out.rows);
        return {};
    }
    std::int64_t rowsTogether(std::size_t) const override { return 1; }
};

TEST(WeightsFormat, ASourceMayDecodeItsRowsItself)
{
    BlockCoded source;
    const TensorInfo tensor = source.tensors()[0];
    const Matrix<float> matrix = readAll(source, "w");
    ASSERT_EQ(matrix.size(), 12);
    EXPECT_EQ(source.decoded, 3);
    EXPECT_EQ(matrix(2, 0), -3.0F);
    std::vector<float> raw(8);
    ASSERT_TRUE(source.readRawRows(tensor, 1, 2, std::as_writable_bytes(std::span(raw))));
    EXPECT_TRUE(std::equal(raw.begin(), raw.end(), matrix.data() + 4));
    Matrix<float> out(4, 4);
    errorOf(source.readRows(tensor, 0, out.span()), ErrorKind::Internal); // the range is still checked
}

} // namespace
} // namespace nms::test
