// SPDX-License-Identifier: Apache-2.0
#include "core/io/disk/atomic_file.h"
#include "core/io/mask_writer.h"
#include "tests/support/deny_syscall.h"
#include "tests/unit/io_support.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace nms::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::UnorderedElementsAre;

enum class Way { Unnamed, Named };

std::vector<std::string> namesIn(const TempFolder &folder)
{
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(folder.path()))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

mode_t modeOf(const std::string &file)
{
    struct stat status = {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 07777;
}

struct stat statusOf(const AtomicFile &file)
{
    struct stat status = {};
    EXPECT_EQ(::fstat(file.descriptor(), &status), 0);
    return status;
}

Status write(AtomicFile &file, std::string_view text)
{
    return file.append(std::as_bytes(std::span(text)));
}

/// What a killed process leaves: its lock is gone with it.
std::string leftoverOf(const TempFolder &folder, const std::string &target, const std::string &suffix = "0123abcd")
{
    return folder.write("." + target + ".nmscope-" + suffix + ".part", "half of it");
}

class Umask
{
public:
    explicit Umask(mode_t mask) : m_before(::umask(mask)) { }
    Umask(const Umask &) = delete;
    Umask &operator=(const Umask &) = delete;
    ~Umask() { ::umask(m_before); }

private:
    mode_t m_before;
};

/// Both ways, in a thread of its own: what is denied to it cannot be allowed again.
class AtomicFileWays : public testing::TestWithParam<Way>
{
protected:
    void inThisWay(const std::function<void()> &test)
    {
        std::thread([&] {
            const bool isSet = GetParam() == Way::Unnamed || denyUnnamedFiles();
            ASSERT_TRUE(isSet);
            test();
        }).join();
    }
    std::size_t names() const { return GetParam() == Way::Named ? 1 : 0; } // that an uncommitted file has
};

TEST_P(AtomicFileWays, AppearsWholeOrNotAtAll)
{
    inThisWay([&] {
        const TempFolder folder;
        {
            auto file = AtomicFile::create(folder.file("new.h5"));
            ASSERT_TRUE(file) << file.error().line();
            ASSERT_TRUE(write(*file, "half"));
            EXPECT_EQ(folder.fileCount(), names());
        }
        EXPECT_THAT(namesIn(folder), IsEmpty());
        auto file = AtomicFile::create(folder.file("new.h5"));
        ASSERT_TRUE(file && write(*file, "who") && write(*file, "le"));
        const Status committed = file->commit();
        ASSERT_TRUE(committed) << committed.error().line();
        EXPECT_EQ(readFile(folder.file("new.h5")), "whole");
        EXPECT_THAT(namesIn(folder), ElementsAre("new.h5"));
    });
}

TEST_P(AtomicFileWays, ReplacesWhatALinkNames)
{
    inThisWay([&] {
        const TempFolder folder;
        const std::string old = folder.write("old.h5", "old");
        std::filesystem::create_symlink("old.h5", folder.file("link.h5"));
        auto file = AtomicFile::create(folder.file("link.h5"));
        ASSERT_TRUE(file && write(*file, "new"));
        EXPECT_EQ(readFile(old), "old");
        ASSERT_TRUE(file->commit());
        EXPECT_EQ(readFile(old), "new");
        EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link.h5")));
        EXPECT_EQ(folder.fileCount(), 2U);
    });
}

TEST_P(AtomicFileWays, HasThePermissionsOfWhatItReplacesFromTheBeginning)
{
    inThisWay([&] {
        const Umask umask(0022);
        for (const mode_t mode : {0600U, 0640U, 0444U, 0660U, 0777U, 02750U}) {
            SCOPED_TRACE(mode);
            if (::geteuid() != 0 && !(mode & 0200U))
                continue; // not to be replaced
            const TempFolder folder;
            const std::string target = folder.write("m.h5", "old");
            ASSERT_EQ(::chmod(target.c_str(), mode), 0);
            auto file = AtomicFile::create(target);
            ASSERT_TRUE(file) << file.error().line();
            EXPECT_EQ(statusOf(*file).st_mode & 07777, mode);
            ASSERT_TRUE(write(*file, "new") && file->commit());
            EXPECT_EQ(modeOf(target), mode);
        }
    });
}

TEST_P(AtomicFileWays, IsNoWiderThanAFileClosedToOthersMeanwhile)
{
    inThisWay([&] {
        const Umask umask(0022);
        const TempFolder folder;
        const std::string target = folder.write("m.h5", "old");
        ASSERT_EQ(::chmod(target.c_str(), 0644), 0);
        auto file = AtomicFile::create(target);
        ASSERT_TRUE(file);
        ASSERT_EQ(::chmod(target.c_str(), 0600), 0);
        ASSERT_TRUE(file->commit());
        EXPECT_EQ(modeOf(target), 0600U);
    });
}

TEST_P(AtomicFileWays, ANewFileHonoursTheUmask)
{
    inThisWay([&] {
        for (const mode_t mask : {0022U, 0077U, 0002U, 0027U}) {
            const Umask umask(mask);
            const TempFolder folder;
            auto file = AtomicFile::create(folder.file("m.h5"));
            ASSERT_TRUE(file);
            EXPECT_EQ(statusOf(*file).st_mode & 07777, 0666 & ~mask);
            ASSERT_TRUE(file->commit());
            EXPECT_EQ(modeOf(folder.file("m.h5")), 0666 & ~mask);
        }
    });
}

TEST_P(AtomicFileWays, KeepsOwnerAndGroupWhereItMay)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root may give files away";
    inThisWay([&] {
        const TempFolder folder;
        const std::string target = folder.write("m.h5", "old");
        ASSERT_EQ(::chown(target.c_str(), 12345, 23456), 0);
        ASSERT_EQ(::chmod(target.c_str(), 0640), 0);
        auto file = AtomicFile::create(target);
        ASSERT_TRUE(file);
        EXPECT_EQ(statusOf(*file).st_uid, 12345U);
        EXPECT_EQ(statusOf(*file).st_gid, 23456U);
        ASSERT_TRUE(file->commit());
        struct stat status = {};
        ASSERT_EQ(::stat(target.c_str(), &status), 0);
        EXPECT_EQ(status.st_uid, 12345U);
        EXPECT_EQ(status.st_gid, 23456U);
        EXPECT_EQ(status.st_mode & 07777, 0640U);
    });
}

