// SPDX-License-Identifier: Apache-2.0
// HDF5 behind TensorSource: types, layouts, names.
#include "core/simd/half.h"
#include "tests/unit/io_support.h"

#include <cmath>
#include <gmock/gmock.h>
#include <set>

namespace nms::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t rows = 37;
constexpr std::int64_t cols = 50;

void expectGentle(TensorSource &source, const std::string &path)
{
    SCOPED_TRACE(path);
    const Matrix<float> matrix = readAll(source, path);
    ASSERT_EQ(matrix.rows(), rows);
    ASSERT_EQ(matrix.cols(), cols);
    const std::vector<float> expected = gentleValues(rows, cols);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), matrix.data()));
}

std::vector<std::uint16_t> asHalves(const std::vector<float> &values, bool bigEndian)
{
    std::vector<std::uint16_t> halves(values.size());
    floatToHalf(values, halves);
    if (bigEndian)
        swapBytes(std::as_writable_bytes(std::span(halves)), 2);
    return halves;
}

std::vector<std::uint16_t> asBfloat16(const std::vector<float> &values)
{
    std::vector<std::uint16_t> bits(values.size());
    floatToBfloat16(values, bits);
    return bits;
}

template <class T> std::vector<T> ordered(const std::vector<float> &values, bool bigEndian)
{
    std::vector<T> result(values.begin(), values.end());
    if (bigEndian)
        swapBytes(std::as_writable_bytes(std::span(result)), sizeof(T));
    return result;
}

TEST(Hdf5Read, EveryTypeInEveryOrderAndLayout)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(rows, cols);
    const std::vector<hsize_t> shape = {rows, cols};
    {
        const Hdf5Builder file(folder.file("w.h5"));
        for (const bool bigEndian : {false, true})
            for (const int layout : {0, 1, 2, 3, 4, 5}) {
                const std::string at = std::string(bigEndian ? "big/" : "little/") + std::to_string(layout) + "/";
                const auto creation = [&] {
                    if (layout == 0)
                        return hid_t(H5P_DEFAULT);
                    if (layout == 3) {
                        const hid_t compact = H5Pcreate(H5P_DATASET_CREATE);
                        H5Pset_layout(compact, H5D_COMPACT);
                        return compact;
                    }
                    if (layout == 5) { // not shuffled
                        const hid_t list = chunked({37, 16}, false);
                        H5Pset_deflate(list, 4);
                        return list;
                    }
                    const std::vector<hsize_t> shapes[] = {{8, 16}, {5, 50}, {}, {7, 9}};
                    const hid_t list = chunked(shapes[layout - 1], layout != 1);
                    if (layout == 2)
                        H5Pset_fletcher32(list);
                    return list;
                };
                const hid_t half = halfType(bigEndian);
                file.dataset(at + "f16", half, shape, asHalves(values, bigEndian).data(), creation());
                H5Tclose(half);
                file.dataset(at + "f32", bigEndian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE, shape,
                             ordered<float>(values, bigEndian).data(), creation());
                file.dataset(at + "f64", bigEndian ? H5T_IEEE_F64BE : H5T_IEEE_F64LE, shape,
                             ordered<double>(values, bigEndian).data(), creation());
            }
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ((*source)->format(), "HDF5");
    ASSERT_EQ((*source)->tensors().size(), 36U);
    for (const TensorInfo &tensor : (*source)->tensors()) {
        EXPECT_TRUE(tensor.isMatrix()) << tensor.path;
        EXPECT_TRUE(tensor.path.ends_with(nameOf(tensor.dtype))) << tensor.path;
        expectGentle(**source, tensor.path);
    }
    EXPECT_EQ(findTensor(**source, "little/2/f32")->layout, "chunked 5×50, shuffle+gzip+fletcher32");
    EXPECT_EQ(findTensor(**source, "big/0/f16")->storedType, "H5T_IEEE_F16BE");
}

TEST(Hdf5Read, Bfloat16InItsThreeEncodings)
{
    const TempFolder folder;
    const std::vector<std::uint16_t> bits = asBfloat16(gentleValues(rows, cols));
    const std::vector<hsize_t> shape = {rows, cols};
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const hid_t opaque = H5Tcreate(H5T_OPAQUE, 2);
        const hid_t real = bfloat16Type();
        file.dataset("real", real, shape, bits.data());
        file.dataset("opaque", opaque, shape, bits.data());
        file.dataset("keras", opaque, shape, bits.data());
        file.text("keras", "dtype", "bfloat16");
        file.dataset("opaque-other", opaque, shape, bits.data());
        file.text("opaque-other", "dtype", "float8x2");
        file.dataset("uint16", H5T_STD_U16LE, shape, bits.data());
        file.text("uint16", "dtype", "bfloat16");
        file.dataset("uint16-plain", H5T_STD_U16LE, shape, bits.data());
        H5Tclose(opaque);
        H5Tclose(real);
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    for (const char *path : {"real", "opaque", "keras", "uint16"}) {
        EXPECT_EQ(findTensor(**source, path)->dtype, DType::BF16) << path;
        expectGentle(**source, path);
    }
    EXPECT_EQ(findTensor(**source, "opaque-other")->dtype, DType::Other);
    const TensorInfo plain = *findTensor(**source, "uint16-plain");
    EXPECT_EQ(plain.dtype, DType::U16);
    Matrix<float> out(rows, cols);
    EXPECT_THAT(errorOf((*source)->readRows(plain, 0, out.span()), ErrorKind::Unsupported),
                HasSubstr("dtype = \"bfloat16\""));
}

