// SPDX-License-Identifier: Apache-2.0
// Samples of a matrix's rows against what the whole matrix holds, and where there is none.
#include "core/tensor/row_sample.h"
#include "tests/support/numpy_files.h"
#include "tests/unit/io_support.h"

#include <cmath>
#include <limits>
#include <set>

namespace nms::test {
namespace {

constexpr std::int64_t rows = 1003, cols = 517; // no multiples of anything

/// For matrices as small as here; 20 cells a texel.
SampleLimits smallLimits()
{
    SampleLimits limits;
    limits.bytes = 60 * cols * std::int64_t(sizeof(float));
    limits.mostTexels = 52;
    limits.leastTexels = 40;
    return limits;
}

std::string bytesOfFloats(const std::vector<float> &values)
{
    return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float)};
}

class RowSampleTest : public testing::Test
{
protected:
    std::unique_ptr<TensorSource> npy(const std::vector<float> &values, bool fortran = false)
    {
        return opened("w.npy",
                      npyBytes("{'descr': '<f4', 'fortran_order': " + std::string(fortran ? "True" : "False") +
                                   ", 'shape': (" + std::to_string(rows) + ", " + std::to_string(cols) + "), }\n",
                               bytesOfFloats(values)));
    }
    std::unique_ptr<TensorSource> opened(const std::string &name, const std::string &bytes)
    {
        m_folder.write(name, bytes);
        return opened(name);
    }
    std::unique_ptr<TensorSource> opened(const std::string &name)
    {
        auto source = openWeights(m_folder.file(name));
        EXPECT_TRUE(source) << source.error().line();
        return source ? std::move(*source) : nullptr;
    }
    std::unique_ptr<TensorSource> hdf5(const std::vector<float> &values, hid_t creation)
    {
        Hdf5Builder(m_folder.file("w.h5")).dataset("w", H5T_NATIVE_FLOAT, {rows, cols}, values.data(), creation);
        return opened("w.h5");
    }
    static std::optional<RowSample> sampled(TensorSource &source, const SampleLimits &limits = smallLimits())
    {
        auto sample = sampleRows(source, source.tensors().front(), limits);
        EXPECT_TRUE(sample) << sample.error().line();
        return sample ? std::move(*sample) : std::nullopt;
    }

    TempFolder m_folder;
};

/// Each row has one value, 1 + its number, with alternating signs: a texel's value tells which row was read.
std::vector<float> rowNumbers()
{
    std::vector<float> values(std::size_t(rows * cols));
    for (std::int64_t i = 0; i < rows * cols; ++i)
        values[std::size_t(i)] = float(1 + i / cols) * (i % 2 == 0 ? 1.F : -1.F);
    return values;
}

TEST_F(RowSampleTest, ReadsOneRowOfEachTexel)
{
    const auto sample = sampled(*npy(rowNumbers()));
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->cellsPerTexel, 20);
    EXPECT_EQ(sample->rowsPerTexel, 1);
    ASSERT_EQ(sample->magnitude.rows(), 51);
    ASSERT_EQ(sample->magnitude.cols(), 26);
    std::set<std::int64_t> places;
    for (std::int64_t i = 0; i < 51; ++i) {
        const float value = sample->magnitude(i, 0);
        const auto row = std::int64_t(value) - 1;
        EXPECT_EQ(float(row + 1), value);
        EXPECT_GE(row, 20 * i);
        EXPECT_LT(row, std::min(rows, 20 * (i + 1)));
        for (std::int64_t j = 1; j < 26; ++j)
            EXPECT_EQ(sample->magnitude(i, j), value);
        places.insert(row % 20);
    }
    EXPECT_GT(places.size(), 10U); // at many places: nothing that repeats every 20 rows is always missed
}

TEST_F(RowSampleTest, ReadsAsManyRowsAsTheLimitAllows)
{
    SampleLimits limits = smallLimits();
    limits.bytes *= 100;
    limits.leastRowsToOne = 5;
    const auto sample = sampled(*npy(rowNumbers()), limits);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->cellsPerTexel, 20);
    EXPECT_EQ(sample->rowsPerTexel, 4);
    for (std::int64_t i = 0; i < 50; ++i) { // one row of each quarter
        const double mean = double(sample->magnitude(i, 3)) - 1;
        EXPECT_GE(mean, double(20 * i) + 7.5 - 1e-3);
        EXPECT_LE(mean, double(20 * i) + 11.5 + 1e-3);
    }
}

TEST_F(RowSampleTest, MeansOfColumnsAreThoseOfTheWholeMatrixWhereRowsAreEqual)
{
    std::vector<float> values(std::size_t(rows * cols));
    for (std::int64_t i = 0; i < rows * cols; ++i)
        values[std::size_t(i)] = float(i % cols) / 8 - 20;
    const auto sample = sampled(*npy(values));
    ASSERT_TRUE(sample);
    for (std::int64_t j = 0; j < 26; ++j) {
        double sum = 0;
        const std::int64_t end = std::min(cols, 20 * (j + 1));
        for (std::int64_t col = 20 * j; col < end; ++col)
            sum += std::abs(double(col) / 8 - 20);
        for (const std::int64_t i : {0, 17, 50})
            EXPECT_FLOAT_EQ(sample->magnitude(i, j), float(sum / double(end - 20 * j)));
    }
}