TEST_P(AtomicFileWays, AGroupThatCannotBeKeptGivesNothingToAnother)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can make a file of a group that it does not belong to";
    inThisWay([&] {
        const TempFolder folder;
        const std::string target = folder.write("m.h5", "old");
        ASSERT_EQ(::chown(target.c_str(), 12345, 23456), 0);
        ASSERT_EQ(::chmod(target.c_str(), 02764), 0);
        ASSERT_TRUE(denySyscall(__NR_fchown, EPERM));
        auto file = AtomicFile::create(target);
        ASSERT_TRUE(file);
        EXPECT_EQ(statusOf(*file).st_mode & 07777, 0744U);
    });
}

TEST_P(AtomicFileWays, WhatAKilledProcessLeftIsRemovedByTheNextForTheSameTarget)
{
    inThisWay([&] {
        const TempFolder folder;
        leftoverOf(folder, "m.h5");
        ASSERT_EQ(::chmod(leftoverOf(folder, "m.h5", "deadbeef").c_str(), 0400), 0);
        leftoverOf(folder, "other.h5");
        folder.write(".m.h5.nmscope-0123abcd.part.h5", "not ours");
        folder.write(".m.h5.nmscope-0123ABCD.part", "not ours");
        std::filesystem::create_symlink("other.h5", folder.file(".m.h5.nmscope-00000000.part"));
        auto file = AtomicFile::create(folder.file("m.h5"));
        ASSERT_TRUE(file && file->commit());
        EXPECT_THAT(namesIn(folder),
                    UnorderedElementsAre("m.h5", ".other.h5.nmscope-0123abcd.part", ".m.h5.nmscope-0123abcd.part.h5",
                                         ".m.h5.nmscope-0123ABCD.part", ".m.h5.nmscope-00000000.part"));
    });
}

