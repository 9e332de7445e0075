// SPDX-License-Identifier: Apache-2.0
// Loops of core/io, core/tensor and core/sparsity that all cores take part in, where ThreadSanitizer watches: chunks that
// are compressed and inflated side by side, halves made floats, overviews, sums.
#include "core/io/tensor_sink.h"
#include "core/io/weights_file.h"
#include "core/simd/half.h"
#include "core/sparsity/metrics.h"
#include "core/tensor/overview.h"
#include "core/tensor/row_panels.h"
#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace nms::test {

namespace {

constexpr std::int64_t rows = 3000, cols = 700;

/// Eighths, which a half holds exactly.
Matrix<float> eighths()
{
    Matrix<float> values(rows, cols);
    for (std::int64_t k = 0; k < values.size(); ++k)
        values.data()[k] = float((k * 7919) % 2001 - 1000) / 8;
    return values;
}

/// The only tensor of a new file.
std::unique_ptr<TensorSource> written(const std::string &file, DType dtype, Storage storage,
                                      std::span<const std::byte> bytes)
{
    TensorInfo tensor;
    tensor.path = "weight";
    tensor.shape = {rows, cols};
    tensor.dtype = dtype;
    auto sink = TensorSink::create(file, "");
    EXPECT_TRUE(sink && (*sink)->begin(tensor, storage) && (*sink)->write(bytes) && (*sink)->finish({}) &&
                (*sink)->commit({}));
    auto source = openWeights(file);
    EXPECT_TRUE(source) << source.error().line();
    return source ? std::move(*source) : nullptr;
}

void expectRead(TensorSource &source, const Matrix<float> &values)
{
    const Result<Matrix<float>> read =
        readMatrix(source, source.tensors().front(), std::int64_t(1) << 30, NonFinite::Refused);
    ASSERT_TRUE(read) << read.error().line();
    EXPECT_EQ(std::memcmp(read->data(), values.data(), std::size_t(values.size()) * sizeof(float)), 0);
}

TEST(IoThreads, compressedChunksComeBack)
{
    const Matrix<float> values = eighths();
    std::vector<std::uint16_t> halves(std::size_t(values.size()));
    floatToHalf({values.data(), halves.size()}, halves);
    const TempFolder folder;
    const auto source =
        written(folder.file("weights.h5"), DType::F16, Storage::Compressed, std::as_bytes(std::span(halves)));
    ASSERT_TRUE(source);
    const std::string layout = source->tensors().front().layout;
    EXPECT_NE(layout.find("chunked"), std::string::npos) << layout;
    expectRead(*source, values);
}

TEST(IoThreads, chunksThatDoNotBecomeSmallerLieBesideCompressedOnes)
{
    constexpr std::int64_t chunkRows = (1 << 20) / cols; // a chunk of either kind, and a part of one
    std::mt19937 random(4);
    std::vector<std::byte> bytes(std::size_t(rows * cols));
    for (std::int64_t k = 0; k < rows * cols; ++k)
        bytes[std::size_t(k)] = std::byte(random() % (k / cols / chunkRows == 1 ? 2 : 256));
    const TempFolder folder;
    const auto source = written(folder.file("bytes.h5"), DType::U8, Storage::Compressed, bytes);
    ASSERT_TRUE(source);
    const auto size = std::int64_t(std::filesystem::file_size(folder.file("bytes.h5")));
    EXPECT_GE(size, chunkRows * cols) << "the first chunk does not become smaller";
    EXPECT_LT(size, rows * cols - chunkRows * cols / 2) << "the second compressed";
    std::vector<std::byte> read(bytes.size());
    const Status status = source->readMatrixRows(source->tensors().front(), 0, rows, read);
    ASSERT_TRUE(status) << status.error().line();
    EXPECT_EQ(std::memcmp(read.data(), bytes.data(), bytes.size()), 0);
}

TEST(IoThreads, rowsThatLieInTheFileAsTheyAre)
{
    const Matrix<float> values = eighths();
    const TempFolder folder;
    const auto source = written(folder.file("weights.safetensors"), DType::F32, Storage::Plain,
                                std::as_bytes(std::span(values.data(), std::size_t(values.size()))));
    ASSERT_TRUE(source);
    EXPECT_TRUE(source->readsInParallel(source->tensors().front()));
    expectRead(*source, values);
}

TEST(IoThreads, overviewsAndSums)
{
    const Matrix<float> values = eighths();
    const ValueSummary summary = summarize(values.span());
    EXPECT_EQ(summary.minimum, -125);
    EXPECT_EQ(summary.maximum, 125);
    for (const OverviewLevel &level : buildOverview(values.span())) {
        const std::int64_t cells = level.cellsPerTexel;
        for (std::int64_t row = 0; row < level.maximum.rows(); row += 7) {
            float most = -1000;
            for (std::int64_t i = row * cells; i < std::min(rows, (row + 1) * cells); ++i)
                most = std::max(most, *std::max_element(&values(i, 0), &values(i, 0) + std::min(cols, cells)));
            ASSERT_EQ(level.maximum(row, 0), most) << cells << " cells, row " << row;
        }
    }
    Mask mask(rows, cols);
    for (std::int64_t row = 0; row < rows; ++row)
        mask.set(row, row % cols, true);
    const WeightsView view(values.span());
    const MaskSums one = maskSums(view, mask, 1), many = maskSums(view, mask, 3);
    EXPECT_EQ(many.kept, rows);
    EXPECT_EQ(many.kept, one.kept);
    EXPECT_EQ(many.keptMagnitude, one.keptMagnitude);
    EXPECT_EQ(many.squaredLost, one.squaredLost);
    Matrix<float> magnitudes(rows, cols);
    toMagnitudes(view, 3, magnitudes.span());
    for (std::int64_t k = 0; k < values.size(); ++k)
        ASSERT_EQ(magnitudes.data()[k], std::abs(values.data()[k])) << k;
}

} // namespace

} // namespace nms::test