TEST_F(RowSampleTest, FindsEveryTexelOfADiagonal)
{
    std::vector<float> values(std::size_t(rows * cols));
    for (std::int64_t i = 0; i < cols; ++i)
        values[std::size_t(i * cols + i)] = -1;
    const auto sample = sampled(*npy(values));
    ASSERT_TRUE(sample);
    for (std::int64_t i = 0; i < 51; ++i)
        for (std::int64_t j = 0; j < 25; ++j)
            EXPECT_FLOAT_EQ(sample->magnitude(i, j), i == j ? 1 / 20.F : 0) << i << ' ' << j;
}

TEST_F(RowSampleTest, NotFiniteValuesStayVisible)
{
    std::vector<float> values(std::size_t(rows * cols), 1.F);
    for (std::int64_t row = 0; row < rows; ++row) {
        values[std::size_t(row * cols + 45)] = std::numeric_limits<float>::quiet_NaN();
        values[std::size_t(row * cols + 65)] = -std::numeric_limits<float>::infinity();
    }
    const auto sample = sampled(*npy(values));
    ASSERT_TRUE(sample);
    EXPECT_TRUE(std::isnan(sample->magnitude(7, 2)));
    EXPECT_EQ(sample->magnitude(7, 3), std::numeric_limits<float>::infinity());
    EXPECT_EQ(sample->magnitude(7, 4), 1.F);
}

TEST_F(RowSampleTest, IsTheSameFromEveryFormatWhoseRowsLieAsTheyAre)
{
    const std::vector<float> values = gentleValues(rows, cols);
    const auto expected = sampled(*npy(values));
    ASSERT_TRUE(expected);
    const auto expectSame = [&](TensorSource &source) {
        const auto sample = sampled(source);
        ASSERT_TRUE(sample);
        ASSERT_EQ(sample->magnitude.size(), expected->magnitude.size());
        for (std::int64_t i = 0; i < sample->magnitude.size(); ++i)
            ASSERT_EQ(sample->magnitude.data()[i], expected->magnitude.data()[i]);
    };
    expectSame(*hdf5(values, H5P_DEFAULT));
    expectSame(*hdf5(values, chunked({1, cols}, true)));
    const std::string header = R"({"w":{"dtype":"F32","shape":[)" + std::to_string(rows) + "," + std::to_string(cols) +
        R"(],"data_offsets":[0,)" + std::to_string(4 * rows * cols) + "]}}";
    expectSame(*opened("w.safetensors", safetensorsBytes(header, bytesOfFloats(values))));
}

TEST_F(RowSampleTest, WholeChunksAreReadWhereTheyAreLow)
{
    SampleLimits limits = smallLimits();
    limits.leastRowsToOne = 4;
    limits.bytes *= 4;
    const auto sample = sampled(*hdf5(rowNumbers(), chunked({4, 100}, true)), limits);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->cellsPerTexel, 20);
    EXPECT_EQ(sample->rowsPerTexel, 4);
    for (std::int64_t i = 0; i < 50; ++i) {
        const double first = double(sample->magnitude(i, 9)) - 1 - 1.5; // the mean of four rows
        EXPECT_NEAR(std::remainder(first, 4), 0, 1e-3); // of one chunk
        EXPECT_GE(first, double(20 * i) - 1e-3);
        EXPECT_LE(first, double(20 * i) + 16 + 1e-3);
    }
}

TEST_F(RowSampleTest, ThereIsNoneWhereRowsCannotBeReadAlone)
{
    const std::vector<float> values = gentleValues(rows, cols);
    EXPECT_FALSE(sampled(*npy(values, true)));
    EXPECT_FALSE(sampled(*hdf5(values, chunked({64, 64}, true))));
    const std::string array = npyBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                                           std::to_string(cols) + "), }\n",
                                       bytesOfFloats(values));
    EXPECT_FALSE(sampled(*opened("w.npz", zipBytes({ZipPiece("w.npy", array).deflated()}))));
}

TEST_F(RowSampleTest, ThereIsNoneOfASmallMatrix)
{
    const auto source = npy(rowNumbers());
    EXPECT_FALSE(sampled(*source, SampleLimits()));
    SampleLimits limits = smallLimits();
    limits.bytes = cols * 2; // less than a row
    EXPECT_FALSE(sampled(*source, limits));
}

TEST_F(RowSampleTest, IsCancelled)
{
    const auto source = npy(rowNumbers());
    std::stop_source stop;
    stop.request_stop();
    errorOf(sampleRows(*source, source->tensors().front(), smallLimits(), stop.get_token()), ErrorKind::Cancelled);
}

} // namespace
} // namespace nms::test
