// SPDX-License-Identifier: Apache-2.0
// Keras 3 models (.keras): the HDF5 file in a zip archive, in place or unpacked, and archives that are damaged.
#include "core/io/weights_format.h"
#include "core/io/zip/keras_archive.h"
#include "tests/support/numpy_files.h"
#include "tests/unit/io_support.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gmock/gmock.h>

namespace nms::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A weights file of each way of reading: contiguous, chunked with gzip, chunked with szip, compact, never written.
std::string weightsBytes(const TempFolder &folder)
{
    const std::vector<float> values = gentleValues(37, 50);
    {
        const Hdf5Builder file(folder.file("inner.h5"));
        file.dataset("layers/dense/vars/0", H5T_IEEE_F32LE, {37, 50}, values.data());
        file.dataset("layers/dense/vars/1", H5T_IEEE_F32LE, {37, 50}, values.data(), chunked({8, 16}, true));
        const hid_t szip = chunked({8, 16}, false), compact = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_szip(szip, H5_SZIP_NN_OPTION_MASK, 8);
        H5Pset_layout(compact, H5D_COMPACT);
        file.dataset("layers/dense/vars/2", H5T_IEEE_F32LE, {37, 50}, values.data(), szip);
        file.dataset("layers/dense/vars/3", H5T_IEEE_F32LE, {37, 50}, values.data(), compact);
        file.dataset("never", H5T_IEEE_F32LE, {4, 4}, nullptr);
        file.text("layers/dense/vars", "name", "head");
    }
    return readFile(folder.file("inner.h5"));
}

const ZipPiece facts("metadata.json", R"({"keras_version": "3.15.1", "date_saved": "2026-11-26@05:36:18"})");
const ZipPiece config("config.json", "{}");

ZipPiece weightsPiece(const TempFolder &folder)
{
    return {std::string(kerasWeightsName), weightsBytes(folder)};
}

void expectWhole(const std::string &path)
{
    auto source = openWeights(path);
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->format(), "Keras");
    EXPECT_EQ((*source)->fileName(), path);
    ASSERT_EQ((*source)->tensors().size(), 5U);
    const std::vector<float> expected = gentleValues(37, 50);
    for (int i = 0; i < 4; ++i) {
        const TensorInfo tensor = *findTensor(**source, "layers/dense/vars/" + std::to_string(i));
        EXPECT_EQ(tensor.layer, "head");
        const Matrix<float> matrix = readAll(**source, tensor.path);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), matrix.data())) << i;
    }
    EXPECT_EQ(readAll(**source, "never")(3, 3), 0.0F);
    EXPECT_EQ((*source)->metadata().at("keras_version"), "3.15.1");
}

TEST(KerasArchive, WeightsAreReadInPlace)
{
    const TempFolder folder;
    expectWhole(folder.write("w.keras", zipBytes({facts, config, weightsPiece(folder)})));
    expectWhole(folder.write("x.keras", zipBytes({weightsPiece(folder), facts}, {}, "a comment"))); // another order
}

TEST(KerasArchive, CompressedWeightsAreUnpackedAndNothingOfThemStays)
{
    const TempFolder folder;
    const TempFolder temporary;
    const std::string file = folder.write("w.keras", zipBytes({facts.deflated(), weightsPiece(folder).deflated()}));
    const char *const before = std::getenv("TMPDIR");
    const std::string old = before ? before : "";
    ::setenv("TMPDIR", temporary.path().c_str(), 1);
    expectWhole(file);
    EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
    ::setenv("TMPDIR", temporary.file("nowhere").c_str(), 1);
    EXPECT_THAT(errorOf(openWeights(file), ErrorKind::Io),
                AllOf(HasSubstr("w.keras: model.weights.h5: is compressed in its archive"), HasSubstr("set TMPDIR")));
    before ? ::setenv("TMPDIR", old.c_str(), 1) : ::unsetenv("TMPDIR");
}

/// As Keras itself wrote it (tests/unit/data/hdf5/make.py).
TEST(KerasArchive, AModelOfKeras)
{
    auto source = openWeights(std::string(NMS_SOURCE_DIR) + "/tests/unit/data/hdf5/keras3.keras");
    ASSERT_TRUE(source) << source.error().line();
    const std::vector<TensorInfo> &tensors = (*source)->tensors();
    ASSERT_EQ(tensors.size(), 3U);
    EXPECT_EQ(tensors[0].path, "layers/conv2d/vars/0");
    EXPECT_EQ(tensors[0].shape, (std::vector<std::int64_t>{3, 3, 4, 8}));
    EXPECT_EQ(tensors[0].layer, "stem");
    EXPECT_EQ(tensors[2].layer, "head");
    EXPECT_TRUE((*source)->metadata().at("keras_version").starts_with("3."));
    const Matrix<float> head = readAll(**source, tensors[2].path);
    for (std::int64_t k = 0; k < head.size(); ++k)
        ASSERT_EQ(head.data()[k], float((k * 7919) % 2001 - 1000) / 8);
}

