// SPDX-License-Identifier: Apache-2.0
// The Statistics panel, against plain counts of the file's own weights and of core's figures.
#include "tests/ui/npy_support.h"
#include "tests/ui/window_support.h"
#include "ui/models/format.h"
#include "ui/widgets/statistics_chart.h"
#include "ui/widgets/statistics_dock.h"

#include <QChart>
#include <QLineSeries>
#include <QTemporaryDir>
#include <QToolButton>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace nms;

namespace {

class StatisticsWindow : public testing::Test
{
protected:
    static constexpr int rows = 37, cols = 29;

    void SetUp() override
    {
        ASSERT_TRUE(test.isExposed);
        std::mt19937 random(3);
        for (int k = 0; k < rows * cols; ++k)
            weights.push_back(random() % 3 ? float(random() % 100) + 1 : 0.F);
        for (int col = 0; col < cols; ++col)
            weights[std::size_t(5 * cols + col)] = weights[std::size_t(36 * cols + col)] = 0;
        for (int row = 0; row < rows; ++row)
            weights[std::size_t(row * cols + 11)] = 0;
        ASSERT_TRUE(test.open(writeNpy(folder.filePath(QStringLiteral("w.npy")), rows, cols, weights)));
        dock = test.child<StatisticsDock>(QStringLiteral("statistics"));
        dock->raise();
    }
    void choose(const QString &page)
    {
        for (QToolButton *button : dock->findChildren<QToolButton *>())
            if (button->text() == page)
                QTest::mouseClick(button, Qt::LeftButton);
    }
    QString text() const { return dock->findChild<QLabel *>(QStringLiteral("statisticsText"))->text(); }
    bool says(const QString &part)
    {
        return test.waitFor([&] { return text().contains(part); });
    }
    std::vector<QLineSeries *> series() const
    {
        std::vector<QLineSeries *> all;
        for (QAbstractSeries *each : dock->chart()->chart()->series())
            all.push_back(static_cast<QLineSeries *>(each));
        return all;
    }
    /// Of a drawn histogram: every bin is a step between two points of the same height.
    static std::int64_t drawnCount(const QLineSeries &line)
    {
        double sum = 0;
        for (int k = 1; k + 1 < line.count(); k += 2)
            sum += line.at(k).y();
        return std::llround(sum);
    }

    QTemporaryDir folder;
    std::vector<float> weights;
    test::WindowUnderTest test;
    StatisticsDock *dock = nullptr;
};

TEST_F(StatisticsWindow, NamesDeadRowsAndColumnsAndDrawsTheDensity)
{
    ASSERT_TRUE(says(QStringLiteral("2 dead rows: 5, 36")));
    ASSERT_EQ(series().size(), 1U);
    const QLineSeries &line = *series().front();
    ASSERT_EQ(line.count(), rows);
    double least = 1, most = 0;
    for (int row = 0; row < rows; ++row) {
        const double share =
            double(cols - std::count(weights.begin() + row * cols, weights.begin() + (row + 1) * cols, 0.F)) / cols;
        EXPECT_NEAR(line.at(row).y(), 100 * share, 1e-9);
        EXPECT_EQ(line.at(row).x(), row);
        least = std::min(least, share);
        most = std::max(most, share);
    }
    EXPECT_TRUE(text().contains(QStringLiteral("not zero: %1 … %2").arg(format::share(least), format::share(most))));
    choose(QStringLiteral("Columns"));
    EXPECT_TRUE(says(QStringLiteral("1 dead column: 11")));
    EXPECT_EQ(series().front()->count(), cols);
}

TEST_F(StatisticsWindow, CountsEveryTileOfTheStateOnScreen)
{
    SolveOptions options = test.workspace.options();
    options.pattern = {2, 4};
    options.method = Method::Dykstra;
    test.workspace.setOptions(options);
    test.workspace.runTo(5);
    ASSERT_TRUE(test.waitForState(SessionState::Paused));
    choose(QStringLiteral("Residuals"));
    ASSERT_TRUE(says(QStringLiteral("iteration 5")));
    const auto snapshot = test.workspace.shownSnapshot();
    ASSERT_TRUE(snapshot);
    const auto tiles = std::int64_t(snapshot->tiles.size());
    const std::int64_t zeros = std::count_if(snapshot->tiles.begin(), snapshot->tiles.end(),
                                             [](const TileStats &tile) { return tile.residual == 0; });
    ASSERT_EQ(series().size(), 1U);
    EXPECT_EQ(drawnCount(*series().front()), tiles - zeros);

    test.workspace.run();
    ASSERT_TRUE(test.waitForState(SessionState::Finished));
    choose(QStringLiteral("Gaps"));
    const auto solution = test.workspace.solution();
    const std::int64_t optimal = std::count_if(solution->tiles.begin(), solution->tiles.end(),
                                               [](const TileResult &tile) { return float(tile.gap()) == 0; });
    ASSERT_TRUE(test.waitFor([&] { return series().size() == 2; }));
    if (optimal > 0) {
        EXPECT_TRUE(says(QStringLiteral("%1 of %2 tiles: mask gap 0").arg(optimal).arg(tiles)));
    }
    EXPECT_EQ(drawnCount(*series().back()), tiles - optimal);

    choose(QStringLiteral("Columns"));
    ASSERT_TRUE(test.waitFor([&] { return series().size() == 2; }));
    for (int col = 0; col < cols; ++col) {
        int kept = 0;
        for (int row = 0; row < rows; ++row)
            kept += solution->mask.at(row, col);
        EXPECT_NEAR(series().back()->at(col).y(), 100. * kept / rows, 1e-9);
    }
}

} // namespace
