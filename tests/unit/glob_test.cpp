// SPDX-License-Identifier: Apache-2.0
// Globs, held against fnmatch(3) where both know a construct.
#include "core/base/glob.h"

#include <fnmatch.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace nms {
namespace {

TEST(Glob, MatchesAsItsHeaderSays)
{
    const auto matches = [](std::string_view pattern, std::string_view name) {
        return matchesGlob(pattern, name);
    };
    EXPECT_TRUE(matches("model.layers.*.mlp.*", "model.layers.0.mlp.up_proj.weight"));
    EXPECT_TRUE(matches("*", "a/b.c"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_TRUE(matches("encoder/*/weight", "encoder/layer/0/query/weight"));
    EXPECT_TRUE(matches("a?c", "a/c"));
    EXPECT_FALSE(matches("a?c", "ac"));
    EXPECT_TRUE(matches("h.[0-3].*", "h.2.attn"));
    EXPECT_FALSE(matches("h.[0-3].*", "h.12.attn"));
    EXPECT_TRUE(matches("[!a-c]x", "dx"));
    EXPECT_TRUE(matches("[^a-c]x", "dx"));
    EXPECT_FALSE(matches("[!a-c]x", "bx"));
    EXPECT_TRUE(matches("[]]", "]"));
    EXPECT_TRUE(matches("[a-]", "-"));
    EXPECT_TRUE(matches("a[", "a["));
    EXPECT_TRUE(matches("a[b", "a[b"));
    EXPECT_TRUE(matches("a\\*", "a*"));
    EXPECT_FALSE(matches("a\\*", "ab"));
    EXPECT_TRUE(matches("a\\", "a\\"));
    EXPECT_FALSE(matches("Weight", "weight"));
}

TEST(Glob, CharactersAreCodePoints)
{
    EXPECT_TRUE(matchesGlob("?", "é"));
    EXPECT_FALSE(matchesGlob("??", "é"));
    EXPECT_TRUE(matchesGlob("[α-ω]*", "λ.weight"));
    EXPECT_FALSE(matchesGlob("[α-ω]*", "l.weight"));
    EXPECT_TRUE(matchesGlob("a?.", "a\xff.")); // no UTF-8: a character of its own
    EXPECT_TRUE(matchesGlob("*\xc3", "x\xc3"));
}

TEST(Glob, ManyStarsTakeNoTime)
{
    std::string pattern;
    for (int i = 0; i < 40; ++i)
        pattern += "a*";
    EXPECT_FALSE(matchesGlob(pattern + "b", std::string(4000, 'a')));
}

TEST(Glob, AgreesWithFnmatch)
{
    std::mt19937 random(7);
    const std::string letters = "ab/.*?[]!-\\";
    int matched = 0;
    for (int round = 0; round < 200000; ++round) {
        std::string pattern, name;
        for (unsigned i = random() % 7; i > 0; --i)
            pattern += letters[random() % letters.size()];
        for (unsigned i = random() % 6; i > 0; --i)
            name += "ab/.]-["[random() % 7];
        // What POSIX leaves open: sets that are never closed, that hold a "[" or an escape, reversed ranges, a "\" at the
        // end.
        if (pattern.find('[') != std::string::npos &&
            (pattern.find(']') == std::string::npos || pattern.find('\\') != std::string::npos ||
             pattern.find('-') != std::string::npos || pattern.find('[') != pattern.rfind('[')))
            continue;
        if (pattern.ends_with('\\'))
            continue;
        const bool expected = fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
        ASSERT_EQ(matchesGlob(pattern, name), expected) << pattern << " and " << name;
        matched += expected ? 1 : 0;
    }
    EXPECT_GT(matched, 1000);
}

TEST(Glob, KnowsWildcards)
{
    for (const char *text : {"*", "a?", "[", "a\\b"})
        EXPECT_TRUE(hasWildcards(text)) << text;
    for (const char *text : {"", "a.b/c:0", "w]", "a-z"})
        EXPECT_FALSE(hasWildcards(text)) << text;
}

} // namespace
} // namespace nms
