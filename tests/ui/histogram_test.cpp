// SPDX-License-Identifier: Apache-2.0
#include "ui/models/histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace nms;

namespace {

TEST(Histogram, CountsEveryValueOnce)
{
    for (const std::size_t size : {std::size_t(1), std::size_t(2), std::size_t(97), std::size_t(5000)})
        for (const std::size_t bins : {std::size_t(1), std::size_t(7), std::size_t(48)}) {
            std::mt19937 random{unsigned(size)};
            std::vector<float> values;
            for (std::size_t k = 0; k < size; ++k)
                values.push_back(random() % 5 ? std::exp2(-float(random() % 3000) / 100) : 0.F);
            const Histogram histogram = histogramOf(values, bins);
            EXPECT_EQ(histogram.total(), std::int64_t(size));
            std::int64_t zeros = 0;
            std::vector<std::int64_t> plain(histogram.counts.size());
            for (const float value : values) {
                zeros += value == 0;
                if (value == 0)
                    continue;
                EXPECT_GE(double(value), histogram.low);
                EXPECT_LE(double(value), histogram.high);
                std::size_t bin = 0;
                while (bin + 1 < plain.size() && double(value) >= histogram.lowOf(bin + 1) * (1 - 1e-12))
                    ++bin;
                ++plain[bin];
            }
            EXPECT_EQ(histogram.zeros, zeros);
            std::int64_t moved = 0; // values on a border may be rounded to either side
            for (std::size_t bin = 0; bin < plain.size(); ++bin)
                moved += std::abs(plain[bin] - histogram.counts[bin]);
            EXPECT_LE(moved, 4);
        }
}

TEST(Histogram, ValuesWithoutAPlaceAreNotCounted)
{
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = std::numeric_limits<float>::infinity();
    const std::vector<float> values{nan, -1, infinite, 0, 0.5F, 0.5F};
    const Histogram histogram = histogramOf(values, 10);
    EXPECT_EQ(histogram.total(), 3);
    EXPECT_EQ(histogram.counts, std::vector<std::int64_t>{2}) << "one value, one bin";
    EXPECT_EQ(histogramOf({}, 10).total(), 0);
    EXPECT_EQ(histogramOf(std::vector<float>{0, 0}, 10).zeros, 2);
    EXPECT_TRUE(histogramOf(std::vector<float>{0, 0}, 10).counts.empty());
}

TEST(Binned, MeansOfGroups)
{
    for (const std::size_t size :
         {std::size_t(1), std::size_t(511), std::size_t(512), std::size_t(513), std::size_t(1537)}) {
        std::vector<double> values;
        for (std::size_t k = 0; k < size; ++k)
            values.push_back(double(k * 7919 % 1000));
        const BinnedLine line = binned(values, 512);
        ASSERT_LE(line.mean.size(), 512U);
        const std::size_t per = std::size_t(line.perBin);
        ASSERT_EQ(line.mean.size(), (size + per - 1) / per);
        for (std::size_t bin = 0; bin < line.mean.size(); ++bin) {
            double sum = 0, least = 1e9, most = -1;
            std::size_t count = 0;
            for (std::size_t k = bin * per; k < std::min(size, (bin + 1) * per); ++k, ++count) {
                sum += values[k];
                least = std::min(least, values[k]);
                most = std::max(most, values[k]);
            }
            EXPECT_DOUBLE_EQ(line.mean[bin], sum / double(count));
            EXPECT_EQ(line.least[bin], least);
            EXPECT_EQ(line.greatest[bin], most);
        }
    }
    EXPECT_TRUE(binned({}, 512).mean.empty());
}

} // namespace
