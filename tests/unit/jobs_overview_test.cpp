// SPDX-License-Identifier: Apache-2.0
// A whole model at a glance, against solving every N of every tensor.
#include "core/jobs/compare_file.h"
#include "core/jobs/model_overview.h"
#include "tests/unit/jobs_support.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace nms::test {

using testing::ElementsAre;
using testing::HasSubstr;

class JobsOverview : public JobsTest
{
protected:
    /// (path, N:M) → kept share of |W| by the proven optimum and by N:M along rows, every N of 1 … M solved.
    std::map<std::pair<std::string, std::string>, std::pair<double, double>> everyN(const std::string &file, int m)
    {
        jobs::CompareSettings settings{.file = file};
        for (int n = 1; n <= m; ++n)
            settings.patterns.push_back({n, m});
        settings.methods = {*methodByName("exact"), *methodByName("row-nm")};
        const auto report = jobs::compareFile(settings, *m_cpu, *m_cpu, {});
        EXPECT_TRUE(report) << report.error().line();
        std::map<std::pair<std::string, std::string>, std::pair<double, double>> kept;
        for (const jobs::ComparedMask &mask : report->masks) {
            auto &entry = kept[{mask.report.path, mask.report.pattern.text()}];
            (mask.transposable ? entry.first : entry.second) = *mask.report.keptMagnitude;
        }
        return kept;
    }

    Result<jobs::ModelOverview> overview(const jobs::OverviewSettings &settings)
    {
        WatchingHost host; // one for each job: counts never fall
        auto model = jobs::modelOverview(settings, *m_cpu, *m_cpu, host.progress(), host.events());
        if (model) {
            EXPECT_EQ(host.done(), host.total());
        }
        return model;
    }
};

TEST_F(JobsOverview, SharesAndSufficientPatternsAreThoseOfEveryNTried)
{
    const std::string file = write("w.safetensors",
                                   {gaussianWeights("a", {17, 31}, 1), gaussianWeights("b.conv.weight", {19, 13, 3, 1}, 2),
                                    gaussianWeights("c", {64, 33}, 3)});
    for (const double target : {0.5, 0.8, 0.95, 0.999}) {
        for (const int m : {4, 7, 8}) {
            SCOPED_TRACE(testing::Message() << "target " << target << ", M " << m);
            const auto kept = everyN(file, m);
            const auto model = overview({.file = file, .patterns = {{m / 2, m}}, .target = target});
            ASSERT_TRUE(model) << model.error().line();
            ASSERT_EQ(model->tensors.size(), 3U);
            double all = 0, allKept = 0;
            for (const jobs::TensorOverview &one : model->tensors) {
                const auto at = [&](int n) {
                    return kept.at({one.tensor.path, NmPattern{n, m}.text()});
                };
                ASSERT_EQ(one.costs.size(), 1U);
                EXPECT_NEAR(one.costs[0].transposable.share(), at(m / 2).first, 1e-12);
                EXPECT_NEAR(one.costs[0].rows.share(), at(m / 2).second, 1e-12);
                EXPECT_GT(one.costs[0].price(), 0);
                all += one.costs[0].transposable.total;
                allKept += one.costs[0].transposable.kept;
                int n = 1;
                while (n < m && at(n).first < target)
                    ++n;
                ASSERT_EQ(one.sufficient.size(), 1U);
                EXPECT_EQ(one.sufficient[0].pattern, (NmPattern{n, m})) << one.tensor.path;
                EXPECT_NEAR(one.sufficient[0].kept.share(), at(n).first, 1e-12);
            }
            ASSERT_EQ(model->costs.size(), 1U);
            EXPECT_NEAR(model->costs[0].transposable.share(), allKept / all, 1e-12);
            int n = 1;
            const auto shareOfAll = [&](int candidate) {
                double sum = 0;
                for (const jobs::TensorOverview &one : model->tensors)
                    sum +=
                        kept.at({one.tensor.path, NmPattern{candidate, m}.text()}).first * one.costs[0].transposable.total;
                return sum / all;
            };
            while (n < m && shareOfAll(n) < target)
                ++n;
            ASSERT_EQ(model->sufficient.size(), 1U);
            EXPECT_EQ(model->sufficient[0].pattern, (NmPattern{n, m}));
        }
    }
}

TEST_F(JobsOverview, EveryTransposableMethodIsThatOfTheComparison)
{
    const std::string file = write("w.safetensors", {gaussianWeights("a", {17, 31}, 1), gaussianWeights("c", {65, 33}, 3)});
    for (const Method method : offeredMethods()) {
        SCOPED_TRACE(nameOf(method));
        const auto model = overview({.file = file, .patterns = {{4, 8}}, .method = method, .target = 0.9});
        ASSERT_EQ(bool(model), isTransposable(method));
        if (!model) {
            EXPECT_EQ(model.error().kind, ErrorKind::Usage);
            continue;
        }
        const auto compared =
            jobs::compareFile({.file = file, .patterns = {{4, 8}}, .methods = {method}}, *m_cpu, *m_cpu, {});
        ASSERT_TRUE(compared) << compared.error().line();
        for (std::size_t i = 0; i < 2; ++i) {
            EXPECT_NEAR(model->tensors[i].costs[0].transposable.share(), *compared->masks[i].report.keptMagnitude, 1e-12);
            EXPECT_LE(model->tensors[i].costs[0].worst.share, model->tensors[i].costs[0].transposable.share());
        }
        // What is enough does not depend on it: it is a statement on the best mask.
        const auto best = overview({.file = file, .patterns = {{4, 8}}, .target = 0.9});
        ASSERT_TRUE(best);
        EXPECT_EQ(model->sufficient[0].pattern, best->sufficient[0].pattern);
        EXPECT_EQ(model->method, method);
    }
}

