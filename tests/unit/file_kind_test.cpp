// SPDX-License-Identifier: Apache-2.0
#include "core/io/file_kind.h"

#include "tests/unit/io_support.h"

#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::string_literals;

struct Kind {
    std::string bytes;
    const char *what;
    const char *remedy;
};

class OtherKind : public testing::TestWithParam<Kind>
{ };

TEST_P(OtherKind, IsToldWithWhatToDo)
{
    const TempFolder folder;
    const std::string file = folder.write("w.safetensors", GetParam().bytes);
    EXPECT_THAT(errorOf(openWeights(file), ErrorKind::Input),
                AllOf(HasSubstr("w.safetensors: is "), HasSubstr(GetParam().what), HasSubstr(GetParam().remedy)));
}

INSTANTIATE_TEST_SUITE_P(
    FileKind, OtherKind,
    testing::Values(Kind{"<!DOCTYPE html>\n<html>", "an HTML page", "download the file itself"},
                    Kind{"\xef\xbb\xbf \r\n<HTML lang=en>", "an HTML page", "/resolve/"},
                    Kind{"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code>", "an XML text", "download the file itself"},
                    Kind{"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 548105171\n",
                         "a Git LFS pointer, which stands for a file of 523 MiB", "git lfs pull"},
                    Kind{"version https://git-lfs.github.com/spec/v1\nsize x", "a Git LFS pointer", "git lfs pull"},
                    Kind{"\x1f\x8b\x08\0\0\0\0\0\0\3"s, "compressed by gzip", "gunzip"},
                    Kind{"\x28\xb5\x2f\xfd\x04\0"s, "compressed by zstd", "unzstd"},
                    Kind{"\xfd"
                         "7zXZ\0\0\4"s,
                         "compressed by xz", "unxz"},
                    Kind{"BZh91AY&SY", "compressed by bzip2", "bunzip2"},
                    Kind{std::string(257, '\0') + "ustar\0"s + "00" + std::string(247, '\0'), "a tar archive", "tar -xf"},
                    Kind{"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.",
                         "PyTorch checkpoint of the old kind", "weights_only=True"},
                    Kind{"\x80\x04\x95\x10\0\0\0\0\0\0\0}"s, "a Python pickle", "save_file"},
                    Kind{"GGUF\3\0\0\0"s, "a GGUF model", ".safetensors"},
                    Kind{"\x1c\0\0\0TFL3\x14\0"s, "a TFLite model", ".keras"},
                    Kind{"\x08\x07\x12\x07pytorch\x1a\x05"
                         "2.1.0",
                         "an ONNX model", "onnx.numpy_helper"},
                    Kind{"\x08\x01\x12\xf2\x10\x0a"s, "a TensorFlow SavedModel", "save_weights"},
                    Kind{"\x81\xa6params\x82\xa4kernel"s, "MessagePack, as Flax", "safetensors.flax"},
                    Kind{"MATLAB 5.0 MAT-file, Platform: GLNXA64", "MATLAB file of version 7 or older", "-v7.3"},
                    Kind{"\xff\xff\xff\xff\xff\xff\xff\xff{}",
                         "no valid safetensors file: its header claims 18446744073709551615 bytes", "get the file again"},
                    Kind{"PK\x03\x04 no archive", "a zip archive", "PyTorch"},
                    Kind{"these are no weights\n", "neither HDF5", ".h5"}, Kind{"\x81\xc0"s, "neither HDF5", ".h5"}));

TEST(FileKind, ArchivesAreToldByTheirMembers)
{
    const auto whatOf = [](const std::vector<std::string> &members) {
        return guessFileKind("PK\x03\x04", members).what;
    };
    EXPECT_THAT(whatOf({"archive/data.pkl", "archive/data/0"}), HasSubstr("PyTorch checkpoint, which is a pickle"));
    EXPECT_THAT(whatOf({"m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"}), HasSubstr("TorchScript"));
    EXPECT_THAT(whatOf({"notdata.pkl"}), HasSubstr("zip archive without weights"));
}

/// HDF5's signature stands at 512, 1024, … behind a user block, and may as well be a weight there.
TEST(FileKind, Hdf5SignatureInSafetensorsIsData)
{
    const std::string signature = "\x89HDF\r\n\x1a\n";
    std::string header = R"({"w":{"dtype":"U8","shape":[4096],"data_offsets":[0,4096]}})";
    header.resize(120, ' ');
    std::string bytes = safetensorsBytes(header, std::string(4096, '\0'));
    for (const std::size_t at : {512, 1024, 2048, 4096})
        bytes.replace(at, signature.size(), signature);
    const TempFolder folder;
    const auto source = openWeights(folder.write("w.h5", bytes));
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->format(), "safetensors");
    const auto cut = openWeights(folder.write("cut.h5", bytes.substr(0, 3000)));
    EXPECT_THAT(errorOf(cut, ErrorKind::Input), HasSubstr("cut off"));
}

TEST(FileKind, Hdf5BehindAUserBlockIsFound)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(4, 4);
    for (const std::string &block :
         {"MATLAB 7.3 MAT-file, Platform: GLNXA64"s, "01234567{\"a\":1}"s, "<html>"s, "\x1f\x8b"s}) {
        const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
        H5Pset_userblock(creation, 512);
        const hid_t file = H5Fcreate(folder.file("u.h5").c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
        const hsize_t shape[] = {4, 4};
        const hid_t space = H5Screate_simple(2, shape, nullptr);
        const hid_t dataset = H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        H5Dclose(dataset);
        H5Sclose(space);
        H5Fclose(file);
        H5Pclose(creation);
        std::string bytes = readFile(folder.file("u.h5"));
        bytes.replace(0, block.size(), block);
        auto source = openWeights(folder.write("v.h5", bytes));
        ASSERT_TRUE(source) << block << source.error().line();
        EXPECT_EQ((*source)->format(), "HDF5");
        EXPECT_TRUE(std::equal(values.begin(), values.end(), readAll(**source, "w").data()));
    }
}

} // namespace
} // namespace nms::test
