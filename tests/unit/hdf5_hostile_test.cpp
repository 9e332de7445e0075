// SPDX-License-Identifier: Apache-2.0
// HDF5 files that lead out of themselves, claim what they do not hold, or are damaged.
#include "core/io/convert.h"
#include "core/io/mask_file.h"
#include "core/io/weights_format.h"
#include "core/tensor/row_panels.h"
#include "tests/unit/io_support.h"

#include <gmock/gmock.h>
#include <map>
#include <sys/stat.h>

namespace nms::test {
namespace {

using testing::HasSubstr;

std::map<std::string, std::string> skippedOf(const TensorSource &source)
{
    std::map<std::string, std::string> reasons;
    for (const SkippedEntry &entry : source.skipped())
        reasons[entry.path] = entry.reason;
    return reasons;
}

/// A valid neighbour whose data a link could lead to.
std::string makeSecret(const TempFolder &folder)
{
    const std::vector<float> values = gentleValues(4, 4);
    const Hdf5Builder file(folder.file("secret.h5"));
    file.dataset("x", H5T_IEEE_F32LE, {4, 4}, values.data());
    return folder.file("secret.h5");
}

TEST(Hdf5Hostile, NothingLeadsOutOfTheFile)
{
    const TempFolder folder;
    const std::string secret = makeSecret(folder);
    const std::vector<float> values = gentleValues(4, 4);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("g/w", H5T_IEEE_F32LE, {4, 4}, values.data());
        H5Lcreate_external(secret.c_str(), "/x", file.file(), "out", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_external(secret.c_str(), "/", file.file(), "g/root", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_soft("/g/root/x", file.file(), "through", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_soft("/out", file.file(), "onto", H5P_DEFAULT, H5P_DEFAULT);

        const hid_t elsewhere = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_external(elsewhere, secret.c_str(), 0, 64);
        file.dataset("raw", H5T_IEEE_F32LE, {4, 4}, nullptr, elsewhere);

        const hsize_t shape[] = {4, 4};
        const hid_t space = H5Screate_simple(2, shape, nullptr);
        const hid_t mapped = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_virtual(mapped, space, secret.c_str(), "x", space);
        file.dataset("virtual", H5T_IEEE_F32LE, {4, 4}, nullptr, mapped);
        H5Sclose(space);
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source) << source.error().line();
    ASSERT_EQ((*source)->tensors().size(), 2U);
    EXPECT_EQ((*source)->tensors()[0].path, "g/w");
    const TensorInfo raw = (*source)->tensors()[1];
    EXPECT_THAT(raw.unreadable, HasSubstr("another file"));
    EXPECT_FALSE(raw.isMatrix());
    Matrix<float> out(4, 4);
    EXPECT_THAT(errorOf((*source)->readRows(raw, 0, out.span()), ErrorKind::Unsupported), HasSubstr("w.h5: raw: "));
    std::vector<std::byte> bytes(64);
    EXPECT_FALSE((*source)->readRawRows(raw, 0, 4, bytes));

    const auto reasons = skippedOf(**source);
    ASSERT_EQ(reasons.size(), 5U);
    EXPECT_THAT(reasons.at("out"), HasSubstr("external link to /x in " + secret.substr(0, 20)));
    EXPECT_THAT(reasons.at("g/root"), HasSubstr("external link"));
    EXPECT_THAT(reasons.at("through"), HasSubstr("no dataset of this file"));
    EXPECT_THAT(reasons.at("onto"), HasSubstr("no dataset of this file"));
    EXPECT_THAT(reasons.at("virtual"), HasSubstr("virtual dataset"));
    EXPECT_THAT(errorOf(findTensor(**source, "out"), ErrorKind::Input), HasSubstr("external link"));
}

TEST(Hdf5Hostile, LinksWithinTheFileAreNames)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(4, 4);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("g/w", H5T_IEEE_F32LE, {4, 4}, values.data());
        H5Lcreate_hard(file.file(), "g/w", file.file(), "hard", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_hard(file.file(), "g", file.file(), "h", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_hard(file.file(), "/", file.file(), "g/up", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_soft("w", file.file(), "g/relative", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_soft("/./g//relative", file.file(), "chain", H5P_DEFAULT, H5P_DEFAULT);
        H5Lcreate_soft("round", file.file(), "round", H5P_DEFAULT, H5P_DEFAULT);
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    std::vector<std::string> paths;
    for (const TensorInfo &tensor : (*source)->tensors()) {
        paths.push_back(tensor.path);
        EXPECT_EQ(readAll(**source, tensor.path)(3, 3), values[15]) << tensor.path;
    }
    EXPECT_THAT(paths, testing::ElementsAre("chain", "g/relative", "g/w", "h/relative", "h/w", "hard"));
    EXPECT_THAT(skippedOf(**source).at("g/up"), HasSubstr("holds itself"));
    EXPECT_TRUE(skippedOf(**source).contains("round"));
}

/// Each group may be entered by any number of links, and doubles what there is to list.
TEST(Hdf5Hostile, LinksThatMakeManyNamesOfFewAreRefused)
{
    const TempFolder folder;
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.group("g0");
        for (int i = 0; i < 1000; ++i)
            H5Lcreate_soft("nothing", file.file(), ("g0/" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT);
        for (int i = 1; i <= 201; ++i)
            H5Lcreate_hard(file.file(), "g0", file.file(), ("g" + std::to_string(i)).c_str(), H5P_DEFAULT, H5P_DEFAULT);
    }
    EXPECT_THAT(errorOf(openWeights(folder.file("w.h5")), ErrorKind::Input), HasSubstr("more than 200000 names by links"));
}

TEST(Hdf5Hostile, ClaimsThatTheFileDoesNotHold)
{
    const TempFolder folder;
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("huge", H5T_IEEE_F32LE, {hsize_t(1) << 40, hsize_t(1) << 40}, nullptr, chunked({64, 64}, true));
        file.dataset("large", H5T_IEEE_F32LE, {hsize_t(1) << 30, hsize_t(1) << 20}, nullptr, chunked({64, 64}, true));
        file.dataset("never", H5T_IEEE_F32LE, {hsize_t(1) << 20, hsize_t(1) << 20}, nullptr, chunked({64, 64}, true));
        const hid_t wide = chunked({1 << 15, 1 << 14}, false);
        H5Pset_alloc_time(wide, H5D_ALLOC_TIME_EARLY); // a hole in the file
        H5Pset_fill_time(wide, H5D_FILL_TIME_NEVER);
        file.dataset("wide", H5T_IEEE_F32LE, {hsize_t(1) << 15, hsize_t(1) << 14}, nullptr, wide);
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    EXPECT_THAT(findTensor(**source, "huge")->unreadable, HasSubstr("more than any file holds"));
    EXPECT_THAT(findTensor(**source, "large")->unreadable, HasSubstr("more than any file holds"));
    EXPECT_THAT(findTensor(**source, "never")->unreadable, HasSubstr("never written"));
    EXPECT_THAT(findTensor(**source, "wide")->unreadable, HasSubstr("chunks of more than 1 GiB"));
    EXPECT_THAT(errorOf(readMatrix(**source, *findTensor(**source, "never"), INT64_MAX), ErrorKind::Unsupported),
                HasSubstr("w.h5: never: "));
}

TEST(Hdf5Hostile, AMissingFilterIsNamed)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(8, 8);
    constexpr H5Z_filter_t number = 32015; // zstd, which Debian does not package
    if (H5Zfilter_avail(number) > 0)
        GTEST_SKIP() << "zstd is installed here";
    const auto copy = [](unsigned, std::size_t, const unsigned *, std::size_t bytes, std::size_t *, void **) {
        return bytes;
    };
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, number, 1, 1, "copy", nullptr, nullptr, copy};
    ASSERT_GE(H5Zregister(&filter), 0);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const hid_t creation = chunked({4, 8}, false);
        H5Pset_filter(creation, number, H5Z_FLAG_MANDATORY, 0, nullptr);
        file.dataset("w", H5T_IEEE_F32LE, {8, 8}, values.data(), creation);
    }
    H5Zunregister(number);
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    const TensorInfo tensor = (*source)->tensors().at(0);
    EXPECT_EQ(tensor.layout, "chunked 4×8, zstd");
    Matrix<float> out(8, 8);
    const std::string line = errorOf((*source)->readRows(tensor, 0, out.span()), ErrorKind::Unsupported);
    EXPECT_THAT(line, HasSubstr("w.h5: w: "));
    EXPECT_THAT(line, HasSubstr("zstd"));
    EXPECT_THAT(line, HasSubstr("HDF5_PLUGIN_PATH=\"$(python3 -c 'import hdf5plugin"));
    EXPECT_THAT(line, HasSubstr("h5repack"));
}

TEST(Hdf5Hostile, CutOffAnywhereNeverWorksAndNeverCrashes)
{
    const TempFolder folder;
    const std::string whole = readFile(std::string(NMS_SOURCE_DIR) + "/assets/samples/minilm-layer0.h5");
    ASSERT_GT(whole.size(), 100'000U);
    for (const std::size_t bytes : {std::size_t(0), std::size_t(7), std::size_t(8), std::size_t(100), std::size_t(2048),
                                    whole.size() / 2, whole.size() - 1}) {
        const std::string file = folder.write("cut.h5", std::string_view(whole).substr(0, bytes));
        const std::string line = errorOf(openWeights(file), ErrorKind::Input);
        EXPECT_THAT(line, HasSubstr("cut.h5: "));
        EXPECT_EQ(line.find('\n'), std::string::npos);
    }
    const std::string cut = folder.write("cut.h5", std::string_view(whole).substr(0, whole.size() / 2));
    EXPECT_THAT(errorOf(openWeights(cut), ErrorKind::Input), HasSubstr("truncated file"));
}

TEST(Hdf5Hostile, DamagedChunksAreAnErrorWithThePlace)
{
    for (const bool checksum : {false, true}) { // with one the library inflates, else we do
        const TempFolder folder;
        const std::vector<float> values = gentleValues(64, 64);
        const hid_t creation = chunked({16, 64}, true);
        if (checksum)
            H5Pset_fletcher32(creation);
        haddr_t offset = 0;
        hsize_t size = 0;
        {
            const Hdf5Builder file(folder.file("w.h5"));
            file.dataset("w", H5T_IEEE_F32LE, {64, 64}, values.data(), creation);
            const hid_t dataset = H5Dopen2(file.file(), "w", H5P_DEFAULT);
            const hsize_t chunk[] = {16, 0};
            H5Dget_chunk_info_by_coord(dataset, chunk, nullptr, &offset, &size);
            H5Dclose(dataset);
        }
        std::string bytes = readFile(folder.file("w.h5"));
        bytes[offset + size - 2] = char(bytes[offset + size - 2] ^ 0x55); // of a checksum; elsewhere it need not matter
        folder.write("w.h5", bytes);
        auto source = openWeights(folder.file("w.h5"));
        ASSERT_TRUE(source);
        Matrix<float> out(16, 64);
        const TensorInfo tensor = (*source)->tensors().at(0);
        EXPECT_TRUE((*source)->readRows(tensor, 0, out.span()));
        EXPECT_THAT(errorOf((*source)->readRows(tensor, 16, out.span()), ErrorKind::Input),
                    HasSubstr("w.h5: w: rows 16 to 31"));
        EXPECT_TRUE((*source)->readRows(tensor, 32, out.span()));
    }
}

TEST(WeightsFile, WhatIsNoWeightsFileIsSaid)
{
    const TempFolder folder;
    EXPECT_THAT(errorOf(openWeights(folder.file("none.h5")), ErrorKind::Io), HasSubstr("No such file"));
    EXPECT_THAT(errorOf(openWeights(folder.path().string()), ErrorKind::Io), HasSubstr("is a folder"));
    EXPECT_THAT(errorOf(openWeights(folder.write("text.h5", "no HDF5\n")), ErrorKind::Input),
                HasSubstr("neither " + weightsFormatNames("nor")));
    EXPECT_THAT(errorOf(openWeights(folder.write("empty.h5", "")), ErrorKind::Input), HasSubstr("is empty"));
    EXPECT_THAT(errorOf(openWeights(folder.write("m.pt", "PK\x03\x04 etc")), ErrorKind::Input), HasSubstr("PyTorch"));
    EXPECT_THAT(errorOf(openWeights(folder.write("m.h5", "version https://git-lfs.github.com/spec/v1")), ErrorKind::Input),
                HasSubstr("git lfs pull"));
    ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
    EXPECT_THAT(errorOf(openWeights(folder.file("pipe")), ErrorKind::Io), HasSubstr("no regular file"));
}

/// The sample with one byte of its global heap, where texts lie, changed.
std::string sampleWithHeapByte(const TempFolder &folder, std::size_t offset, char value)
{
    std::string bytes = readFile(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");
    const std::size_t heap = bytes.find("GCOL");
    EXPECT_NE(heap, std::string::npos);
    bytes[heap + offset] = value;
    return folder.write("damaged.h5", bytes);
}

TEST(Hdf5Hostile, WhatCrashesTheLibraryDoesNotCrashUs)
{
    const TempFolder folder;
    constexpr std::size_t sizeOfFirst = 16 + 8; // of the heap's first object, behind both headers
    const std::string file = sampleWithHeapByte(folder, sizeOfFirst + 3, 0x42);
    const auto opened = openWeights(file); // a later library may well read it
    if (!opened) {
        EXPECT_THAT(errorOf(opened, ErrorKind::Input), testing::StartsWith(file));
    }
}

/// A shape whose sizes cannot even be added up, with no data.
TEST(Hdf5Hostile, ShapesThatOverflow)
{
    const TempFolder folder;
    constexpr auto most = hsize_t(INT64_MAX);
    const std::vector<std::vector<hsize_t>> shapes = {
        {0, most}, {most, 0}, {0, most - 1}, {0, most, most}, {most, most}, {0, most / 8}, {0, hsize_t(1) << 47}, {1, most},
        {most},    {0, 5},    {0},
    };
    {
        const Hdf5Builder file(folder.file("w.h5"));
        for (std::size_t i = 0; i < shapes.size(); ++i) {
            std::vector<hsize_t> chunk;
            for (const hsize_t size : shapes[i])
                chunk.push_back(size == 1 ? 1 : 2);
            file.dataset(std::to_string(i) + "/w", H5T_IEEE_F64LE, shapes[i], nullptr, chunked(chunk, true));
            file.dataset(std::to_string(i) + "/mask", H5T_STD_U8LE, shapes[i], nullptr, chunked(chunk, true));
        }
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source) << source.error().line();
    ASSERT_EQ((*source)->tensors().size(), 2 * shapes.size());
    for (const TensorInfo &tensor : (*source)->tensors()) {
        EXPECT_FALSE(tensor.isMatrix());
        const std::size_t shape = std::stoul(tensor.path);
        EXPECT_EQ(tensor.unreadable.empty(), shape >= 9) << tensor.path << " " << tensor.unreadable;
        EXPECT_FALSE((*source)->readRows(tensor, 0, Span2d<float>(nullptr, 1, tensor.cols())));
    }
    (void)MaskFile::open(folder.file("w.h5"));
    EXPECT_FALSE(convertWeights(folder.file("w.h5"), folder.file("w.safetensors")));
}

} // namespace
} // namespace nms::test
