// SPDX-License-Identifier: Apache-2.0
// The lessons that come with the program: every figure that they print is computed again.
#include "core/lesson/lesson_check.h"
#include "core/lesson/lesson_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <vector>

namespace nms::lesson {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const SampleFiles samples{NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5",
                          NMS_SOURCE_DIR "/assets/samples/minilm-layer0-hessian.h5"};

std::vector<std::string> lessons()
{
    std::vector<std::string> files;
    for (const auto &entry : fs::directory_iterator(NMS_SOURCE_DIR "/assets/lessons"))
        if (entry.path().extension() == ".md" && entry.path().filename() != "README.md")
            files.push_back(entry.path().string());
    std::ranges::sort(files);
    return files;
}

class LessonAssets : public testing::TestWithParam<std::string>
{ };

TEST_P(LessonAssets, EveryFigureIsWhatTheProgramComputes)
{
    const auto lesson = readLesson(GetParam());
    ASSERT_TRUE(lesson) << lesson.error().line();
    CaseValues values(samples);
    for (const Error &error : checkLesson(*lesson, values, {}))
        ADD_FAILURE() << error.line();
}

TEST_P(LessonAssets, IsALessonForAQuarterOfAnHour)
{
    const auto lesson = readLesson(GetParam());
    ASSERT_TRUE(lesson);
    EXPECT_GE(lesson->minutes, 10);
    EXPECT_LE(lesson->minutes, 15);
    EXPECT_GE(lesson->steps.size(), 8U);
    EXPECT_GE(std::ranges::count_if(lesson->steps, [](const Step &step) { return bool(step.question); }), 3);
    EXPECT_THAT(lesson->steps.back().text, HasSubstr("*Sources.*")) << "it is cited";
    std::set<std::size_t> kinds;
    for (std::size_t k = 0; k < lesson->steps.size(); ++k)
        if (const auto state = lesson->stateAt(k))
            kinds.insert(lesson->find(state->caseName)->what.index());
    EXPECT_TRUE(kinds.contains(0)) << "on a small tile";
    EXPECT_TRUE(kinds.contains(2)) << "and on the layer";
}

/// A number in the text is computed, or it is the number of something else: this keeps the two apart in questions.
TEST_P(LessonAssets, EveryCaseIsUsed)
{
    const auto lesson = readLesson(GetParam());
    ASSERT_TRUE(lesson);
    std::set<std::string> used;
    for (std::size_t k = 0; k < lesson->steps.size(); ++k)
        if (const auto state = lesson->stateAt(k))
            used.insert(state->caseName);
    for (const Figure &figure : lesson->figures)
        for (const Reference &reference : figure.expression.references())
            used.insert(reference.caseName);
    for (const Case &which : lesson->cases)
        EXPECT_TRUE(used.contains(which.name)) << which.name;
}

INSTANTIATE_TEST_SUITE_P(All, LessonAssets, testing::ValuesIn(lessons()), [](const auto &each) {
    std::string name = fs::path(each.param).stem().string();
    std::ranges::replace(name, '-', '_');
    return "L" + name;
});

TEST(LessonCheck, AnAlteredFigureIsFound)
{
    std::ifstream in(lessons().front());
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::size_t at = text.find("{{") + 2;
    text[at] = text[at] == '9' ? '1' : char(text[at] + 1);
    const auto lesson = parseLesson(text, lessons().front());
    ASSERT_TRUE(lesson);
    CaseValues values(samples);
    const auto errors = checkLesson(*lesson, values, {});
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_THAT(errors.front().what, HasSubstr("prints"));
    EXPECT_THAT(errors.front().remedy, HasSubstr("print "));
}

TEST(LessonCheck, AMissingImageIsFound)
{
    const auto lesson = parseLesson("---\ntitle: T\nsummary: S\n---\n## S\n\n![nothing](nothing.png)\n", "/nowhere/l.md");
    ASSERT_TRUE(lesson);
    CaseValues values({});
    const auto errors = checkLesson(*lesson, values, {});
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_THAT(errors.front().what, HasSubstr("nothing.png"));
}

TEST(LessonCheck, FiguresAreRoundedAsTheyArePrinted)
{
    const auto right = [](const std::string &printed, const std::string &expression) {
        const auto lesson =
            parseLesson("---\ntitle: T\nsummary: S\n---\n## S\n\n{{" + printed + " | " + expression + "}}\n", "l.md");
        EXPECT_TRUE(lesson);
        CaseValues values({});
        return checkFigures(*lesson, values, {})->front().isRight;
    };
    EXPECT_TRUE(right("0.33", "1 / 3"));
    EXPECT_FALSE(right("0.34", "1 / 3"));
    EXPECT_TRUE(right("33.3 %", "1 / 3"));
    EXPECT_FALSE(right("33 %", "0.3351"));
    EXPECT_TRUE(right("−2", "-2.4"));
    EXPECT_FALSE(right("2", "-2"));
    EXPECT_TRUE(right("1000", "999.6"));
    EXPECT_FALSE(right("1", "0 / 0"));
}

} // namespace
} // namespace nms::lesson
