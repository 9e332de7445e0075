// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/cli_fixture.h"

namespace nms::test {

using testing::HasSubstr;

class CliLesson : public CliTest
{
protected:
    std::string lesson(const std::string &printed)
    {
        const std::string file = path("l.md");
        writeBytes(file,
                   "---\ntitle: Two by two\nsummary: S\n---\n\n## One\n\nThe optimum is {{" + printed +
                       " | a.objective}}.\n\n```case a\ntile: 5 1 / 2 7\npattern: 1:2\nmethod: exact\n```\n\n"
                       "```question\nWhich?\n- [ ] a\n  no\n- [x] b\n  yes\n```\n");
        return file;
    }
};

TEST_F(CliLesson, ARightLessonIsListed)
{
    const Finished finished = runProgram({"lesson", "check", lesson("12"), "--json"});
    EXPECT_EQ(finished.exitStatus, 0) << finished.err;
    const nlohmann::json report = jsonOf(finished);
    ASSERT_EQ(report["lessons"].size(), 1U);
    const nlohmann::json &one = report["lessons"][0];
    EXPECT_EQ(one["title"], "Two by two");
    EXPECT_EQ(one["steps"], 1);
    EXPECT_EQ(one["questions"], 1);
    EXPECT_EQ(one["figures"], 1);
    EXPECT_TRUE(one["errors"].empty());
    const Finished table = runProgram({"lesson", "check", lesson("12")});
    EXPECT_EQ(table.exitStatus, 0);
    EXPECT_THAT(table.out, HasSubstr("Two by two"));
    EXPECT_TRUE(table.err.empty()) << table.err;
}

TEST_F(CliLesson, AWrongFigureIsToldWithItsLine)
{
    const Finished finished = runProgram({"lesson", "check", lesson("13")});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("l.md:8: prints 13, but a.objective is 12; print 12"));
}

TEST_F(CliLesson, EachFileIsCheckedWhateverTheOthersAre)
{
    writeBytes(path("bad.md"), "no lesson");
    const Finished finished = runProgram({"lesson", "check", path("bad.md"), path("none.md"), lesson("12"), "--json"});
    EXPECT_EQ(finished.exitStatus, 1);
    EXPECT_THAT(finished.err, HasSubstr("bad.md:1"));
    EXPECT_THAT(finished.err, HasSubstr("none.md"));
    EXPECT_EQ(nlohmann::json::parse(finished.out)["lessons"].size(), 3U);
}

TEST_F(CliLesson, MisuseIsOneLine)
{
    EXPECT_EQ(runProgram({"lesson"}).exitStatus, 2);
    EXPECT_EQ(runProgram({"lesson", "play"}).exitStatus, 2);
    EXPECT_EQ(runProgram({"lesson", "check", "--jsn"}).exitStatus, 2);
    EXPECT_EQ(runProgram({"lesson", "check", "--help"}).exitStatus, 0);
}

} // namespace nms::test