TEST_F(JobsOverview, TheWorstTileKeepsTheSmallestShare)
{
    NamedWeights weights = gaussianWeights("w", {24, 20}, 4); // 3 × 3 tiles of 8, the last column of tiles 4 wide
    for (int row = 8; row < 16; ++row)
        for (int col = 0; col < 8; ++col)
            weights.values[std::size_t(row * 20 + col)] = 1; // all equal: no mask keeps more than N/M of this tile
    const auto model = overview({.file = write("w.safetensors", {weights}), .patterns = {{4, 8}}});
    ASSERT_TRUE(model) << model.error().line();
    const jobs::WorstTile &worst = model->tensors[0].costs[0].worst;
    EXPECT_EQ(worst.path, "w");
    EXPECT_EQ(worst.tileRow, 1);
    EXPECT_EQ(worst.tileCol, 0);
    EXPECT_NEAR(worst.share, 0.5, 1e-12);
    EXPECT_TRUE(model->tensors[0].sufficient.empty());
    EXPECT_TRUE(model->sufficient.empty());
}

TEST_F(JobsOverview, ZerosKeepAllAndHaveNoWorstTile)
{
    NamedWeights zeros = gaussianWeights("zeros", {16, 16}, 5);
    std::fill(zeros.values.begin(), zeros.values.end(), 0.0F);
    const auto model = overview({.file = write("w.safetensors", {zeros, gaussianWeights("w", {16, 16}, 6)}), .target = 0.9});
    ASSERT_TRUE(model) << model.error().line();
    EXPECT_EQ(model->tensors[0].costs[0].transposable.share(), 1);
    EXPECT_EQ(model->tensors[0].costs[0].worst.tileRow, -1);
    EXPECT_EQ(model->tensors[0].sufficient[0].pattern.n, 1);
    EXPECT_EQ(model->costs[0].worst.path, "w");
}

TEST_F(JobsOverview, PatternsThatDoNotFitAreListedAndCountNowhere)
{
    const std::string file =
        write("w.safetensors", {gaussianWeights("small", {12, 40}, 7), gaussianWeights("large", {40, 40}, 8)});
    const auto model = overview({.file = file, .patterns = {{4, 8}, {8, 16}}, .target = 0.9});
    ASSERT_TRUE(model) << model.error().line();
    EXPECT_EQ(model->tensors[0].costs.size(), 1U);
    EXPECT_EQ(model->tensors[0].sufficient.size(), 1U);
    EXPECT_EQ(model->tensors[1].costs.size(), 2U);
    ASSERT_EQ(model->skipped.size(), 1U);
    EXPECT_THAT(model->skipped[0].reason, HasSubstr("at 8:16"));
    ASSERT_EQ(model->costs.size(), 2U);
    EXPECT_EQ(model->costs[1].transposable.total, model->tensors[1].costs[1].transposable.total);
    EXPECT_EQ(model->sufficient[1].pattern, model->tensors[1].sufficient[1].pattern);
}

TEST_F(JobsOverview, ProgressEndsAtItsTotalAndEachTensorIsTold)
{
    const std::string file = write("w.safetensors", {gaussianWeights("a", {32, 32}, 9), gaussianWeights("b", {16, 48}, 10)});
    std::vector<std::string> told;
    const auto model =
        jobs::modelOverview({.file = file, .target = 0.95}, *m_cpu, *m_cpu, m_host.progress(), m_host.events(),
                            [&](const jobs::TensorOverview &one) { told.push_back(one.tensor.path); });
    ASSERT_TRUE(model) << model.error().line();
    EXPECT_THAT(told, ElementsAre("a", "b"));
    EXPECT_THAT(m_host.tensors(), ElementsAre("a", "b"));
    EXPECT_GT(m_host.total(), 0);
    EXPECT_EQ(m_host.done(), m_host.total());
}

TEST_F(JobsOverview, AStopEndsIt)
{
    const std::string file =
        write("w.safetensors", {gaussianWeights("a", {64, 64}, 11), gaussianWeights("b", {64, 64}, 12)});
    m_host.stopAfter(64 * 64);
    const auto model = jobs::modelOverview({.file = file, .target = 0.95}, *m_cpu, *m_cpu, m_host.progress());
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().kind, ErrorKind::Cancelled);
}

TEST_F(JobsOverview, BadSettingsAndValuesAreRefused)
{
    NamedWeights broken = gaussianWeights("broken", {16, 16}, 13);
    broken.values[18] = std::numeric_limits<float>::quiet_NaN();
    const std::string file = write("w.safetensors", {broken, gaussianWeights("w", {16, 16}, 14)});
    const auto refused = overview({.file = file, .patterns = {{4, 8}}});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().line(), HasSubstr("(1, 2)"));
    const auto left = overview({.file = file, .tensors = {.skipInvalid = true}, .patterns = {{4, 8}}, .target = 0.9});
    ASSERT_TRUE(left) << left.error().line();
    EXPECT_EQ(left->tensors.size(), 1U);
    EXPECT_EQ(left->skipped.front().path, "broken");
    for (const double target : {-0.1, 1.0, 1.5, std::nan("")})
        EXPECT_EQ(overview({.file = file, .target = target}).error().kind, ErrorKind::Usage) << target;
    EXPECT_EQ(overview({.file = file, .patterns = {}}).error().kind, ErrorKind::Usage);
}

} // namespace nms::test
