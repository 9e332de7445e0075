// SPDX-License-Identifier: Apache-2.0
// That in a build with AddressSanitizer and UndefinedBehaviorSanitizer the kernels of every level have their checks, too:
// each family reads behind the end of what it is given.
#include "core/tile/entropic/entropic_kernels.h"
#include "core/tile/entropic/fill_kernels.h"
#include "core/tile/exact/exact_kernels.h"
#include "core/tile/masks/mask_kernels.h"
#include "core/tile/small/small_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>

namespace nms {

namespace {

constexpr std::align_val_t aligned{64};

/// What AddressSanitizer says of a read behind the end: of one that begins inside, as a vector's may, only that it crashes.
constexpr const char *readBehindTheEnd = "AddressSanitizer: (heap-buffer-overflow|unknown-crash) on address";

/// So many ones, aligned as tables are, and nothing behind them.
class Numbers
{
public:
    explicit Numbers(int count) : m_values(static_cast<float *>(::operator new(std::size_t(count) * sizeof(float), aligned)))
    {
        std::fill_n(m_values, count, 1.0F);
    }
    ~Numbers() { ::operator delete(m_values, aligned); }
    Numbers(const Numbers &) = delete;
    Numbers &operator=(const Numbers &) = delete;
    float *data() const { return m_values; }

private:
    float *m_values;
};

template <class T> std::unique_ptr<T> filledWork(int n, int m)
{
    auto work = std::make_unique<T>();
    work->n = n;
    work->m = m;
    return work;
}

class KernelChecksTest : public testing::TestWithParam<int>
{
protected:
    const int stride = GetParam();
    const Numbers enough{stride * stride};
    const Numbers tooFew{stride * stride - 1};
};

TEST_P(KernelChecksTest, masks)
{
    std::uint64_t rows[SelectionWork::maxM] = {};
    for (const SimdLevel level : simdLevels()) {
        const MaskKernels &kernels = maskKernels(level, stride);
        EXPECT_EQ(kernels.keptScore(rows, enough.data(), stride), 0);
        EXPECT_DEATH(kernels.keptScore(rows, tooFew.data(), stride), readBehindTheEnd) << nameOf(level);
        const auto work = filledWork<SelectionWork>(1, stride);
        EXPECT_DEATH(kernels.greedyByScore(*work, tooFew.data()), readBehindTheEnd) << nameOf(level);
    }
}

TEST_P(KernelChecksTest, exact)
{
    for (const SimdLevel level : simdLevels()) {
        const ExactKernels &kernels = exactKernels(level, stride);
        const auto work = filledWork<ExactWork>(1, stride);
        kernels.quantise(*work, enough.data(), ExactWork::unit);
        EXPECT_EQ(work->scores[stride * stride - 1], ExactWork::unit);
        EXPECT_DEATH(kernels.quantise(*work, tooFew.data(), ExactWork::unit), readBehindTheEnd) << nameOf(level);
    }
}

TEST_P(KernelChecksTest, entropic)
{
    for (const SimdLevel level : simdLevels()) {
        const EntropicKernels &kernels = entropicKernels(level, stride);
        const auto work = filledWork<EntropicWork>(1, stride);
        work->scoreToExponent = 2;
        kernels.takeScores(*work, enough.data());
        EXPECT_EQ(work->exponents[stride * stride - 1], 2);
        EXPECT_DEATH(kernels.takeScores(*work, tooFew.data()), readBehindTheEnd) << nameOf(level);
    }
}

template <class T> void checkFilling(SimdLevel level, int stride, const float *enough, const float *tooFew)
{
    const FillKernels<T> &kernels = fillKernels<T>(level, stride);
    const auto work = filledWork<FillWork<T>>(1, stride);
    work->scores = enough;
    kernels.buildKernel(*work);
    EXPECT_EQ(work->kernel[stride * stride - 1], 1);
    work->scores = tooFew;
    EXPECT_DEATH(kernels.buildKernel(*work), readBehindTheEnd) << nameOf(level);
}

TEST_P(KernelChecksTest, filling)
{
    for (const SimdLevel level : simdLevels()) {
        checkFilling<float>(level, stride, enough.data(), tooFew.data());
        checkFilling<double>(level, stride, enough.data(), tooFew.data());
    }
}

/// Sixteen tiles at a time: a table of masks, or sweeps side by side.
TEST(SmallKernelChecksTest, tables)
{
    constexpr int pitch = 16 * 4;
    const Numbers cells{4 * pitch}, fewer{4 * pitch - 1};
    alignas(64) std::uint32_t rows[16];
    alignas(64) double objective[16];
    for (const SimdLevel level : simdLevels()) {
        EXPECT_TRUE(tableKernel(level, 2, 4)(cells.data(), pitch, rows, objective));
        EXPECT_EQ(objective[15], 8);
        EXPECT_DEATH(tableKernel(level, 2, 4)(fewer.data(), pitch, rows, objective), readBehindTheEnd) << nameOf(level);
    }
}

TEST(SmallKernelChecksTest, sweeps)
{
    constexpr int pitch = 16 * 8;
    const Numbers cells{8 * pitch}, fewer{8 * pitch - 1};
    const auto group = std::make_unique<SweptGroup>();
    for (const SimdLevel level : simdLevels()) {
        EXPECT_TRUE(sweepKernels(level, 4, 8).sweep(cells.data(), pitch, *group));
        EXPECT_DEATH(sweepKernels(level, 4, 8).sweep(fewer.data(), pitch, *group), readBehindTheEnd) << nameOf(level);
    }
}

/// UndefinedBehaviorSanitizer, too, in the last of a line's lanes.
TEST_P(KernelChecksTest, overflow)
{
    for (const SimdLevel level : simdLevels()) {
        const auto work = filledWork<ExactWork>(1, stride);
        work->scores[stride - 1] = std::numeric_limits<std::int32_t>::max();
        work->beta[stride - 1] = -1;
        EXPECT_DEATH(exactKernels(level, stride).conclude(*work), "signed integer overflow") << nameOf(level);
    }
}

INSTANTIATE_TEST_SUITE_P(Strides, KernelChecksTest, testing::Values(4, 8, 16, 32, 64));

} // namespace

} // namespace nms
