// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/overview.h"
#include "core/tensor/row_panels.h"
#include "core/tensor/tensor_source.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace nms {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

TensorInfo tensorOf(std::string path, std::vector<std::int64_t> shape, DType dtype = DType::F32)
{
    TensorInfo info;
    info.path = std::move(path);
    info.shape = std::move(shape);
    info.dtype = dtype;
    return info;
}

/// Cell (r, c) is r + c/1000.
class CountingSource final : public TensorSource
{
public:
    explicit CountingSource(std::vector<TensorInfo> tensors) : m_tensors(std::move(tensors)) { }
    const std::string &fileName() const override { return m_name; }
    const std::vector<TensorInfo> &tensors() const override { return m_tensors; }
    Status readRows(const TensorInfo &, std::int64_t row0, Span2d<float> out) override
    {
        for (std::int64_t row = 0; row < out.rows; ++row)
            for (std::int64_t col = 0; col < out.cols; ++col)
                out(row, col) = float(row0 + row) + float(col) / 1000;
        return {};
    }
    Status readRawRows(const TensorInfo &, std::int64_t, std::int64_t, std::span<std::byte>) override
    {
        return fail(ErrorKind::Unsupported, m_name, "has no raw rows");
    }

private:
    std::string m_name = "weights.h5";
    std::vector<TensorInfo> m_tensors;
};

TEST(DType, NamesAndSizes)
{
    EXPECT_EQ(bytesOf(DType::BF16), 2);
    EXPECT_EQ(bytesOf(DType::F64), 8);
    EXPECT_EQ(bytesOf(DType::Other), 0);
    EXPECT_EQ(nameOf(DType::BF16), "bf16");
    EXPECT_TRUE(isWeight(DType::F16));
    EXPECT_FALSE(isWeight(DType::U16));
    for (const DType dtype : {DType::F8E4M3, DType::F8E5M2}) {
        EXPECT_EQ(bytesOf(dtype), 1);
        EXPECT_TRUE(isWeight(dtype));
        EXPECT_FALSE(isSolvedAsStored(dtype));
    }
    EXPECT_EQ(nameOf(DType::F8E4M3), "f8_e4m3");
    EXPECT_EQ(nameOf(DType::F8E5M2), "f8_e5m2");
    EXPECT_TRUE(isSolvedAsStored(DType::BF16));
    EXPECT_FALSE(isSolvedAsStored(DType::F64));
}

TEST(TensorInfo, ViewsTensorsAsMatrices)
{
    TensorInfo conv = tensorOf("conv", {64, 3, 7, 7});
    EXPECT_FALSE(conv.isMatrix()); // nobody told its axes
    conv.axes.letters = "oihw";
    EXPECT_EQ(conv.matrices(), 49);
    EXPECT_EQ(conv.matrixRows(), 64);
    EXPECT_EQ(conv.rows(), 49 * 64);
    EXPECT_EQ(conv.cols(), 3);
    EXPECT_EQ(conv.rawRows(), 64);
    EXPECT_EQ(conv.rawCols(), 147);
    EXPECT_TRUE(conv.isMatrix());
    const TensorInfo bias = tensorOf("bias", {64});
    EXPECT_EQ(bias.rows(), 0);
    EXPECT_EQ(bias.cols(), 0);
    EXPECT_EQ(bias.rawRows(), 64);
    EXPECT_EQ(bias.rawCols(), 1);
    EXPECT_FALSE(bias.isMatrix());
    EXPECT_EQ(tensorOf("scalar", {}).rawRows(), 1);
    EXPECT_FALSE(tensorOf("none", {0, 4}).isMatrix());
    EXPECT_FALSE(tensorOf("counts", {4, 4}, DType::I32).isMatrix());
    TensorInfo external = tensorOf("external", {4, 4});
    external.unreadable = "lies elsewhere";
    EXPECT_FALSE(external.isMatrix());
    EXPECT_EQ(tensorOf("claim", {1LL << 62, 1LL << 62}).elements(), std::numeric_limits<std::int64_t>::max());
}

TEST(FindTensor, KnowsNearNames)
{
    const CountingSource source({tensorOf("layer/0/query/weight", {4, 4}), tensorOf("layer/0/key/weight", {4, 4})});
    EXPECT_TRUE(findTensor(source, "layer/0/key/weight"));
    EXPECT_TRUE(findTensor(source, "/layer/0/key/weight"));
    const auto missing = findTensor(source, "layer/0/kye/weight");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::Input);
    EXPECT_EQ(missing.error().line(),
              "weights.h5: holds no tensor layer/0/kye/weight; near names are layer/0/key/weight, "
              "layer/0/query/weight");
}

