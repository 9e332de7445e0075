// SPDX-License-Identifier: Apache-2.0
// Numbers pasted from other programs.
#include "core/sandbox/tile_paste.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace nms {

using testing::HasSubstr;

namespace {

/// "1 2|3 4"
std::string shown(const Matrix<double> &grid)
{
    std::string text = pasteText(grid.span());
    for (char &c : text)
        c = c == '\t' ? ' ' : c == '\n' ? '|' : c;
    text.pop_back();
    return text;
}

struct Case {
    const char *text;
    const char *values;
    PasteForm form;
};

TEST(TilePaste, ReadsEveryForm)
{
    using enum PasteForm;
    const Case cases[] = {
        {"9\t8\n7\t6\n", "9 8|7 6", Columns},
        {"1,5\t2\r\n-3\t4,25\r\n", "1.5 2|-3 4.25", Columns},
        {"1.5\t2\n\n3\t4\t\n", "1.5 2|3 4", Columns},
        {"  1 2  3\n4 5 6  ", "1 2 3|4 5 6", Columns},
        {"7", "7", Columns},
        {"1,2\n3,4\n", "1 2|3 4", Commas},
        {"1, 2, 3\n4, 5e-3, \u22126", "1 2 3|4 0.005 -6", Commas},
        {"\"1.5\",\"2\"\n3,4", "1.5 2|3 4", Commas},
        {"1,5;2\n3;4,5;\n", "1.5 2|3 4.5", Semicolons},
        {"1 & 2 \\\\ 3 & 4", "1 2|3 4", Latex},
        {"\\begin{pmatrix} 1 & -2.5 \\\\\n 3 & 4 \\\\ \\end{pmatrix}", "1 -2.5|3 4", Latex},
        {"\\left[\\begin{array}{rr|c}\n 1 & 2 & {3} \\\\[2pt] \\hline\n 4 & 5 & $6$ % six\n\\end{array}\\right]",
         "1 2 3|4 5 6", Latex},
        {"\\begin{tabular}{cc}\\toprule 1 & 2 \\\\ \\midrule 3 & 4 \\\\ \\bottomrule\\end{tabular}", "1 2|3 4", Latex},
        {"\\begin{bmatrix}5\\end{bmatrix}", "5", Latex},
        {"[[1, 2], [3, 4]]", "1 2|3 4", Lists},
        {"[[1, 2,],\n [3, 4,],]", "1 2|3 4", Lists},
        {"array([[1. , 2.5],\n       [3. , 4. ]], dtype=float32)", "1 2.5|3 4", Lists},
        {"W = np.array([[1, 2], [3, 4]])", "1 2|3 4", Lists},
        {"tensor([[ 1.0e-01, -2.0],\n        [ 3.0, inf]])", "0.1 -2|3 inf", Lists},
        {"[[1. 2.]\n [3. 4.]]", "1 2|3 4", Lists},
        {"[1, 2],\n[3, 4]", "1 2|3 4", Lists},
        {"((1, 2), (3, 4))", "1 2|3 4", Lists},
        {"[1, 2, 3]", "1 2 3", Lists},
        {"[1 2; 3 4]", "1 2|3 4", Matlab},
        {"A = [1, 2;\n 3, 4];", "1 2|3 4", Matlab},
        {"A = [\n 1 2\n 3 4\n];", "1 2|3 4", Matlab},
        {"[1 2 ...\n 3; 4 5 6]", "1 2 3|4 5 6", Matlab},
    };
    for (const Case &expected : cases) {
        const auto grid = parsePaste(expected.text);
        ASSERT_TRUE(grid) << expected.text << ": " << grid.error().line();
        EXPECT_EQ(shown(grid->values), expected.values) << expected.text;
        EXPECT_EQ(nameOf(grid->form), nameOf(expected.form)) << expected.text;
    }
}

TEST(TilePaste, ErrorsNameThePlace)
{
    const std::pair<const char *, const char *> wrong[] = {
        {"", "has no numbers"},
        {" \n\t\n", "has no numbers"},
        {"a b\n1 2", "line 1, column 1: \"a\" is not a number"},
        {"1\t2\n3\n", "line 2, column 1: row 2 has 1 number, the first row 2"},
        {"1\t2\n3\t\t4\n", "line 2, column 3: a number is missing"},
        {"1\tx\n", "line 1, column 3: \"x\" is not a number"},
        {"\u22121\tx\n", "line 1, column 4: \"x\" is not a number"},
        {"1,,2\n", "line 1, column 3: a number is missing"},
        {"1 & 2 \\\\ 3", "line 1, column 10: row 2 has 1 number"},
        {"1 & \\\\ 3 & 4", "a number is missing"},
        {"1 & \\alpha \\\\ 3 & 4", "a number is missing"},
        {"[[1, 2], [3, 4", "a bracket is not closed"},
        {"[[1,, 2]]", "line 1, column 5: a number is missing"},
        {"[[, 2]]", "line 1, column 3: a number is missing"},
        {"[[[1]]]", "line 1, column 3: lists are nested more than twice"},
        {"[1, [2]]", "line 1, column 5: a list begins among numbers"},
        {"[[1 2 ... 3 4]]", "the output was shortened"},
        {"[[1, 2], [3]]", "row 2 has 1 number"},
        {"[[1, None]]", "line 1, column 6: \"None\" is not a number"},
        {"[1 2; 3]", "row 2 has 1 number"},
        {"nan 1", "\"nan\" is not a number"},
    };
    for (const auto &[text, what] : wrong) {
        const auto grid = parsePaste(text);
        ASSERT_FALSE(grid) << text << " gives " << shown(grid->values);
        EXPECT_THAT(grid.error().line(), HasSubstr(what)) << text;
    }
    const std::string wide = [] {
        std::string text;
        for (int k = 0; k < 65; ++k)
            text += "1\t";
        return text;
    }();
    EXPECT_THAT(parsePaste(wide).error().line(), HasSubstr("more than 64 numbers"));
    std::string tall;
    for (int k = 0; k < 65; ++k)
        tall += "1\n";
    EXPECT_THAT(parsePaste(tall).error().line(), HasSubstr("line 65, column 1: there are more than 64 rows"));
}

TEST(TilePaste, WhatIsCopiedIsPasted)
{
    Matrix<double> grid(3, 2);
    const double values[] = {0.1, -1e-20, 3, 1.0 / 3, 1e12, std::numeric_limits<double>::infinity()};
    std::copy(std::begin(values), std::end(values), grid.data());
    const auto again = parsePaste(pasteText(grid.span()));
    ASSERT_TRUE(again) << again.error().line();
    for (int k = 0; k < 6; ++k)
        EXPECT_EQ(again->values.data()[k], values[k]);
}

} // namespace

} // namespace nms
