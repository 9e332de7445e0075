// SPDX-License-Identifier: Apache-2.0
// Tiles of the sandbox: what is a valid one, the text file, the catalogue.
#include "core/sandbox/tile_catalog.h"
#include "core/sandbox/tile_feasibility.h"
#include "core/sandbox/tile_problem.h"
#include "core/sandbox/tile_text.h"
#include "tests/unit/small_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace nms {

using test::EveryPlan;
using test::smallProblem;
using testing::HasSubstr;

namespace {

TileProblem filled(int rows, int cols, std::vector<double> rowSums, std::vector<double> colSums, double cap)
{
    TileProblem tile = TileProblem::ofPattern(Matrix<double>(rows, cols), 1);
    tile.rowSums = std::move(rowSums);
    tile.colSums = std::move(colSums);
    std::fill_n(tile.caps.data(), tile.caps.size(), cap);
    return tile;
}

std::string problemOf(const TileProblem &tile)
{
    const Status valid = validateTile(tile);
    return valid ? std::string() : valid.error().line();
}

TEST(TileProblem, KnowsItsPattern)
{
    TileProblem tile = TileProblem::ofPattern(Matrix<double>(5, 5), 3);
    EXPECT_EQ(problemOf(tile), "");
    ASSERT_TRUE(tile.pattern());
    EXPECT_EQ(*tile.pattern(), (NmPattern{3, 5}));
    EXPECT_TRUE(tile.isIntegral());
    EXPECT_EQ(tile.total(), 15);
    TileProblem other = tile;
    other.caps(4, 4) = 2;
    EXPECT_FALSE(other.pattern());
    other = tile;
    other.rowSums[2] = 2;
    EXPECT_FALSE(other.pattern());
    EXPECT_FALSE(TileProblem::ofPattern(Matrix<double>(2, 3), 2).pattern());
    other = TileProblem::ofPattern(Matrix<double>(3, 3), 1);
    other.rowSums.assign(3, 1.5);
    other.colSums.assign(3, 1.5);
    EXPECT_FALSE(other.pattern());
    EXPECT_FALSE(other.isIntegral());
}

TEST(TileProblem, ErrorsNameTheNumber)
{
    TileProblem tile = filled(2, 3, {3, 3}, {2, 2, 2}, 1);
    EXPECT_EQ(problemOf(tile), "");
    tile.scores(1, 2) = std::nan("");
    EXPECT_THAT(problemOf(tile), HasSubstr("the score in row 2, column 3 is not a finite number"));
    tile.scores(1, 2) = -1e13;
    EXPECT_THAT(problemOf(tile), HasSubstr("the score in row 2, column 3 is larger than"));
    tile.scores(1, 2) = 0;
    tile.caps(0, 1) = -1;
    EXPECT_THAT(problemOf(tile), HasSubstr("the cap of row 1, column 2 is negative"));
    tile.caps(0, 1) = -TileProblem::noCap;
    EXPECT_THAT(problemOf(tile), HasSubstr("the cap of row 1, column 2 is not a finite number"));
    tile.caps(0, 1) = 1;
    tile.colSums[2] = -2;
    EXPECT_THAT(problemOf(tile), HasSubstr("the sum of column 3 is negative"));
    tile.colSums.pop_back();
    EXPECT_THAT(problemOf(tile), HasSubstr("3 columns, but 2 row sums and 2 column sums"));
    EXPECT_THAT(problemOf(TileProblem()), HasSubstr("0 × 0"));
    EXPECT_THAT(problemOf(TileProblem::ofPattern(Matrix<double>(65, 2), 1)), HasSubstr("65 × 2"));
}

TEST(TileProblem, ErrorsNameWhatCannotBeFilled)
{
    EXPECT_THAT(problemOf(filled(2, 3, {3, 2}, {2, 2, 2}, 1)), HasSubstr("the row sums add up to 5, the column sums to 6"));
    EXPECT_THAT(problemOf(filled(2, 3, {4, 2}, {2, 2, 2}, 1)),
                HasSubstr("row 1 needs 4 in all, but the caps leave room for 3"));
    TileProblem tile = filled(3, 3, {2, 2, 2}, {4, 1, 1}, TileProblem::noCap);
    tile.caps(0, 0) = tile.caps(1, 0) = 0;
    EXPECT_THAT(problemOf(tile),
                HasSubstr("rows 1 and 2 need 4 in all, but the caps and the sums of columns 2 and 3 leave room for 2"));
}

TEST(TileProblem, IsFeasibleWhereSomePlanIs)
{
    std::mt19937 random(7);
    int feasible = 0, infeasible = 0;
    for (int k = 0; k < 2000; ++k) {
        const TileProblem tile = smallProblem(random);
        const bool isThere = EveryPlan(tile).best().has_value();
        EXPECT_EQ(validateTile(tile).has_value(), isThere) << tileText(tile);
        ++(isThere ? feasible : infeasible);
    }
    EXPECT_GT(feasible, 300);
    EXPECT_GT(infeasible, 300);
}

TEST(TileText, ReadsWhatAPersonWrites)
{
    const auto tile = parseTile("nmscope tile 1\r\n# a comment\nname  My tile # 2 \n\nrow-sums 2\ncolumn-sums 1 1 2\n"
                                "caps\n1 1 inf\n0 1 2e0\nscores\n-1.5 .5 3\n+4 5. \u22126\n");
    ASSERT_TRUE(tile) << tile.error().line();
    EXPECT_EQ(tile->name, "My tile # 2");
    EXPECT_EQ(tile->rowSums, (std::vector<double>{2, 2}));
    EXPECT_EQ(tile->colSums, (std::vector<double>{1, 1, 2}));
    EXPECT_EQ(tile->caps(0, 2), TileProblem::noCap);
    EXPECT_EQ(tile->caps(1, 2), 2);
    EXPECT_EQ(tile->scores(0, 0), -1.5);
    EXPECT_EQ(tile->scores(1, 1), 5);
    EXPECT_EQ(tile->scores(1, 2), -6);
    const auto kept = parseTile("nmscope tile 1\nscores\n1 2\n3 4\nkeep 1\n");
    ASSERT_TRUE(kept) << kept.error().line();
    EXPECT_EQ(*kept->pattern(), (NmPattern{1, 2}));
    const auto capped = parseTile("nmscope tile 1\nkeep 3\ncaps 2\nscores\n1 2\n3 4\n");
    ASSERT_TRUE(capped) << capped.error().line();
    EXPECT_EQ(capped->caps(1, 0), 2);
}

TEST(TileText, ErrorsNameTheLine)
{
    const std::pair<const char *, const char *> wrong[] = {
        {"", "line 1: this is not a tile file"},
        {"keep 2", "line 1: this is not a tile file"},
        {"nmscope tile 2\n", "the version \"2\" is not known"},
        {"nmscope tile 1\n", "has no scores"},
        {"nmscope tile 1\nscores\n", "has no scores"},
        {"nmscope tile 1\nscores\n1 2\n", "does not say what its rows and columns keep"},
        {"nmscope tile 1\nkeep 1 2\n", "line 2: \"keep\" takes one number"},
        {"nmscope tile 1\nkeep\n", "line 2: \"keep\" has no numbers"},
        {"nmscope tile 1\nkeep 1\nkeep 1\n", "line 3: \"keep\" is given twice"},
        {"nmscope tile 1\nsize 3\n", "line 2: \"size\" is not known"},
        {"nmscope tile 1\n1 2\n", "line 2: numbers that belong to nothing"},
        {"nmscope tile 1\nscores 1 2\n", "line 2: numbers stand beside \"scores\""},
        {"nmscope tile 1\nscores\n1 2\n3\n", "line 4: this row has 1 numbers, the first one 2"},
        {"nmscope tile 1\nscores\n1 x\n", "line 3: \"x\" is not a number"},
        {"nmscope tile 1\nscores\n1 2,5\n", "line 3: \"2,5\" is not a number"},
        {"nmscope tile 1\nkeep 1\nscores\n1 inf\n", "the score in row 1, column 2 is not a finite number"},
        {"nmscope tile 1\nkeep 1\nscores\n1 2\n3 4\nrow-sums 1 2 3\n", "3 row sums"},
        {"nmscope tile 1\nkeep 1\nscores\n1 2\n3 4\ncaps\n", "has no caps below \"caps\""},
        {"nmscope tile 1\nkeep 1\nscores\n1 2\n3 4\ncaps 1 2\n", "has 2 numbers beside \"caps\""},
        {"nmscope tile 1\nkeep 1\nscores\n1 2\n3 4\ncaps\n1 2\n", "caps of another size"},
        {"nmscope tile 1\nkeep 1\nscores\n1 2\n3 4\ncaps 1\ncaps\n1 1\n1 1\n", "both one cap for all entries and a grid"},
        {"nmscope tile 1\nname a\x01"
         "b\n",
         "line 2: the text has control characters"},
        {"nmscope tile 1\nkeep -1\nscores\n1 2\n3 4\n", "the sum of row 1 is negative"},
    };
    for (const auto &[text, what] : wrong) {
        const auto tile = parseTile(text, "x.tile");
        ASSERT_FALSE(tile) << text;
        EXPECT_THAT(tile.error().line(), HasSubstr(what)) << text;
        EXPECT_THAT(tile.error().line(), HasSubstr("x.tile")) << text;
    }
    std::string wide = "nmscope tile 1\nkeep 1\nscores\n";
    for (int k = 0; k < 65; ++k)
        wide += "1 ";
    EXPECT_THAT(parseTile(wide).error().line(), HasSubstr("line 4: there are 65 numbers"));
    std::string tall = "nmscope tile 1\nkeep 1\nscores\n";
    for (int k = 0; k < 65; ++k)
        tall += "1\n";
    EXPECT_THAT(parseTile(tall).error().line(), HasSubstr("line 68: there are more than 64 rows"));
    EXPECT_THAT(parseTile(std::string(maxTileTextBytes + 1, ' ')).error().line(), HasSubstr("longer than a tile file"));
}

TEST(TileText, GivesBackExactlyTheSameTile)
{
    std::mt19937_64 random(5);
    const auto anyNumber = [&](bool mayBeNegative) {
        const double value = std::ldexp(double(random() >> 11), int(random() % 87) - 100);
        return mayBeNegative && random() % 2 ? -value : value;
    };
    for (const auto &[rows, cols] : {std::pair(1, 1), {1, 64}, {64, 1}, {3, 5}, {17, 16}, {64, 64}}) {
        TileProblem tile = TileProblem::ofPattern(Matrix<double>(rows, cols), 1);
        tile.name = "π and more";
        tile.note = "scores";
        for (double &sum : tile.rowSums)
            sum = anyNumber(false);
        for (double &sum : tile.colSums)
            sum = anyNumber(false);
        for (std::int64_t k = 0; k < tile.scores.size(); ++k) {
            tile.scores.data()[k] = anyNumber(true);
            tile.caps.data()[k] = random() % 4 ? anyNumber(false) : TileProblem::noCap;
        }
        const std::string text = tileText(tile);
        EXPECT_LT(text.size(), maxTileTextBytes / 4);
        const auto again = parseTile(text);
        ASSERT_TRUE(again) << again.error().line();
        EXPECT_TRUE(*again == tile) << text;
    }
}

TEST(TileCatalog, EveryTileIsValidAndSurvivesItsFile)
{
    std::set<std::string_view> ids;
    for (const CatalogTile &entry : tileCatalog()) {
        EXPECT_TRUE(ids.insert(entry.id).second) << entry.id;
        const auto tile = builtInTile(entry.id);
        ASSERT_TRUE(tile);
        EXPECT_EQ(problemOf(*tile), "") << entry.id;
        EXPECT_EQ(tile->name, entry.title);
        EXPECT_THAT(tile->note, HasSubstr(std::string(entry.sentence)));
        const auto again = parseTile(tileText(*tile));
        ASSERT_TRUE(again) << again.error().line();
        EXPECT_TRUE(*again == *tile) << entry.id;
    }
    EXPECT_GE(ids.size(), 15U);
    EXPECT_FALSE(builtInTile("no such tile"));
}

TEST(TileCatalog, RandomTilesAreReproducible)
{
    const TileProblem tile = randomTile(7, 3, 11);
    EXPECT_TRUE(tile == randomTile(7, 3, 11));
    EXPECT_FALSE(tile == randomTile(7, 3, 12));
    EXPECT_EQ(*tile.pattern(), (NmPattern{3, 7}));
    const TileProblem large = randomTile(64, 1, 1);
    double squares = 0;
    for (std::int64_t k = 0; k < large.scores.size(); ++k)
        squares += large.scores.data()[k] * large.scores.data()[k] / double(large.scores.size());
    EXPECT_NEAR(squares, 1, 0.1); // their variance
}

} // namespace

} // namespace nms