TEST(ReadMatrix, ReadsAllOrRefuses)
{
    CountingSource source({tensorOf("w", {5, 7})});
    const auto matrix = readMatrix(source, source.tensors()[0], 1000);
    ASSERT_TRUE(matrix);
    EXPECT_EQ((*matrix)(4, 6), 4.006F);
    EXPECT_EQ(readMatrix(source, source.tensors()[0], 139).error().kind, ErrorKind::Resource);
    EXPECT_EQ(readMatrix(source, tensorOf("huge", {1LL << 40, 1LL << 40}), INT64_MAX).error().kind, ErrorKind::Resource);
    EXPECT_EQ(readMatrix(source, tensorOf("vector", {7}), 1000).error().kind, ErrorKind::Input);
}

TEST(ForEachPanel, GoesFromTheTopToTheEnd)
{
    CountingSource source({tensorOf("w", {5, 7})});
    std::vector<std::pair<std::int64_t, std::int64_t>> panels;
    const Status read = forEachPanel(source, source.tensors()[0], 2, {}, [&](std::int64_t row0, Span2d<const float> rows) {
        EXPECT_EQ(rows(0, 6), static_cast<float>(row0) + 0.006F);
        panels.emplace_back(row0, rows.rows);
        return Status();
    });
    EXPECT_TRUE(read);
    EXPECT_EQ(panels, (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 2}, {2, 2}, {4, 1}}));
}

TEST(ForEachPanel, EndsWithAnErrorOrAStop)
{
    CountingSource source({tensorOf("w", {5, 7})});
    int panels = 0;
    const Status refused = forEachPanel(source, source.tensors()[0], 1, {}, [&](std::int64_t, Span2d<const float>) {
        return ++panels == 2 ? Status(fail(ErrorKind::Input, "", "enough")) : Status();
    });
    EXPECT_EQ(refused.error().what, "enough");
    EXPECT_EQ(panels, 2);
    std::stop_source stop;
    const Status stopped =
        forEachPanel(source, source.tensors()[0], 1, stop.get_token(), [&](std::int64_t, Span2d<const float>) {
            stop.request_stop();
            ++panels;
            return Status();
        });
    EXPECT_EQ(stopped.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(panels, 3);
    EXPECT_EQ(readMatrix(source, source.tensors()[0], 1000, NonFinite::Allowed, stop.get_token()).error().kind,
              ErrorKind::Cancelled);
}

TEST(RowsPerBlock, IsOneAtLeast)
{
    EXPECT_EQ(rowsPerBlock(1024), 4096);
    EXPECT_EQ(rowsPerBlock(1024, 2048), 2);
    EXPECT_EQ(rowsPerBlock(std::int64_t(1) << 40), 1);
    EXPECT_EQ(rowsPerBlock(0), std::int64_t(4) << 20);
}

TEST(RequireFinite, NamesTheFirstBadCell)
{
    const CountingSource source({});
    const TensorInfo tensor = tensorOf("w", {1000, 300});
    Matrix<float> rows(500, 300);
    EXPECT_TRUE(requireFinite(rows.span(), 0, source, tensor));
    rows(499, 1) = nan;
    rows(77, 299) = -inf;
    rows(78, 0) = nan;
    const Status bad = requireFinite(rows.span(), 200, source, tensor);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, ErrorKind::Input);
    EXPECT_EQ(bad.error().where, "weights.h5: w");
    EXPECT_EQ(bad.error().what, "-Inf at (277, 299)");
    rows(77, 299) = std::numeric_limits<float>::max();
    EXPECT_EQ(requireFinite(rows.span(), 200, source, tensor).error().what, "NaN at (278, 0)");
}