TEST(Hdf5Read, PanelsNeedNotMeetChunksOfFourDimensions)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(rows, 45);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("conv", H5T_IEEE_F32LE, {rows, 5, 3, 3}, values.data(), chunked({6, 2, 3, 2}, true));
    }
    auto source = openWeights(folder.file("w.h5"), {}, {{"conv", "oiii"}}); // one matrix, as it lies
    ASSERT_TRUE(source);
    const TensorInfo conv = (*source)->tensors().at(0);
    EXPECT_EQ(conv.cols(), 45);
    for (std::int64_t row0 = 0; row0 < rows; row0 += 5) {
        const std::int64_t count = std::min<std::int64_t>(5, rows - row0);
        Matrix<float> wide(count, 64); // a stride wider than the row
        ASSERT_TRUE((*source)->readRows(conv, row0, Span2d<float>(wide.data(), count, 45, 64)));
        for (std::int64_t i = 0; i < count; ++i)
            for (std::int64_t j = 0; j < 45; ++j)
                ASSERT_EQ(wide(i, j), values[std::size_t((row0 + i) * 45 + j)]);
    }
    Matrix<float> out(2, 45);
    EXPECT_THAT(errorOf((*source)->readRows(conv, rows - 1, out.span()), ErrorKind::Internal), HasSubstr("has 37 rows"));
    EXPECT_THAT(errorOf((*source)->readRows(conv, -1, out.span()), ErrorKind::Internal), HasSubstr("conv"));
}

TEST(Hdf5Read, PanelsOfGzipChunksInAnyOrder)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(rows, cols);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("w", H5T_IEEE_F32LE, {rows, cols}, values.data(), chunked({8, 20}, true));
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    const TensorInfo tensor = (*source)->tensors().at(0);
    for (const std::int64_t row0 : {36, 0, 3, 8, 15, 7, 16, 1, 30})
        for (std::int64_t count = 1; row0 + count <= rows; ++count) {
            Matrix<float> out(count, cols);
            ASSERT_TRUE((*source)->readRows(tensor, row0, out.span()));
            ASSERT_TRUE(std::equal(out.data(), out.data() + out.size(), values.begin() + row0 * cols))
                << row0 << " " << count;
        }
}

TEST(Hdf5Read, ChunksThatWereNeverWrittenHoldTheFillValue)
{
    const TempFolder folder;
    const std::vector<float> values(16 * 10, 3.0F);
    {
        const Hdf5Builder file(folder.file("w.h5"));
        const hsize_t shape[] = {32, 20}, block[] = {16, 10}, at[] = {16, 0};
        const hid_t creation = chunked({16, 10}, true);
        const float fill = 7;
        H5Pset_fill_value(creation, H5T_NATIVE_FLOAT, &fill);
        const hid_t space = H5Screate_simple(2, shape, nullptr), memory = H5Screate_simple(2, block, nullptr);
        const hid_t dataset = H5Dcreate2(file.file(), "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, at, nullptr, block, nullptr);
        ASSERT_GE(H5Dwrite(dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, values.data()), 0);
        H5Dclose(dataset);
        H5Sclose(memory);
        H5Sclose(space);
        H5Pclose(creation);
    }
    auto source = openWeights(folder.file("w.h5"));
    const Matrix<float> matrix = readAll(**source, "w");
    for (std::int64_t i = 0; i < 32; ++i)
        for (std::int64_t j = 0; j < 20; ++j)
            EXPECT_EQ(matrix(i, j), i >= 16 && j < 10 ? 3.0F : 7.0F) << i << " " << j;
}

TEST(Hdf5Read, RoundsDoublesAndPassesNanAndInfinity)
{
    const TempFolder folder;
    const double values[] = {1.0 + 0x1p-30, 1e300, -1e300, NAN, INFINITY, 0.1};
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("w", H5T_IEEE_F64LE, {2, 3}, values);
    }
    auto source = openWeights(folder.file("w.h5"));
    const Matrix<float> matrix = readAll(**source, "w");
    EXPECT_EQ(matrix(0, 0), 1.0F);
    EXPECT_EQ(matrix(0, 1), INFINITY);
    EXPECT_EQ(matrix(0, 2), -INFINITY);
    EXPECT_TRUE(std::isnan(matrix(1, 0)));
    EXPECT_EQ(matrix(1, 2), 0.1F);
    EXPECT_THAT(errorOf(requireFinite(matrix.span(), 0, **source, (*source)->tensors()[0]), ErrorKind::Input),
                HasSubstr("w.h5: w: +Inf at (0, 1)"));
}