TEST_P(AtomicFileWays, WhatALivingProcessWritesIsKept)
{
    inThisWay([&] {
        const TempFolder folder;
        const std::string living = leftoverOf(folder, "m.h5");
        const int lock = ::open(living.c_str(), O_RDONLY | O_CLOEXEC);
        ASSERT_EQ(::flock(lock, LOCK_EX | LOCK_NB), 0);
        {
            auto file = AtomicFile::create(folder.file("m.h5"));
            ASSERT_TRUE(file && file->commit());
        }
        EXPECT_THAT(namesIn(folder), ElementsAre(".m.h5.nmscope-0123abcd.part", "m.h5"));
        ::close(lock); // now it is dead
        ASSERT_TRUE(AtomicFile::create(folder.file("m.h5")));
        EXPECT_THAT(namesIn(folder), ElementsAre("m.h5"));
    });
}

TEST_P(AtomicFileWays, TwoWritersOfOneTargetDoNotMeet)
{
    inThisWay([&] {
        const TempFolder folder;
        auto first = AtomicFile::create(folder.file("t.h5"));
        auto second = AtomicFile::create(folder.file("t.h5"));
        ASSERT_TRUE(first && second);
        EXPECT_EQ(folder.fileCount(), 2 * names());
        ASSERT_TRUE(write(*first, "first") && write(*second, "second"));
        ASSERT_TRUE(first->commit());
        EXPECT_EQ(readFile(folder.file("t.h5")), "first");
        ASSERT_TRUE(second->commit());
        EXPECT_EQ(readFile(folder.file("t.h5")), "second");
        EXPECT_EQ(folder.fileCount(), 1U);
    });
}

TEST_P(AtomicFileWays, ACommittedFileIsNotLocked)
{
    inThisWay([&] {
        const TempFolder folder;
        auto file = AtomicFile::create(folder.file("m.h5"));
        ASSERT_TRUE(file && file->commit());
        const int reader = ::open(folder.file("m.h5").c_str(), O_RDONLY | O_CLOEXEC);
        EXPECT_EQ(::flock(reader, LOCK_EX | LOCK_NB), 0); // as h5py does
        ::close(reader);
    });
}

TEST_P(AtomicFileWays, ANameOfFullLengthIsNoProblem)
{
    inThisWay([&] {
        const TempFolder folder;
        const std::string target = folder.file(std::string(252, 'x') + ".h5");
        leftoverOf(folder, std::string(200, 'x'));
        auto file = AtomicFile::create(target);
        ASSERT_TRUE(file) << file.error().line();
        ASSERT_TRUE(write(*file, "new") && file->commit());
        EXPECT_EQ(readFile(target), "new");
        EXPECT_EQ(folder.fileCount(), 1U);
    });
}

INSTANTIATE_TEST_SUITE_P(, AtomicFileWays, testing::Values(Way::Unnamed, Way::Named),
                         [](const auto &one) { return one.param == Way::Named ? "Named" : "Unnamed"; });

TEST(AtomicFile, WithoutANameNothingIsSeenOfItAndWithOneItTellsItsTarget)
{
    const TempFolder folder;
    const auto unnamed = AtomicFile::create(folder.file("m.h5"));
    ASSERT_TRUE(unnamed);
    if (statusOf(*unnamed).st_nlink != 0)
        GTEST_SKIP() << "the file system here makes no files without a name";
    EXPECT_THAT(namesIn(folder), IsEmpty());
    std::thread([&] {
        ASSERT_TRUE(denyUnnamedFiles());
        const auto named = AtomicFile::create(folder.file("m.h5"));
        ASSERT_TRUE(named);
        EXPECT_THAT(namesIn(folder), ElementsAre(MatchesRegex(R"(\.m\.h5\.nmscope-[0-9a-f]{8}\.part)")));
    }).join();
}