TEST(Overview, EveryTexelHoldsItsCells)
{
    Matrix<float> values(1100, 530);
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (std::int64_t i = 0; i < values.size(); ++i)
        values.data()[i] = normal(random);
    const auto levels = buildOverview(values.span());
    ASSERT_EQ(levels.size(), 2U);
    for (const OverviewLevel &level : levels) {
        const std::int64_t side = level.cellsPerTexel;
        ASSERT_EQ(level.magnitude.rows(), (values.rows() + side - 1) / side);
        ASSERT_EQ(level.magnitude.cols(), (values.cols() + side - 1) / side);
        for (std::int64_t row = 0; row < level.magnitude.rows(); ++row)
            for (std::int64_t col = 0; col < level.magnitude.cols(); ++col) {
                float low = inf;
                float high = -inf;
                double sum = 0;
                std::int64_t count = 0;
                for (std::int64_t r = row * side; r < std::min(values.rows(), (row + 1) * side); ++r)
                    for (std::int64_t c = col * side; c < std::min(values.cols(), (col + 1) * side); ++c, ++count) {
                        low = std::min(low, values(r, c));
                        high = std::max(high, values(r, c));
                        sum += std::abs(double(values(r, c)));
                    }
                ASSERT_EQ(level.minimum(row, col), low);
                ASSERT_EQ(level.maximum(row, col), high);
                ASSERT_NEAR(level.magnitude(row, col), sum / double(count), 1e-6);
            }
    }
    EXPECT_EQ(levels[1].cellsPerTexel, 16);
}

TEST(Overview, LeavesOutNanAndShowsInfinities)
{
    Matrix<float> values(8, 8);
    for (std::int64_t i = 0; i < 4; ++i)
        for (std::int64_t j = 0; j < 4; ++j) {
            values(i, j) = nan;
            values(i + 4, j + 4) = i ? nan : inf;
        }
    values(0, 4) = nan;
    values(1, 5) = inf;
    values(2, 6) = -15;
    const auto levels = buildOverview(values.span());
    ASSERT_EQ(levels.size(), 1U);
    EXPECT_TRUE(std::isnan(levels[0].magnitude(0, 0)) && std::isnan(levels[0].minimum(0, 0)) &&
                std::isnan(levels[0].maximum(0, 0)));
    EXPECT_EQ(levels[0].maximum(0, 1), inf);
    EXPECT_FLOAT_EQ(levels[0].magnitude(0, 1), 15.0F / 14);
    EXPECT_EQ(levels[0].magnitude(1, 1), inf);
    EXPECT_EQ(levels[0].magnitude(1, 0), 0);
    EXPECT_TRUE(buildOverview({}).empty());
}

TEST(Summary, CountsAndMoments)
{
    Matrix<float> values(3, 4);
    const float cells[] = {1, 2, 3, 4, 0, -0.0F, nan, inf, -inf, 5, 6, 7};
    std::copy(std::begin(cells), std::end(cells), values.data());
    const ValueSummary summary = summarize(values.span());
    EXPECT_EQ(summary.count, 12);
    EXPECT_EQ(summary.zeros, 2);
    EXPECT_EQ(summary.nans, 1);
    EXPECT_EQ(summary.infinities, 2);
    EXPECT_EQ(summary.minimum, 0);
    EXPECT_EQ(summary.maximum, 7);
    EXPECT_DOUBLE_EQ(summary.mean, 28.0 / 9);
    EXPECT_NEAR(summary.standardDeviation, std::sqrt(140.0 / 9 - 28.0 * 28 / 81), 1e-12);
    std::int64_t binned = 0;
    for (const std::int64_t bin : summary.histogram)
        binned += bin;
    EXPECT_EQ(binned, 9);
    EXPECT_EQ(summary.histogram.back(), 1);
}

TEST(Summary, QuantilesOfAUniformRamp)
{
    Matrix<float> ramp(100, 1000);
    for (std::int64_t i = 0; i < ramp.size(); ++i)
        ramp.data()[i] = float(i) / float(ramp.size() - 1) * 2e38F - 1e38F; // the range is near what a float holds
    const ValueSummary summary = summarize(ramp.span());
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.99, 1.0})
        EXPECT_NEAR(summary.quantile(q) / 2e38, q - 0.5, 1e-4) << q;
}

TEST(Summary, OfNothingAndOfOneValue)
{
    EXPECT_EQ(summarize({}).count, 0);
    EXPECT_EQ(summarize({}).quantile(0.5), 0);
    Matrix<float> same(4, 4);
    for (std::int64_t i = 0; i < same.size(); ++i)
        same.data()[i] = 2.5F;
    const ValueSummary summary = summarize(same.span());
    EXPECT_EQ(summary.quantile(0.3), 2.5F);
    EXPECT_EQ(summary.standardDeviation, 0);
}

} // namespace
} // namespace nms
