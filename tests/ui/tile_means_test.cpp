// SPDX-License-Identifier: Apache-2.0
// The means of tiles that the window takes from an overview are those of the entries.
#include "core/tensor/overview.h"
#include "ui/viewport/tile_figures.h"

#include <gtest/gtest.h>
#include <random>

namespace nms::test {
namespace {

TEST(TileMeans, OfAnOverviewAreThoseOfTheEntries)
{
    std::mt19937 random(3);
    std::normal_distribution<float> gaussian;
    for (const auto &[rows, cols] :
         {std::pair{1, 1}, std::pair{5, 3}, std::pair{64, 64}, std::pair{37, 101}, std::pair{131, 66}}) {
        Matrix<float> values(rows, cols);
        for (std::int64_t i = 0; i < values.size(); ++i)
            values.data()[i] = gaussian(random);
        const std::vector<OverviewLevel> levels = buildOverview(values.span());
        for (const int m : {4, 8, 12, 16, 32, 64}) {
            const TileGrid grid{rows, cols, m};
            const Matrix<float> means = meanMagnitudes(levels.at(0), grid), wanted = meanMagnitudes(values, grid);
            ASSERT_EQ(means.size(), wanted.size());
            for (std::int64_t tile = 0; tile < means.size(); ++tile)
                ASSERT_NEAR(means.data()[tile], wanted.data()[tile], 1e-6)
                    << rows << " x " << cols << ", tile " << tile << " of " << m;
        }
    }
}

} // namespace
} // namespace nms::test
