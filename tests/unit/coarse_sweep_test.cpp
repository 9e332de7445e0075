// SPDX-License-Identifier: Apache-2.0
// The coarse sweeps of `exact` against a plain implementation in 64-bit integers, at every level and stride.
#include "core/tile/exact/exact_kernels.h"
#include "core/tile/tile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace nms {

namespace {

using Thresholds = std::vector<std::int64_t>;

/// score(i, j) is the coarse score of entry j of line i.
template <class Score>
void moveThresholds(int n, int m, bool relaxed, const Score &score, const Thresholds &other, Thresholds &own)
{
    const auto limited = [](std::int64_t value) {
        return std::clamp<std::int64_t>(value, -ExactWork::coarseUnit, ExactWork::coarseUnit);
    };
    const auto floorOf = [](std::int64_t value, std::int64_t divisor) {
        return (value - ((value % divisor) + divisor) % divisor) / divisor;
    };
    for (std::size_t i = 0; i < own.size(); ++i) {
        Thresholds values;
        for (std::size_t j = 0; j < other.size(); ++j)
            values.push_back(score(int(i), int(j)) - other[j]);
        std::ranges::sort(values, std::greater());
        const std::size_t last = std::size_t(n) - 1;
        const std::int64_t middle = limited(n < m ? floorOf(values[last] + values[last + 1], 2) : values[last] - 1);
        const std::int64_t moved = middle - own[i];
        own[i] = relaxed ? limited(middle + floorOf(moved, 4) + floorOf(moved, 8)) : middle;
    }
}

class CoarseSweepTest : public testing::TestWithParam<NmPattern>
{ };

TEST_P(CoarseSweepTest, thresholdsAreThoseOfThePlainImplementation)
{
    const auto [n, m] = GetParam();
    const int stride = strideFor(m);
    constexpr int kinds = 4, sweeps = 8;
    for (int kind = 0; kind < kinds; ++kind) {
        std::mt19937 generator(std::uint32_t(100 * m + n + 7 * kind));
        std::uniform_real_distribution<float> uniform;
        std::vector<float> values(std::size_t(stride * stride), 0.0F);
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j) {
                const float u = uniform(generator);
                // Spread out, tied, almost all zero, and with rows and columns that push thresholds to their limits.
                const float of[kinds] = {u, float(int(u * 4)), u > 0.9F ? u : 0.0F, (i + j) % 2 == 0 ? 1.0F : 0.001F * u};
                values[std::size_t(i * stride + j)] = of[kind];
            }
        const float largest = *std::ranges::max_element(values);
        if (largest == 0)
            continue;
        for (const SimdLevel level : simdLevels()) {
            const ExactKernels &kernels = exactKernels(level, stride);
            const auto work = std::make_unique<ExactWork>();
            work->n = n;
            work->m = m;
            kernels.quantise(*work, values.data(), ExactWork::unit / double(largest));
            std::fill_n(work->alpha, stride, 0);
            std::fill_n(work->beta, stride, 0);
            // Potentials that a warm start may bring, beyond what coarse thresholds can be.
            if (kind == 3)
                for (int k = 0; k < m; ++k)
                    work->beta[k] = (k % 2 == 0 ? 1 : -1) * (ExactWork::unit + k);
            Thresholds alpha(std::size_t(m), 0), beta;
            for (int k = 0; k < m; ++k)
                beta.push_back(std::clamp(work->beta[k] >> ExactWork::coarseShift, -int(ExactWork::coarseUnit),
                                          int(ExactWork::coarseUnit)));
            const auto score = [&](int i, int j) {
                return std::int64_t(work->scores[i * stride + j] >> ExactWork::coarseShift);
            };
            const auto transposed = [&](int j, int i) {
                return score(i, j);
            };
            for (int sweep = 0; sweep < sweeps; ++sweep) {
                kernels.coarseSweep(*work, sweep > 0);
                moveThresholds(n, m, sweep > 0, score, beta, alpha);
                moveThresholds(n, m, sweep > 0, transposed, alpha, beta);
                for (int k = 0; k < m; ++k) {
                    ASSERT_EQ(work->alpha[k], alpha[std::size_t(k)] << ExactWork::coarseShift)
                        << nameOf(level) << ", kind " << kind << ", sweep " << sweep << ", row " << k;
                    ASSERT_EQ(work->beta[k], beta[std::size_t(k)] << ExactWork::coarseShift)
                        << nameOf(level) << ", kind " << kind << ", sweep " << sweep << ", column " << k;
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Patterns, CoarseSweepTest,
                         testing::Values(NmPattern{1, 1}, NmPattern{1, 2}, NmPattern{2, 4}, NmPattern{4, 4}, NmPattern{3, 7},
                                         NmPattern{4, 8}, NmPattern{8, 8}, NmPattern{5, 13}, NmPattern{8, 16},
                                         NmPattern{15, 16}, NmPattern{16, 16}, NmPattern{9, 23}, NmPattern{16, 32},
                                         NmPattern{31, 32}, NmPattern{20, 47}, NmPattern{1, 64}, NmPattern{32, 64},
                                         NmPattern{64, 64}),
                         [](const auto &test) {
                             return "keep" + std::to_string(test.param.n) + "of" + std::to_string(test.param.m);
                         });

} // namespace

} // namespace nms
