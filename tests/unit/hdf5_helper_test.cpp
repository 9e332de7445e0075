// SPDX-License-Identifier: Apache-2.0
// The helper process for HDF5: each of its ends is an error of its own, and none of its limits is met by a healthy file.
#include "core/io/hdf5/file.h"
#include "core/io/hdf5/helper.h"
#include "tests/unit/io_support.h"

#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <thread>

namespace nms::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Programs that stand in for the helper.
class Hdf5HelperEnds : public testing::Test
{
protected:
    std::string program(const std::string &body, mode_t mode = 0700) const
    {
        std::string path = m_folder.write("program", "#!/bin/sh\nread request\n" + body + "\n");
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        return path;
    }
    static Hdf5Helper::Limits limits()
    {
        Hdf5Helper::Limits limits;
        limits.busy = 300ms;
        limits.idle = 1s;
        return limits;
    }
    std::string verdict(const std::string &name, ErrorKind kind) const
    {
        return errorOf(Hdf5Helper(name, m_file, {}, limits()).list(), kind);
    }

    const TempFolder m_folder;
    const std::string m_name = m_folder.write("some file.h5", std::string(100, 'x'));
    const RegularFile m_file = *RegularFile::open(m_name);
};

const char *const damaged = "; the file is damaged or cut off";
const char *const notTheFile = "the file is not at fault";

TEST_F(Hdf5HelperEnds, WhatItSaysIsTakenWhereItAddsUp)
{
    const auto listed = [&](const std::string &body) {
        return Hdf5Helper(program(body), m_file, {}, limits()).list();
    };
    const std::string nothing = "head -c 24 /dev/zero >&3; echo fine 24"; // three times none
    EXPECT_TRUE(listed("[ \"$request\" = list ] && [ \"$1\" = '" + m_name +
                       "' ] && [ \"$2 $3\" = '0 100' ] && [ $(head -c 1 <&4) = x ] && " + nothing));
    EXPECT_TRUE(listed("echo alive; echo alive; " + nothing));
    // It takes its time, but there is progress.
    EXPECT_TRUE(listed("for i in 1 2 3 4 5 6; do sleep 0.4; echo alive; done; " + nothing));
    EXPECT_THAT(errorOf(listed("echo wrong 1 is a riddle"), ErrorKind::Input),
                HasSubstr(std::string("some file.h5: is a riddle") + damaged));
    for (const char *invalidAnswer :
         {"echo invalidAnswer", "echo fine", "echo fine -1", "echo fine 24", "echo fine 99999999999",
          "head -c 23 /dev/zero >&3; echo fine 23", "head -c 32 /dev/zero >&3; echo fine 32",
          "head -c 24 /dev/zero | tr '\\0' '\\377' >&3; echo fine 24"})
        EXPECT_THAT(errorOf(listed(invalidAnswer), ErrorKind::Input), HasSubstr("is inconsistent")) << invalidAnswer;
}

TEST_F(Hdf5HelperEnds, AnInstallationAtFaultIsNoDamage)
{
    EXPECT_THAT(verdict(m_folder.file("nothing"), ErrorKind::Io),
                AllOf(HasSubstr("some file.h5: is not read: the helper process " + m_folder.file("nothing") + " is missing"),
                      HasSubstr(notTheFile), HasSubstr("install all of nmscope again")));
    EXPECT_THAT(verdict("", ErrorKind::Io), HasSubstr("is missing"));
    EXPECT_THAT(
        verdict(program("", 0600), ErrorKind::Io),
        AllOf(HasSubstr("cannot be started: Permission denied"), HasSubstr(notTheFile), HasSubstr("its permissions")));
    EXPECT_THAT(verdict(program("exit 127"), ErrorKind::Io), AllOf(HasSubstr("its libraries"), HasSubstr("ldd")));
    EXPECT_THAT(verdict(program("kill -KILL $$"), ErrorKind::Resource),
                AllOf(HasSubstr("because memory ran out"), HasSubstr(notTheFile), HasSubstr("close other programs")));
}

