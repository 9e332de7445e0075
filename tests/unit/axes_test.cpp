// SPDX-License-Identifier: Apache-2.0
// A tensor cut into matrices, against counting through its dimensions one by one.
#include "core/tensor/axes.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

struct Cell {
    std::int64_t matrix, row, col;
    auto operator<=>(const Cell &) const = default; // NOLINT(modernize-use-nullptr): takes the 0 of <=> for a pointer
};

/// Where each element belongs, told from its index alone: digits of mixed radix for the stack, the rows and the columns.
Cell cellOf(const std::vector<std::int64_t> &shape, const std::string &letters, std::int64_t element)
{
    std::vector<std::int64_t> index(shape.size());
    for (std::size_t i = shape.size(); i-- > 0;) {
        index[i] = element % shape[i];
        element /= shape[i];
    }
    const char row = letters[letters.find_first_of("oirc")];
    Cell cell{0, 0, 0};
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool isMatrix = std::string("oirc").find(letters[i]) != std::string::npos;
        std::int64_t &part = !isMatrix ? cell.matrix : letters[i] == row ? cell.row : cell.col;
        part = part * shape[i] + index[i];
    }
    return cell;
}

struct Case {
    std::vector<std::int64_t> shape;
    std::string letters;
    bool fileOrder;
};

const std::vector<Case> cases = {
    {{5, 7}, "oi", true},
    {{5, 7}, "io", true},
    {{5, 7}, "rc", true},
    {{5, 7, 3}, "oiw", false},
    {{3, 5, 7}, "wio", true},
    {{3, 5, 7}, "erc", true},
    {{5, 7, 2, 3}, "oihw", false},
    {{2, 3, 5, 7}, "hwio", true},
    {{5, 7, 1, 1}, "oihw", true},
    {{2, 5, 3, 7}, "hiwo", false},
    {{7, 2, 3}, "ioo", true},
    {{2, 3, 7}, "iio", true},
    {{3, 2, 5, 2, 2}, "oidhw", false},
    {{2, 3, 5}, "oio", false},
    {{1, 1, 4, 9}, "hwio", true},
};

} // namespace

TEST(Stack, PutsEveryElementWhereItsIndexSays)
{
    for (const Case &one : cases) {
        SCOPED_TRACE(one.letters);
        const Stack stack(one.shape, one.letters);
        EXPECT_EQ(stack.isFileOrder(), one.fileOrder);
        std::int64_t elements = 1;
        for (const std::int64_t size : one.shape)
            elements *= size;
        ASSERT_EQ(stack.count() * stack.rows() * stack.cols(), elements);
        std::map<Cell, std::int64_t> expected;
        for (std::int64_t element = 0; element < elements; ++element)
            expected[cellOf(one.shape, one.letters, element)] = element;
        ASSERT_EQ(std::int64_t(expected.size()), elements);
        for (const auto &[cell, element] : expected)
            ASSERT_EQ(stack.rowOffset(cell.matrix * stack.rows() + cell.row) + stack.columnOffset(cell.col), element);
    }
}

TEST(Stack, NamesItsMatrices)
{
    const Stack conv(std::vector<std::int64_t>{64, 32, 3, 5}, "oihw");
    EXPECT_EQ(conv.names(), "out × in");
    EXPECT_THAT(conv.indexOf(7), ElementsAre(1, 2));
    EXPECT_EQ(conv.matrixAt(std::vector<std::int64_t>{1, 2}), 7);
    EXPECT_EQ(conv.matrixAt(std::vector<std::int64_t>{3, 0}), -1);
    EXPECT_EQ(conv.matrixAt(std::vector<std::int64_t>{1}), -1);
    const Stack dense(std::vector<std::int64_t>{64, 32}, "io");
    EXPECT_EQ(dense.names(), "in × out");
    EXPECT_TRUE(dense.indexOf(0).empty());
    EXPECT_EQ(Stack(std::vector<std::int64_t>{4, 4, 4}, "").count(), 0); // nobody told
    EXPECT_EQ(Stack(std::vector<std::int64_t>{4, 4}, "").names(), "rows × columns");
}

TEST(Axes, WantsOneLetterForEachDimensionAndAMatrix)
{
    EXPECT_EQ(axesProblem("oihw", 4), "");
    EXPECT_EQ(axesProblem("erc", 3), "");
    EXPECT_THAT(axesProblem("oi", 4), HasSubstr("has 4 dimensions, but \"oi\" has 2 letters"));
    for (const char *letters : {"oh", "ih", "or", "oirc", "OI", "o1", "hw"})
        EXPECT_FALSE(axesProblem(letters, std::string(letters).size()).empty()) << letters;
}

TEST(Axes, AreToldOnTheCommandLine)
{
    const auto rule = AxesRule::parse("*conv=1*=oihw");
    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->glob, "*conv=1*");
    EXPECT_EQ(rule->letters, "oihw");
    EXPECT_TRUE(rule->matches("a/conv=1.weight"));
    for (const char *text : {"", "=oi", "a=", "a", "a=xy", "a=OI"})
        EXPECT_EQ(AxesRule::parse(text).error().kind, ErrorKind::Usage) << text;
}

} // namespace nms::test