TEST(AtomicFile, ReplacesWhatAppearedMeanwhile)
{
    const TempFolder folder;
    auto file = AtomicFile::create(folder.file("m.h5"));
    ASSERT_TRUE(file && write(*file, "ours"));
    const ino_t ours = statusOf(*file).st_ino;
    folder.write("m.h5", "theirs");
    ASSERT_TRUE(file->commit());
    EXPECT_EQ(readFile(folder.file("m.h5")), "ours");
    struct stat status = {};
    ASSERT_EQ(::stat(folder.file("m.h5").c_str(), &status), 0);
    EXPECT_EQ(status.st_ino, ours); // not a copy
    EXPECT_EQ(folder.fileCount(), 1U);
}

/// A sandbox, or hard links being protected: the work of hours is copied, not lost.
TEST(AtomicFile, IsCopiedWhereItCannotBeLinked)
{
    std::thread([] {
        const Umask umask(0022);
        ASSERT_TRUE(denySyscall(__NR_linkat, EPERM));
        for (const bool exists : {false, true}) {
            const TempFolder folder;
            const std::string target = folder.file("m.h5");
            if (exists) {
                ASSERT_EQ(::chmod(folder.write("m.h5", "old").c_str(), 0640), 0);
            }
            auto file = AtomicFile::create(target);
            const std::string content(3'000'000, 'c');
            ASSERT_TRUE(file && write(*file, content));
            const Status committed = file->commit();
            ASSERT_TRUE(committed) << committed.error().line();
            EXPECT_EQ(readFile(target), content);
            EXPECT_EQ(modeOf(target), exists ? 0640U : 0644U);
            EXPECT_EQ(folder.fileCount(), 1U);
        }
    }).join();
}

TEST(AtomicFile, SaysWhyItCannotBeMade)
{
    const TempFolder folder;
    EXPECT_THAT(errorOf(AtomicFile::create(folder.file("none/m.h5")), ErrorKind::Io),
                AllOf(HasSubstr("none/m.h5: cannot be written"), HasSubstr("create the folder first")));
    EXPECT_THAT(errorOf(AtomicFile::create(folder.path().string()), ErrorKind::Io), HasSubstr("is a folder"));
    const std::string input = folder.write("in.h5", "x");
    std::filesystem::create_symlink("in.h5", folder.file("link.h5"));
    EXPECT_THAT(errorOf(AtomicFile::create(folder.file("link.h5"), input), ErrorKind::Usage),
                HasSubstr("is the input itself"));
    EXPECT_EQ(folder.fileCount(), 2U);
}

TEST(AtomicFile, MissingRoomIsNamed)
{
    const TempFolder folder;
    const auto file = AtomicFile::create(folder.file("m.h5"));
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->requireRoom(1, 1));
    constexpr std::int64_t exbibyte = std::int64_t(1) << 60;
    EXPECT_THAT(errorOf(file->requireRoom(1, exbibyte), ErrorKind::Io),
                AllOf(HasSubstr(folder.file("m.h5") + ": takes at least 1.0 EiB, but " + folder.path().string() + " has "),
                      HasSubstr(" are missing; free some space")));
    EXPECT_THAT(file->writeFailure(ENOSPC, "m.h5: w").line(),
                AllOf(HasSubstr("m.h5: w: cannot be written: No space left on device after 0 B, with "),
                      HasSubstr(" free in " + folder.path().string()), HasSubstr("free some space")));
}

} // namespace
} // namespace nms::test
