// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/formula.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nms::lesson {
namespace {

using testing::HasSubstr;
using Kind = FormulaNode::Kind;

std::string plain(const std::string &tex)
{
    const auto formula = parseFormula(tex);
    return formula ? plainText(*formula) : "error: " + formula.error().what;
}

TEST(Formula, IsReadAsItIsWritten)
{
    EXPECT_EQ(plain("S_{ij} \\le 1"), "S_(ij) ≤ 1");
    EXPECT_EQ(plain("\\sum_j S_{ij} = N"), "∑_(j)S_(ij) = N");
    EXPECT_EQ(plain("\\frac{2}{\\sum_k S_{ik}}"), "(2)/(∑_(k)S_(ik))");
    EXPECT_EQ(plain("e^{\\tau A_{ij} + u_i}"), "e^(τA_(ij) + u_(i))");
    EXPECT_EQ(plain("x_1^2"), plain("x^2_1"));
    EXPECT_EQ(plain("\\left( \\frac{a}{b} \\right]"), "((a)/(b)]");
    EXPECT_EQ(plain("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}"), "(1 2; 3 4)");
    EXPECT_EQ(plain("\\sqrt{x}\\,\\text{for all } i"), "√(x) for all i");
    EXPECT_EQ(plain("12.5 - x'"), "12.5 − x′");
    EXPECT_EQ(plain("\\hat{S}"), "S^");
    EXPECT_EQ(plain(""), "");
}

TEST(Formula, ScriptsOfSumsAndMaximaAreLimits)
{
    for (const std::string tex : {"\\sum_{j}^{M}", "\\max_S"}) {
        const auto formula = parseFormula(tex);
        ASSERT_TRUE(formula);
        ASSERT_EQ(formula->children.size(), 1U);
        EXPECT_EQ(formula->children[0].kind, Kind::Scripts);
        EXPECT_TRUE(formula->children[0].limits) << tex;
    }
    EXPECT_FALSE(parseFormula("x_i")->children[0].limits);
}

TEST(Formula, EveryCommandIsAccepted)
{
    for (const std::string &command : formulaCommands()) {
        std::string tex = "\\" + command + " ";
        if (command == "frac")
            tex = "\\frac{a}{b}";
        else if (command == "sqrt" || command == "hat" || command == "bar" || command == "tilde" || command == "text" ||
                 command.starts_with("math") || command == "operatorname")
            tex = "\\" + command + "{a}";
        else if (command == "left" || command == "right")
            tex = "\\left( a \\right)";
        else if (command == "begin" || command == "end")
            tex = "\\begin{bmatrix} a \\end{bmatrix}";
        const auto formula = parseFormula(tex);
        EXPECT_TRUE(formula) << tex << ": " << (formula ? "" : formula.error().line());
    }
}

TEST(Formula, WhatIsNotKnownIsAnErrorWithItsPlace)
{
    const auto unknown = parseFormula("a + \\foo{x}");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, ErrorKind::Input);
    EXPECT_THAT(unknown.error().what, HasSubstr("\\foo"));
    EXPECT_THAT(unknown.error().where, HasSubstr("character 9"));
    for (const char *tex :
         {"{a", "a}", "^2", "x_", "x_1_2", "\\frac{a}", "a & b", "\\left( a", "\\left a \\right)", "\\begin{array} a",
          "\\begin{pmatrix} 1 & 2 \\\\ 3 \\end{pmatrix}", "\\text{\\alpha}", "a $ b", "\\"}) {
        const auto formula = parseFormula(tex);
        ASSERT_FALSE(formula) << tex;
        EXPECT_FALSE(formula.error().remedy.empty()) << tex;
    }
}

TEST(Formula, DepthAndLengthAreLimited)
{
    const auto nested = [](int depth) {
        return std::string(std::size_t(depth), '{') + "x" + std::string(std::size_t(depth), '}');
    };
    EXPECT_TRUE(parseFormula(nested(deepestFormula - 1)));
    EXPECT_FALSE(parseFormula(nested(deepestFormula)));
    EXPECT_FALSE(parseFormula(nested(100)));
    EXPECT_TRUE(parseFormula(std::string(std::size_t(largestFormula), 'x')));
    EXPECT_FALSE(parseFormula(std::string(std::size_t(largestFormula) + 1, 'x')));
    std::string roots;
    for (int k = 0; k < 200; ++k)
        roots += "\\sqrt";
    EXPECT_FALSE(parseFormula(roots + "x"));
}

} // namespace
} // namespace nms::lesson