/// What patches some of the weights in a copy of an archive needs to know.
TEST(KerasArchive, TellsWhereTheWeightsAndTheirChecksumsLie)
{
    const TempFolder folder;
    const ZipPiece weights = weightsPiece(folder);
    const std::string bytes = zipBytes({facts, weights, config});
    const auto member = findKerasWeights(*RegularFile::open(folder.write("w.keras", bytes)));
    ASSERT_TRUE(member) << member.error().line();
    EXPECT_FALSE(member->deflated);
    EXPECT_EQ(bytes.substr(std::size_t(member->offset), std::size_t(member->bytes)), weights.stored);
    for (const std::int64_t at : {member->headerOffset + 14, member->entryOffset + 16}) {
        std::uint32_t crc = 0;
        std::memcpy(&crc, bytes.data() + at, sizeof crc);
        EXPECT_EQ(crc, weights.crc);
    }
    EXPECT_EQ(bytes.substr(std::size_t(member->headerOffset), 4), "PK\x03\x04");
    EXPECT_EQ(bytes.substr(std::size_t(member->entryOffset), 4), "PK\x01\x02");
}

TEST(KerasArchive, OthersAreNotTakenForOne)
{
    const TempFolder folder;
    EXPECT_THAT(errorOf(openWeights(folder.write("w.zip", zipBytes({facts, config}))), ErrorKind::Input),
                Not(HasSubstr("Keras archive")));
    const std::string array =
        npyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 20), }\n", std::string(240, 'x'));
    auto arrays = openWeights(folder.write("w.npz", zipBytes({ZipPiece("w.npy", array), weightsPiece(folder)})));
    ASSERT_TRUE(arrays);
    EXPECT_EQ((*arrays)->format(), "npz");
    const auto none = findKerasWeights(*RegularFile::open(folder.write("w.zip", zipBytes({facts, config}))));
    EXPECT_THAT(errorOf(none, ErrorKind::Input), HasSubstr("has no member model.weights.h5"));
}

TEST(KerasArchive, DamagedOnesAreRefused)
{
    const TempFolder folder;
    const auto refused = [&](const std::string &bytes, ErrorKind kind = ErrorKind::Input) {
        const std::string line = errorOf(openWeights(folder.write("w.keras", bytes)), kind);
        EXPECT_THAT(line, HasSubstr("w.keras"));
        return line;
    };
    const std::string whole = zipBytes({facts, config, weightsPiece(folder)});
    EXPECT_THAT(refused(whole.substr(0, whole.size() / 2)), HasSubstr("it has no end record: it is cut off"));
    ZipPiece wrong = weightsPiece(folder).deflated();
    wrong.crc ^= 1;
    EXPECT_THAT(refused(zipBytes({facts, wrong})), HasSubstr("checksum"));
    ZipPiece encrypted = weightsPiece(folder);
    encrypted.flags = 1;
    EXPECT_THAT(refused(zipBytes({facts, encrypted}), ErrorKind::Unsupported), HasSubstr("model.weights.h5: is encrypted"));
    ZipPiece strange = weightsPiece(folder);
    strange.method = 14;
    EXPECT_THAT(refused(zipBytes({facts, strange}), ErrorKind::Unsupported),
                AllOf(HasSubstr("method 14"), Not(HasSubstr("numpy"))));
    EXPECT_THAT(refused(zipBytes({facts, ZipPiece(std::string(kerasWeightsName), "no HDF5 at all")})), HasSubstr("as HDF5"));
    // A member that ends within its HDF5 file: what stands behind it is not a part of that.
    const std::string inner = weightsBytes(folder);
    EXPECT_THAT(refused(zipBytes({facts, ZipPiece(std::string(kerasWeightsName), inner.substr(0, inner.size() - 8)),
                                  ZipPiece("more", std::string(1000, 'x'))})),
                HasSubstr("truncated file"));
}

TEST(RegularFile, AWindowShowsNothingElse)
{
    const TempFolder folder;
    const std::string path = folder.write("digits", "0123456789");
    auto window = (*RegularFile::open(path)).window(2, 5);
    ASSERT_TRUE(window);
    EXPECT_EQ(window->size(), 5);
    EXPECT_EQ(window->offset(), 2);
    std::string text(5, '?');
    EXPECT_TRUE(window->readAt(0, std::as_writable_bytes(std::span(text))));
    EXPECT_EQ(text, "23456");
    EXPECT_FALSE(window->readAt(1, std::as_writable_bytes(std::span(text))));
    EXPECT_FALSE(window->readAt(-1, std::as_writable_bytes(std::span(text).first(1))));
    auto smaller = (*std::move(window)).window(1, 2);
    ASSERT_TRUE(smaller);
    EXPECT_EQ(smaller->offset(), 3);
    EXPECT_FALSE((*RegularFile::open(path)).window(6, 5));
    EXPECT_FALSE((*RegularFile::open(path)).window(11, 0));
    EXPECT_FALSE((*RegularFile::open(path)).window(-1, 2));
}

} // namespace
} // namespace nms::test
