// SPDX-License-Identifier: Apache-2.0
// Weights in each of the types in which they are stored, and solutions that must not differ in a bit.
#pragma once

#include "core/simd/half.h"
#include "core/simd/weights_view.h"
#include "core/solver/solution.h"
#include "tests/backend/test_scores.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace nms::test {

/// Signed weights of a given type; the stride of the rows is greater than their length.
struct TypedWeights {
    TypedWeights(WeightType type, std::int64_t rows, std::int64_t cols, unsigned seed)
        : bytes(std::size_t(rows * (cols + 3) * bytesOf(type))), floats(rows, cols), view(bytes.data(), type, rows, cols)
    {
        view.stride = cols + 3;
        const Matrix<float> scores = gaussianScores(rows, cols, seed);
        for (std::int64_t row = 0; row < rows; ++row)
            for (std::int64_t col = 0; col < cols; ++col)
                set(row, col, (row + col) % 3 == 0 ? -scores(row, col) : scores(row, col));
    }
    void set(std::int64_t row, std::int64_t col, float value)
    {
        std::byte *at = bytes.data() + (row * view.stride + col) * bytesOf(view.type);
        if (view.type == WeightType::F32) {
            std::memcpy(at, &value, sizeof value);
        } else {
            const bool half = view.type == WeightType::F16;
            const std::uint16_t bits = half ? floatToHalf(value) : floatToBfloat16(value);
            value = half ? halfToFloat(bits) : bfloat16ToFloat(bits);
            std::memcpy(at, &bits, sizeof bits);
        }
        floats(row, col) = std::abs(value);
    }

    std::vector<std::byte> bytes;
    Matrix<float> floats; // |w| of the same weights
    WeightsView view;
};

constexpr WeightType allTypes[] = {WeightType::F32, WeightType::F16, WeightType::BF16};

inline void expectSame(const Result<Solution> &a, const Result<Solution> &b)
{
    ASSERT_TRUE(a) << a.error().line();
    ASSERT_TRUE(b) << b.error().line();
    EXPECT_EQ(a->mask, b->mask);
    ASSERT_EQ(a->tiles.size(), b->tiles.size());
    for (std::size_t tile = 0; tile < a->tiles.size(); ++tile) {
        EXPECT_EQ(a->tiles[tile].objective, b->tiles[tile].objective) << tile;
        EXPECT_EQ(a->tiles[tile].upperBound, b->tiles[tile].upperBound) << tile;
        EXPECT_EQ(a->tiles[tile].residual, b->tiles[tile].residual) << tile;
        EXPECT_EQ(a->tiles[tile].iterations, b->tiles[tile].iterations) << tile;
    }
}

} // namespace nms::test