TEST_F(Hdf5HelperEnds, ADamagedFileIs)
{
    EXPECT_THAT(verdict(program("kill -SEGV $$"), ErrorKind::Input),
                HasSubstr(std::string("libhdf5 crashes on its structure (signal 11)") + damaged));
    EXPECT_THAT(verdict(program("exit 1"), ErrorKind::Input),
                HasSubstr(std::string("fails while reading its structure (exit code 1)") + damaged));
    EXPECT_THAT(verdict(program("exit 3"), ErrorKind::Resource), HasSubstr("more memory than there is for its structure"));
    EXPECT_THAT(verdict(program("while :; do :; done"), ErrorKind::Input),
                HasSubstr(std::string("libhdf5 does not finish reading its structure") + damaged));
}

TEST_F(Hdf5HelperEnds, AStandstillAndAStopAreNeither)
{
    EXPECT_THAT(verdict(program("sleep 60"), ErrorKind::Io),
                AllOf(HasSubstr("made no progress for 1 s"), HasSubstr("drive or network"), Not(HasSubstr("damaged"))));
    std::stop_source stop;
    const std::jthread later([&] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    Hdf5Helper helper(program("sleep 60"), m_file, stop.get_token(), {});
    EXPECT_THAT(errorOf(helper.list(), ErrorKind::Cancelled), HasSubstr("cancelled"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
}

TEST_F(Hdf5HelperEnds, TheSameForRows)
{
    TensorInfo tensor;
    tensor.path = "w";
    tensor.shape = {4, 8};
    tensor.dtype = DType::F32;
    Hdf5Record record;
    record.openPath = "w";
    record.chunk = {2, 8};
    ASSERT_TRUE(measureChunks(tensor.shape, 4, record));
    std::vector<std::byte> out(4 * 8 * 4);
    const auto read = [&](const std::string &body) {
        Hdf5Helper helper(program(body), m_file, {}, limits());
        const Status status = helper.readRows(tensor, record, 0, 4, out);
        return status ? std::string("fine") : status.error().line();
    };
    const std::string full = "head -c 128 /dev/zero >&3; ";
    EXPECT_EQ(read("[ \"$request\" = 'rows 0 4 128 4 64 64 w' ] && " + full + "echo fine 128"), "fine");
    EXPECT_EQ(out[1], std::byte(0));
    EXPECT_EQ(read("printf abcd >&3; head -c 124 /dev/zero >&3; echo fine 128"), "fine");
    EXPECT_EQ(out[1], std::byte('b'));
    EXPECT_THAT(read("echo wrong 1 has no sense"), HasSubstr("some file.h5: w: has no sense"));
    EXPECT_THAT(read("kill -BUS $$"), HasSubstr("some file.h5: w: libhdf5 crashes on its data (signal 7)"));
    EXPECT_THAT(read("while :; do :; done"), HasSubstr("does not finish reading its data"));
    EXPECT_THAT(read(full + "echo fine 127"), HasSubstr("is inconsistent"));
    // Nobody can pull the memory away from under us.
    EXPECT_EQ(read(full + "truncate -s 0 /proc/self/fd/3 2>/dev/null; echo fine 128"), "fine");
}

TEST_F(Hdf5HelperEnds, TheSameForChunks)
{
    TensorInfo tensor;
    tensor.path = "w";
    tensor.shape = {4, 8};
    tensor.dtype = DType::F32;
    Hdf5Record record;
    record.openPath = "w";
    record.chunk = {2, 8};
    ASSERT_TRUE(measureChunks(tensor.shape, 4, record));
    const auto read = [&](const std::string &body) -> std::string {
        Hdf5Helper helper(program(body), m_file, {}, limits());
        const auto chunks = helper.readChunks(tensor, record, 0, 2);
        if (!chunks)
            return chunks.error().line();
        std::string text;
        for (const StoredChunk &chunk : *chunks)
            text += std::to_string(chunk.bytes.size()) + "/" + std::to_string(chunk.skippedFilters) + " ";
        return text;
    };
    const auto head = [](int bytes, int skipped) { // both below 64
        char text[100];
        std::snprintf(text, sizeof text, "printf '\\%o\\0\\0\\0\\0\\0\\0\\0\\%o\\0\\0\\0\\0\\0\\0\\0' >&3; ",
                      unsigned(bytes), unsigned(skipped));
        return std::string(text);
    };
    EXPECT_EQ(
        read("[ \"$request\" = 'chunks 0 2 100 4 w' ] && " + head(3, 1) + "printf abc >&3; " + head(0, 0) + "echo fine 35"),
        "3/1 0/0 ");
    EXPECT_EQ(read(head(3, 0) + "printf abc >&3; echo fine 19"), "3/0 ");
    for (const std::string &invalidAnswer :
         {head(4, 0) + "printf abc >&3; echo fine 19", head(3, 0) + "printf abcd >&3; echo fine 20",
          head(0, 0) + head(0, 0) + head(0, 0) + "echo fine 48", std::string("echo fine 0")})
        EXPECT_THAT(read(invalidAnswer), HasSubstr("is inconsistent")) << invalidAnswer;
}

TEST(Hdf5Helper, StandsBesideTheProgram)
{
    EXPECT_TRUE(std::filesystem::exists(Hdf5Helper::installedProgram())) << Hdf5Helper::installedProgram();
}

TEST(Hdf5Helper, AFileIsNotOpenedWithoutIt)
{
    const std::string sample = NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5";
    EXPECT_TRUE(Hdf5File::open(*RegularFile::open(sample), "HDF5", {}));
    EXPECT_THAT(errorOf(Hdf5File::open(*RegularFile::open(sample), "HDF5", {}, "/nowhere/nms_hdf5_helper"), ErrorKind::Io),
                HasSubstr("/nowhere/nms_hdf5_helper is missing"));
}

TEST(Hdf5Helper, AStopEndsOpening)
{
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THAT(
        errorOf(openWeights(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5", stop.get_token()), ErrorKind::Cancelled),
        HasSubstr("cancelled"));
}

/// NMS_EXHAUSTIVE makes it 70,000 in groups and 70,000 in one group.
TEST(Hdf5Helper, ManyDatasetsAreNoDamage)
{
    const bool many = std::getenv("NMS_EXHAUSTIVE") != nullptr;
    const int count = many ? 70'000 : 3'000;
    for (const bool flat : {false, true}) {
        const TempFolder folder;
        {
            const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
            H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
            const hid_t file = H5Fcreate(folder.file("w.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
            const hsize_t shape[] = {4, 4};
            const hid_t space = H5Screate_simple(2, shape, nullptr), creation = chunked({2, 4}, true);
            const hid_t links = H5Pcreate(H5P_LINK_CREATE);
            H5Pset_create_intermediate_group(links, 1);
            const std::vector<float> values = gentleValues(4, 4);
            for (int i = 0; i < count; ++i) {
                const std::string path = (flat ? "" : "layer" + std::to_string(i / 100) + "/") + "w" + std::to_string(i);
                const hid_t dataset = H5Dcreate2(file, path.c_str(), H5T_IEEE_F32LE, space, links, creation, H5P_DEFAULT);
                ASSERT_GE(H5Dwrite(dataset, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
                H5Dclose(dataset);
            }
            for (const hid_t id : {access, space, creation, links, file})
                H5Idec_ref(id);
        }
        const auto start = std::chrono::steady_clock::now();
        auto source = openWeights(folder.file("w.h5"));
        if (many)
            std::printf("opened in %.1f s\n",
                        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        ASSERT_TRUE(source) << source.error().line();
        EXPECT_EQ((*source)->tensors().size(), std::size_t(count));
        EXPECT_EQ(readAll(**source, (*source)->tensors().back().path)(3, 3), gentleValues(4, 4)[15]);
    }
}

} // namespace
} // namespace nms::test
