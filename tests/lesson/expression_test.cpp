// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/expression.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nms::lesson {
namespace {

double valueOf(const std::string &text)
{
    const auto expression = Expression::parse(text);
    EXPECT_TRUE(expression) << text;
    if (!expression)
        return NAN;
    const auto value = expression->evaluate([](const Reference &reference) -> Result<double> {
        double sum = reference.iteration.value_or(0);
        for (const double argument : reference.arguments)
            sum += argument;
        return sum + (reference.property == "kept" ? 100 : 1000);
    });
    return value ? *value : NAN;
}

TEST(Expression, ComputesLikeSchoolArithmetic)
{
    EXPECT_EQ(valueOf("1 + 2 * 3"), 7);
    EXPECT_EQ(valueOf("(1 + 2) * 3"), 9);
    EXPECT_EQ(valueOf("8 / 4 / 2"), 1);
    EXPECT_EQ(valueOf("8 - 4 - 2"), 2);
    EXPECT_EQ(valueOf("-2 ^ 2"), -4);
    EXPECT_EQ(valueOf("2 ^ 3 ^ 2"), 512);
    EXPECT_EQ(valueOf("2 ^ -1"), 0.5);
    EXPECT_EQ(valueOf("--3"), 3);
    EXPECT_EQ(valueOf("1.5e2"), 150);
    EXPECT_EQ(valueOf("max(1, 5, 3) - min(4, 2) + abs(-1)"), 4);
    EXPECT_DOUBLE_EQ(valueOf("9 * log(2)"), 9 * std::log(2.0));
    EXPECT_DOUBLE_EQ(valueOf("sqrt(exp(2))"), std::exp(1.0));
}

TEST(Expression, ReferencesHaveAnIterationAndArguments)
{
    EXPECT_EQ(valueOf("best.kept"), 100);
    EXPECT_EQ(valueOf("best@12.kept - best.kept"), 12);
    EXPECT_EQ(valueOf("a@0.plan(1 + 1, 3)"), 1005);
    const auto references = Expression::parse("a.x + 2 * b@7.y(c.z)")->references();
    ASSERT_EQ(references.size(), 3U);
    EXPECT_EQ(references[0].caseName, "a");
    EXPECT_FALSE(references[0].iteration);
    EXPECT_EQ(references[1].property, "y");
    EXPECT_EQ(references[1].iteration, 7);
    EXPECT_EQ(references[1].arguments.size(), 1U);
    EXPECT_EQ(references[2].caseName, "c");
}

TEST(Expression, TheFirstErrorOfALookupIsTheResult)
{
    const auto value = Expression::parse("a.x + b.y")->evaluate([](const Reference &reference) -> Result<double> {
        return fail(ErrorKind::Input, reference.caseName, "fails");
    });
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().where, "a");
}

TEST(Expression, AnythingElseIsAnError)
{
    for (const char *text :
         {"", "1 +", "(1", "1)", "a", "a.", "a@.x", "a@-1.x", "foo(1)", "abs(1, 2)", "1 2", "*1", "a.x(", "a.x(1,)", "$"}) {
        const auto expression = Expression::parse(text);
        ASSERT_FALSE(expression) << text;
        EXPECT_EQ(expression.error().kind, ErrorKind::Input);
        EXPECT_FALSE(expression.error().remedy.empty());
    }
    std::string nested(100, '(');
    nested += '1';
    nested.append(100, ')');
    EXPECT_FALSE(Expression::parse(nested));
    std::string negated(100, '-');
    negated += '1';
    EXPECT_FALSE(Expression::parse(negated));
    EXPECT_FALSE(Expression::parse("1" + std::string(largestExpression, ' ')));
    std::string powers = "2";
    for (int k = 0; k < 100; ++k)
        powers += "^2";
    EXPECT_FALSE(Expression::parse(powers));
}

} // namespace
} // namespace nms::lesson
