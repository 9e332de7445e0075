// SPDX-License-Identifier: Apache-2.0
// A .tile file of the sandbox, opened as weights.
#include "core/io/weights_file.h"
#include "tests/unit/io_support.h"

#include <fstream>
#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

std::string written(const TempFolder &folder, const std::string &text)
{
    const std::string path = folder.file("some.tile");
    std::ofstream(path, std::ios::binary) << text;
    return path;
}

TEST(TileFile, IsAMatrixOfItsScores)
{
    const TempFolder folder;
    const auto source =
        openWeights(written(folder, "nmscope tile 1\nrow-sums 2\ncolumn-sums 1 2 1\nscores\n-1.5 0.1 3\n4 5 6\n"));
    ASSERT_TRUE(source) << source.error().line();
    ASSERT_EQ((*source)->tensors().size(), 1U);
    const TensorInfo &info = (*source)->tensors().front();
    EXPECT_EQ(info.path, "tile");
    EXPECT_TRUE(info.isMatrix()) << info.axesText();
    EXPECT_EQ(info.rows(), 2);
    EXPECT_EQ(info.cols(), 3);
    Matrix<float> values(2, 3);
    ASSERT_TRUE((*source)->readRows(info, 0, values.span()));
    EXPECT_EQ(values(0, 0), -1.5F);
    EXPECT_EQ(values(0, 1), 0.1F);
    EXPECT_EQ(values(1, 2), 6.0F);
    Matrix<float> last(1, 3);
    ASSERT_TRUE((*source)->readRows(info, 1, last.span()));
    EXPECT_EQ(last(0, 0), 4.0F);
    std::vector<double> raw(3);
    ASSERT_TRUE((*source)->readRawRows(info, 0, 1, std::as_writable_bytes(std::span(raw))));
    EXPECT_EQ(raw[1], 0.1);
}

TEST(TileFile, ErrorsNameFileAndLine)
{
    const TempFolder folder;
    EXPECT_THAT(errorOf(openWeights(written(folder, "nmscope tile 1\nkeep 2\nscores\n1 x\n")), ErrorKind::Input),
                HasSubstr("some.tile, line 4: \"x\" is not a number"));
    EXPECT_THAT(errorOf(openWeights(written(folder, "nmscope tile 1" + std::string(1 << 21, '\n'))), ErrorKind::Input),
                HasSubstr("some.tile: is longer than a tile file can be"));
}

} // namespace
} // namespace nms::test