TEST(Hdf5Read, VectorsScalarsAndIntegersAsRawRows)
{
    const TempFolder folder;
    const std::int32_t counts[] = {5, 6, 7};
    const float scalar = 2.5F;
    {
        const Hdf5Builder file(folder.file("w.h5"));
        file.dataset("counts", H5T_STD_I32LE, {3}, counts);
        file.dataset("scalar", H5T_IEEE_F32LE, {}, &scalar);
        file.dataset("none", H5T_IEEE_F32LE, {0, 4}, nullptr);
        file.text("/", "format", "pt");
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source);
    std::int32_t two[2] = {};
    EXPECT_TRUE((*source)->readRawRows(*findTensor(**source, "counts"), 1, 2, std::as_writable_bytes(std::span(two))));
    EXPECT_EQ(two[1], 7);
    float one = 0;
    EXPECT_TRUE((*source)->readRawRows(*findTensor(**source, "scalar"), 0, 1, std::as_writable_bytes(std::span(&one, 1))));
    EXPECT_EQ(one, 2.5F);
    EXPECT_TRUE((*source)->readRawRows(*findTensor(**source, "none"), 0, 0, {}));
    EXPECT_FALSE(findTensor(**source, "none")->isMatrix());
    EXPECT_THAT((*source)->metadata(), testing::ElementsAre(testing::Pair("format", "pt")));
}

TEST(Hdf5Read, BehindAUserBlock)
{
    const TempFolder folder;
    const std::vector<float> values = gentleValues(rows, cols);
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, 1024);
    const hid_t id = H5Fcreate(folder.file("w.h5").c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Fclose(id);
    H5Pclose(creation);
    {
        const hid_t file = H5Fopen(folder.file("w.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        const hsize_t shape[] = {rows, cols};
        const hid_t space = H5Screate_simple(2, shape, nullptr);
        const hid_t dataset = H5Dcreate2(file, "w", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Dwrite(dataset, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        H5Dclose(dataset);
        H5Sclose(space);
        H5Fclose(file);
    }
    auto source = openWeights(folder.file("w.h5"));
    ASSERT_TRUE(source) << source.error().line();
    expectGentle(**source, "w");
}

TEST(Hdf5Read, WhatOnlyALaterLibraryReadsIsNamed)
{
    // Written by HDF5 2.0 as "latest": `w` has a layout that libraries before it do not know, `b` has an old one.
    auto source = openWeights(std::string(NMS_SOURCE_DIR) + "/tests/unit/data/hdf5-2.0-latest.h5");
    ASSERT_TRUE(source) << source.error().line();
    EXPECT_EQ(readAll(**source, "b").rows(), 8);
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release = 0;
    H5get_libversion(&major, &minor, &release);
    if (major >= 2) {
        EXPECT_EQ(readAll(**source, "w").rows(), 64);
        EXPECT_TRUE((*source)->skipped().empty());
    } else {
        const TensorInfo w = *findTensor(**source, "w");
        EXPECT_EQ(w.shape, (std::vector<std::int64_t>{64, 64}));
        EXPECT_EQ(w.dtype, DType::F32);
        EXPECT_FALSE(w.isMatrix());
        EXPECT_THAT(w.unreadable,
                    testing::AllOf(HasSubstr("is newer than the installed HDF5 1."),
                                   HasSubstr("data layout of version 5, which HDF5 reads from 2.0 on"),
                                   HasSubstr("without libver")));
        EXPECT_THAT(w.unreadable, testing::Not(HasSubstr("damaged")));
    }
}

TEST(Hdf5Read, TheSampleHasItsSixTensors)
{
    auto source = openWeights(std::string(NMS_SOURCE_DIR) + "/assets/samples/minilm-layer0.h5");
    ASSERT_TRUE(source) << source.error().line();
    std::set<std::string> paths;
    for (const TensorInfo &tensor : (*source)->tensors()) {
        paths.insert(tensor.path);
        EXPECT_EQ(tensor.dtype, DType::F16);
        const Matrix<float> matrix = readAll(**source, tensor.path);
        EXPECT_TRUE(requireFinite(matrix.span(), 0, **source, tensor));
    }
    const std::string layer = "encoder/layer/0/";
    EXPECT_EQ(paths,
              (std::set<std::string>{layer + "attention/output/dense/weight", layer + "attention/self/key/weight",
                                     layer + "attention/self/query/weight", layer + "attention/self/value/weight",
                                     layer + "intermediate/dense/weight", layer + "output/dense/weight"}));
    EXPECT_EQ(findTensor(**source, layer + "intermediate/dense/weight")->shape, (std::vector<std::int64_t>{1536, 384}));
}

} // namespace
} // namespace nms::test
