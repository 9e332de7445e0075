// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/lesson_reader.h"

#include "core/lesson/case_values.h"
#include "core/lesson/markdown_blocks.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>

namespace nms::lesson {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string front = "---\ntitle: A title\nsummary: A sentence.\norder: 3\nminutes: 12\n---\n\n";
const std::string caseText = "```case best\ntile: 9 8 / 7 1\npattern: 1:2\nmethod: exact\n```\n\n";

Lesson read(const std::string &text)
{
    const auto lesson = parseLesson(text, "l.md");
    EXPECT_TRUE(lesson) << (lesson ? "" : lesson.error().line());
    return lesson ? *lesson : Lesson();
}

/// The error of a lesson with this one step.
Error errorOf(const std::string &step)
{
    const auto lesson = parseLesson(front + "## Step\n\nText.\n\n" + step, "l.md");
    EXPECT_FALSE(lesson) << step;
    return lesson ? Error() : lesson.error();
}

TEST(LessonReader, ReadsAWholeLesson)
{
    const Lesson lesson =
        read(front + caseText.substr(0, 0) +
             "## First\n\nThe optimum is {{15 | best.objective}}, $S_{ij}$ is\n\n$$S \\le 1$$\n\n" + caseText +
             "```state\ncase: best\nview: plan\ncells: 1,2 2,1\nrows: 1\n```\n\n## Second\n\nMore `$code$`, \\$5.\n\n"
             "```state\ncolumns: 2\ntransposed: yes\n```\n\n"
             "```question\nHow much?\n\nReally?\nanswer: {{15 | best.objective}}\ntolerance: 0.5\nright: Yes,\n  so it "
             "is.\nwrong: No.\n```\n");
    EXPECT_EQ(lesson.title, "A title");
    EXPECT_EQ(lesson.summary, "A sentence.");
    EXPECT_EQ(lesson.order, 3);
    EXPECT_EQ(lesson.minutes, 12);
    ASSERT_EQ(lesson.steps.size(), 2U);
    EXPECT_EQ(lesson.steps[0].title, "First");
    EXPECT_THAT(lesson.steps[0].text, HasSubstr("The optimum is 15, ![formula](formula:0) is"));
    EXPECT_THAT(lesson.steps[0].text, HasSubstr("\n\n![formula](formula:1)"));
    ASSERT_EQ(lesson.formulas.size(), 2U);
    EXPECT_FALSE(lesson.formulas[0].isDisplayed);
    EXPECT_TRUE(lesson.formulas[1].isDisplayed);
    EXPECT_THAT(lesson.steps[1].text, HasSubstr("More `$code$`, $5."));
    ASSERT_EQ(lesson.cases.size(), 1U);
    const State state = *lesson.stateAt(0);
    EXPECT_EQ(state.view, State::View::Plan);
    EXPECT_THAT(state.cells, ElementsAre(State::Cell{0, 1}, State::Cell{1, 0}));
    EXPECT_THAT(state.rows, ElementsAre(0));
    const State second = *lesson.stateAt(1);
    EXPECT_EQ(second.caseName, "best") << "the case stays";
    EXPECT_TRUE(second.transposed);
    EXPECT_THAT(second.columns, ElementsAre(1));
    EXPECT_TRUE(second.rows.empty()) << "highlights do not stay";
    ASSERT_TRUE(lesson.steps[1].question);
    const Question &question = *lesson.steps[1].question;
    EXPECT_EQ(question.text, "How much?\n\nReally?");
    ASSERT_TRUE(question.answer);
    EXPECT_EQ(lesson.figures[*question.answer].value(), 15);
    EXPECT_EQ(question.tolerance, 0.5);
    EXPECT_EQ(question.right, "Yes,\nso it is.");
    EXPECT_EQ(lesson.figures.size(), 2U);
    EXPECT_EQ(lesson.figures[0].line, 10);
}

TEST(LessonReader, ChoicesHaveFeedbackOfTheirOwn)
{
    const Lesson lesson =
        read(front + "## S\n\n```question\nWhich?\n- [ ] The first $x$\n  No,\n  not it.\n- [x] The second\n  Yes.\n```\n");
    const Question &question = *lesson.steps[0].question;
    ASSERT_EQ(question.choices.size(), 2U);
    EXPECT_EQ(question.choices[0].text, "The first ![formula](formula:0)");
    EXPECT_EQ(question.choices[0].feedback, "No,\nnot it.");
    EXPECT_FALSE(question.choices[0].isRight);
    EXPECT_TRUE(question.choices[1].isRight);
    EXPECT_FALSE(question.answer);
}

TEST(LessonReader, FiguresKnowTheirDecimals)
{
    const Lesson lesson = read(front + "## S\n\n{{−1 234.50 % | 1}} {{7 | 2}} {{0.003 | 3}}\n");
    ASSERT_EQ(lesson.figures.size(), 3U);
    EXPECT_EQ(lesson.figures[0].value(), -1234.5);
    EXPECT_EQ(lesson.figures[0].decimals(), 2);
    EXPECT_TRUE(lesson.figures[0].isPercent());
    EXPECT_EQ(lesson.figures[1].decimals(), 0);
    EXPECT_FALSE(lesson.figures[1].isPercent());
    EXPECT_EQ(lesson.figures[2].decimals(), 3);
}

TEST(LessonReader, EveryKindOfCaseIsRead)
{
    const Lesson lesson = read(front +
                               "## S\n\nT\n\n```case a\ntile:\n  1 2 3\n  4 5 6\nrow sums: 2 1\ncolumn sums: 1 1 1\ncap: "
                               "0.75\nmethod: dykstra\ntau: 12\niterations: 7\n```\n"
                               "```case b\ntile: greedy-2:4\nmethod: nm:greedy\n```\n```case c\ntile: gaussian\nsize: "
                               "5\nseed: 2\npattern: 2:5\nmethod: exact\n```\n"
                               "```case d\nrandom: 13\nseed: 4\npattern: 3:7\nmethod: nm:capped\n```\n```case e\ntensor: "
                               "a/b\npattern: 4:8\nmethod: dykstra\nrounding: paper\n```\n"
                               "```case f\ntensor: a/b\npattern: 4:8\nprune: sparsegpt\nkind: row-nm\n```\n");
    ASSERT_EQ(lesson.cases.size(), 6U);
    const auto &a = std::get<TileCase>(lesson.cases[0].what);
    EXPECT_EQ(a.problem.rows(), 2);
    EXPECT_EQ(a.problem.scores(1, 2), 6);
    EXPECT_THAT(a.problem.rowSums, ElementsAre(2, 1));
    EXPECT_EQ(a.problem.caps(1, 1), 0.75);
    EXPECT_EQ(a.options.tau, 12);
    EXPECT_EQ(a.options.iterations, 7);
    EXPECT_EQ(std::get<TileCase>(lesson.cases[1].what).problem.scores(0, 0), 9);
    EXPECT_EQ(std::get<TileCase>(lesson.cases[2].what).problem.rows(), 5);
    EXPECT_EQ(std::get<RandomCase>(lesson.cases[3].what).tiles, 13);
    EXPECT_TRUE(std::get<LayerCase>(lesson.cases[4].what).options.paperSwaps);
    EXPECT_EQ(std::get<LayerCase>(lesson.cases[5].what).prune, Framework::SparseGpt);
    EXPECT_EQ(std::get<LayerCase>(lesson.cases[5].what).kind, Kind::RowNm);
}

TEST(LessonReader, ErrorsNameTheLineAndTheRemedy)
{
    const struct {
        const char *step;
        const char *what;
    } wrong[] = {
        {"```case x\ntile: 1 2 / 3\npattern: 1:2\nmethod: exact\n```\n", "1 numbers in row 2 and 2 in row 1"},
        {"```case x\ntile: 1 2 / 3 4\npattern: 2:4\nmethod: exact\n```\n", "its pattern is 2:4"},
        {"```case x\ntile: 1 2 / 3 4\npattern: 1:2\nmethod: fast\n```\n", "fast"},
        {"```case x\ntile: 1 a / 3 4\npattern: 1:2\nmethod: exact\n```\n", "\"a\" where a number"},
        {"```case x\ntile: 1 2 / 3 4\npattern: 3:2\nmethod: exact\n```\n", "3:2"},
        {"```case x\ntile: 1 2 / 3 4\npattern: 1:2\nmethod: exact\ntau: -1\n```\n", "as tau"},
        {"```case x\ntile: 1 2 / 3 4\npattern: 1:2\nmethod: exact\niterations: 2.5\n```\n", "a fraction"},
        {"```case x\ntile: 1 2 / 3 4\nrow sums: 1 1\ncolumn sums: 1 2\nmethod: exact\n```\n", ""},
        {"```case x\ntile: 1 2 / 3 4\nrow sums: 1\ncolumn sums: 1 2\nmethod: exact\n```\n", "1 row sums for 2"},
        {"```case x\ntile: 1 2 / 3 4\nrow sums: 2 1\ncolumn sums: 1 2\nmethod: nm:greedy\n```\n", "N:M tiles alone"},
        {"```case x\ntile: nonsense\npattern: 1:2\nmethod: exact\n```\n", "no built-in one"},
        {"```case x\ntensor: a\npattern: 1:2\nprune: faster\n```\n", "faster"},
        {"```case x\nrandom: 0\npattern: 1:2\nmethod: exact\n```\n", "as random"},
        {"```case x\npattern: 1:2\n```\n", "none of tile, random and tensor"},
        {"```case x\ntile: 1\nrandom: 3\n```\n", "more than one"},
        {"```case x\ncolour: red\n```\n", "\"colour\""},
        {"```case x\ntile: 1\ntile: 2\n```\n", "second time"},
        {"```case x\nno key here\n```\n", "key: value"},
        {"```case x\n  1 2\n```\n", "continues nothing"},
        {"```case 1x\ntile: 1\n```\n", "\"1x\""},
        {"```case x\ntile: 1 2 / 3 4\npattern: 1:2\nmethod: exact\n", "does not end"},
        {"```state\nview: plan\n```\n", "names no case"},
        {"```state\ncase: y\n```\n", "does not exist"},
        {"```state\ncase: y\nview: sideways\n```\n", "sideways"},
        {"```question\nWhat?\n```\n", "either choices or an answer"},
        {"```question\nWhat?\n- [ ] a\n  b\n- [ ] c\n  d\n```\n", "without a right choice"},
        {"```question\nWhat?\n- [x] a\n  b\n```\n", "1 choices"},
        {"```question\nWhat?\n- [x] a\n- [ ] c\n  d\n```\n", "without text or feedback"},
        {"```question\nWhat?\nanswer: 3\nright: a\nwrong: b\n```\n", "as answer"},
        {"```question\nWhat?\nanswer: {{3 | 3}}\nright: a\n```\n", "needs \"wrong"},
        {"```question\nanswer: {{3 | 3}}\nright: a\nwrong: b\n```\n", "asks nothing"},
        {"$x", "does not end"},
        {"$\\foo$", "\\foo"},
        {"{{3 | nothing.objective}}", "does not exist"},
        {"{{3}}", "without |"},
        {"{{three | 3}}", "no number"},
        {"{{3 | 3 +}}", "ends where"},
        {"![x](../secret.png)", "../secret.png"},
        {"![x](https://example.org/x.png)", "example.org"},
        {"![x](x.txt)", "x.txt"},
    };
    for (const auto &[step, what] : wrong) {
        const Error error = errorOf(step);
        EXPECT_EQ(error.kind, ErrorKind::Input) << step;
        EXPECT_THAT(error.where, testing::MatchesRegex("l\\.md:1?[0-9](: .*)?")) << step << error.line();
        EXPECT_THAT(error.what, HasSubstr(what)) << step;
        EXPECT_FALSE(error.remedy.empty()) << step;
    }
}

TEST(LessonReader, StatesFitTheirCases)
{
    const auto withState = [](const std::string &state) {
        return errorOf(caseText +
                       "```case layer\ntensor: a\npattern: 2:4\nmethod: exact\n```\n```case many\nrandom: 3\npattern: "
                       "1:2\nmethod: exact\n```\n```state\n" +
                       state + "\n```\n")
            .what;
    };
    EXPECT_THAT(withState("case: many"), HasSubstr("random tiles"));
    EXPECT_THAT(withState("case: best\nview: weights"), HasSubstr("small tile"));
    EXPECT_THAT(withState("case: best\ntile: 3"), HasSubstr("small tile"));
    EXPECT_THAT(withState("case: layer\nview: reduced"), HasSubstr("shows the layer"));
    EXPECT_THAT(withState("case: layer\ncells: 1,1"), HasSubstr("shows the layer"));
    EXPECT_THAT(withState("case: best\ncells: 3,1"), HasSubstr("outside the tile"));
    EXPECT_THAT(withState("case: best\nrows: 3"), HasSubstr("outside the tile"));
    EXPECT_THAT(withState("case: best\ncells: 1"), HasSubstr("without a column"));
}

TEST(LessonReader, FiguresFitTheirCases)
{
    EXPECT_THAT(errorOf(caseText + "{{1 | best.beauty}}").what, HasSubstr("\"beauty\""));
    EXPECT_THAT(errorOf(caseText + "{{1 | best.beauty}}").remedy, HasSubstr("objective"));
    EXPECT_THAT(errorOf(caseText + "{{1 | best.plan(1)}}").what, HasSubstr("number of arguments"));
    EXPECT_THAT(errorOf(caseText + "{{1 | best.plan}}").what, HasSubstr("number of arguments"));
    EXPECT_THAT(errorOf("```case many\nrandom: 3\npattern: 1:2\nmethod: exact\n```\n{{1 | many@3.meanGap}}").what,
                HasSubstr("iteration"));
}

TEST(LessonReader, TheFileAsAWholeIsChecked)
{
    const auto whatOf = [](const std::string &text) {
        const auto lesson = parseLesson(text, "l.md");
        EXPECT_FALSE(lesson);
        return lesson ? std::string() : lesson.error().line();
    };
    EXPECT_THAT(whatOf(""), HasSubstr("---"));
    EXPECT_THAT(whatOf("---\ntitle: x\n"), HasSubstr("does not end"));
    EXPECT_THAT(whatOf("---\ntitle: x\n---\n## S\n\nT\n"), HasSubstr("summary"));
    EXPECT_THAT(whatOf(front), HasSubstr("no steps"));
    EXPECT_THAT(whatOf(front + "text"), HasSubstr("before the first step"));
    EXPECT_THAT(whatOf(front + "## S\n\n"), HasSubstr("without text"));
    EXPECT_THAT(whatOf(front + "## S\n\n\xFF\n"), HasSubstr("UTF-8"));
    EXPECT_THAT(whatOf(front + "## S\n\nT" + std::string(1, '\0')), HasSubstr("UTF-8"));
    EXPECT_THAT(whatOf(front + "## S\n\n" + std::string(largestLessonFile, 'x')), HasSubstr("1 MiB"));
    std::string steps;
    for (std::size_t k = 0; k <= mostSteps; ++k)
        steps += "## S\n\nT\n\n";
    EXPECT_THAT(whatOf(front + steps), HasSubstr("step 101"));
    EXPECT_EQ(read("\xEF\xBB\xBF" + front + "## S\r\n\r\nT\r\n").steps.size(), 1U)
        << "a byte order mark and CR LF are accepted";
}

TEST(LessonReader, AMissingFileIsAnIoError)
{
    const auto lesson = readLesson("/nowhere/l.md");
    ASSERT_FALSE(lesson);
    EXPECT_EQ(lesson.error().kind, ErrorKind::Io);
}

/// Every key, figure and command of formulas is told to who writes a lesson.
TEST(LessonReader, TheReadmeDescribesTheFormat)
{
    std::ifstream in(NMS_SOURCE_DIR "/assets/lessons/README.md");
    const std::string readme((std::istreambuf_iterator<char>(in)), {});
    for (const char *kind : {"lesson", "case", "state", "question"})
        for (const std::string_view key : keysOf(kind))
            EXPECT_THAT(readme, HasSubstr("`" + std::string(key) + ":")) << kind;
    const Lesson lesson = read(front + "## S\n\nT\n\n" + caseText +
                               "```case many\nrandom: 3\npattern: 1:2\nmethod: exact\n```\n```case layer\ntensor: "
                               "a\npattern: 2:4\nmethod: exact\n```\n"
                               "```case pruned\ntensor: a\npattern: 2:4\nprune: alps\n```\n");
    for (const Case &which : lesson.cases)
        for (const std::string_view figure : figuresOf(which))
            EXPECT_THAT(readme, HasSubstr("`" + std::string(figure) + "`")) << which.name;
    for (const std::string &command : formulaCommands())
        EXPECT_THAT(readme, HasSubstr("`\\" + command + "`"));
}

} // namespace
} // namespace nms::lesson
