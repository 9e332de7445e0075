// SPDX-License-Identifier: Apache-2.0
#include "core/solver/cpu_backend.h"
#include "tests/support/temp_folder.h"
#include "ui/models/model_run.h"
#include "ui/models/model_table.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QSignalSpy>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace nms {

namespace {

using testing::HasSubstr;

jobs::TensorOverview tensorOf(const std::string &path,
                              std::initializer_list<std::pair<NmPattern, std::array<double, 3>>> costs)
{
    jobs::TensorOverview one;
    one.tensor.path = path;
    one.tensor.shape = {64, 32};
    for (const auto &[pattern, figures] : costs) {
        one.costs.push_back({pattern, {figures[0], 1}, {figures[1], 1}, {path, 3, 1, figures[2]}});
        one.sufficient.push_back({{pattern.m - 1, pattern.m}, {0.97, 1}});
    }
    return one;
}

QString textAt(const QAbstractItemModel &model, int row, int column)
{
    return model.index(row, column).data().toString();
}

class ModelTableTest : public testing::Test
{
protected:
    ModelTableTest()
    {
        m_settings.patterns = {{2, 4}, {8, 16}};
        m_settings.target = 0.95;
        m_tensors = {tensorOf("b", {{{2, 4}, {0.70, 0.74, 0.51}}, {{8, 16}, {0.76, 0.79, 0.70}}}),
                     tensorOf("a,1", {{{2, 4}, {0.80, 0.85, 0.60}}})}; // 8:16 does not fit
        m_model.tensors = m_tensors;
        m_model.costs = {{{2, 4}, {1.5, 2}, {1.59, 2}, {"b", 3, 1, 0.51}},
                         {{8, 16}, {0.76, 1}, {0.79, 1}, {"b", 3, 1, 0.70}}};
        m_model.sufficient = {{{3, 4}, {1.94, 2}}, {{15, 16}, {0.97, 1}}};
    }

    jobs::OverviewSettings m_settings;
    std::vector<jobs::TensorOverview> m_tensors;
    jobs::ModelOverview m_model;
    ModelTable m_table;
};

} // namespace

TEST_F(ModelTableTest, ShowsSharesPricesAndWorstTiles)
{
    m_table.setOverview(m_settings, m_tensors, &m_model);
    ASSERT_EQ(m_table.rowCount(), 3);
    ASSERT_EQ(m_table.columnCount(), 7);
    EXPECT_EQ(textAt(m_table, 1, 3), QStringLiteral("70.00 %"));
    EXPECT_EQ(textAt(m_table, 2, 4), QStringLiteral("–"));
    EXPECT_EQ(textAt(m_table, 0, 0), QStringLiteral("whole model"));
    EXPECT_EQ(textAt(m_table, 0, 3), QStringLiteral("75.00 %"));
    EXPECT_EQ(textAt(m_table, 1, 5), QStringLiteral("3:4"));
    EXPECT_EQ(textAt(m_table, 2, 6), QStringLiteral("–"));
    EXPECT_EQ(textAt(m_table, 0, 6), QStringLiteral("15:16"));
    m_table.setFigure(ModelTable::Figure::Price);
    EXPECT_EQ(textAt(m_table, 1, 3), QStringLiteral("4.00 points"));
    EXPECT_EQ(textAt(m_table, 0, 3), QStringLiteral("4.50 points"));
    m_table.setFigure(ModelTable::Figure::WorstTile);
    EXPECT_EQ(textAt(m_table, 2, 3), QStringLiteral("60.00 %"));
    ASSERT_TRUE(m_table.worstAt(1, 4));
    EXPECT_EQ(m_table.worstAt(1, 4)->tileRow, 3);
    EXPECT_FALSE(m_table.worstAt(2, 4));
    EXPECT_EQ(m_table.patternAt(1, 4), (NmPattern{8, 16}));
    EXPECT_EQ(m_table.patternAt(1, 6), (NmPattern{15, 16}));
    EXPECT_EQ(m_table.tensorAt(0), nullptr);
}

TEST_F(ModelTableTest, GrowsWithoutAReset)
{
    QSignalSpy resets(&m_table, &QAbstractItemModel::modelReset), grown(&m_table, &QAbstractItemModel::rowsInserted);
    m_table.setOverview(m_settings, {m_tensors[0]}, nullptr);
    m_table.setOverview(m_settings, m_tensors, nullptr);
    EXPECT_EQ(resets.count(), 1);
    EXPECT_EQ(grown.count(), 1);
    EXPECT_EQ(m_table.rowCount(), 2);
    m_table.setOverview(m_settings, m_tensors, &m_model);
    EXPECT_EQ(m_table.rowCount(), 3);
}

TEST_F(ModelTableTest, TheWholeModelStaysAboveHoweverItIsSorted)
{
    m_table.setOverview(m_settings, m_tensors, &m_model);
    SortedModelTable sorted;
    sorted.setSourceModel(&m_table);
    for (int column = 0; column < m_table.columnCount(); ++column)
        for (const Qt::SortOrder order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            sorted.sort(column, order);
            EXPECT_EQ(textAt(sorted, 0, 0), QStringLiteral("whole model")) << column;
        }
    sorted.sort(ModelTable::FirstPattern, Qt::DescendingOrder);
    EXPECT_EQ(textAt(sorted, 1, 0), QStringLiteral("a,1"));
    sorted.sort(ModelTable::FirstPattern, Qt::AscendingOrder);
    EXPECT_EQ(textAt(sorted, 1, 0), QStringLiteral("b"));
}

TEST_F(ModelTableTest, ItsTableHasARowForEachPatternOfEachTensor)
{
    m_table.setOverview(m_settings, m_tensors, &m_model);
    const Table table = m_table.table();
    ASSERT_EQ(table.rows.size(), 5); // two of the model, two of b, one of a
    EXPECT_TRUE(table.rows[1][0].isNull());
    EXPECT_EQ(table.rows[1][1], QStringLiteral("8:16"));
    EXPECT_EQ(table.rows[1][9], QStringLiteral("15:16"));
    EXPECT_EQ(table.rows[2][0], QStringLiteral("b"));
    EXPECT_EQ(table.rows[2][2].toDouble(), 0.70);
    EXPECT_EQ(table.rows[4][0], QStringLiteral("a,1"));
    EXPECT_EQ(toCsv(table).split('\n').size(), 7); // with its head, and nothing after the last line end
}

/// A safetensors file of Gaussian matrices.
static std::string writeModel(const test::TempFolder &folder, int tensors, int rows, int cols)
{
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    std::string header = "{", data;
    for (int k = 0; k < tensors; ++k) {
        const std::size_t begin = data.size();
        for (int i = 0; i < rows * cols; ++i) {
            const float value = normal(random);
            data.append(reinterpret_cast<const char *>(&value), sizeof value);
        }
        header += (k > 0 ? "," : "") + std::string("\"layer.") + std::to_string(k) +
            ".weight\":{\"dtype\":\"F32\",\"shape\":[" + std::to_string(rows) + "," + std::to_string(cols) +
            "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(data.size()) + "]}";
    }
    header += "}";
    std::uint64_t length = header.size();
    std::string bytes(reinterpret_cast<const char *>(&length), sizeof length);
    return folder.write("model.safetensors", bytes + header + data);
}

static bool waitUntil(const std::function<bool()> &isThere)
{
    QDeadlineTimer deadline(60'000);
    while (!isThere() && !deadline.hasExpired())
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
    return isThere();
}

TEST(ModelRunTest, TellsEachTensorThenTheWhole)
{
    const test::TempFolder folder;
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend();
    ModelRun run;
    jobs::OverviewSettings settings{.file = writeModel(folder, 3, 37, 41), .target = 0.9};
    run.start(settings, cpu, cpu);
    EXPECT_TRUE(run.isRunning());
    ASSERT_TRUE(waitUntil([&] { return !run.isRunning(); }));
    ASSERT_TRUE(run.model());
    EXPECT_EQ(run.tensors().size(), 3U);
    EXPECT_EQ(run.share(), 1);
    EXPECT_EQ(run.model()->sufficient.size(), 4U);
}

TEST(ModelRunTest, ACancelKeepsWhatIsFinishedAndAnErrorIsTold)
{
    const test::TempFolder folder;
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend();
    ModelRun run;
    std::vector<std::string> errors;
    QObject::connect(&run, &ModelRun::failed, [&](const Error &error) { errors.push_back(error.line()); });
    run.start({.file = writeModel(folder, 40, 128, 128), .target = 0.9}, cpu, cpu);
    ASSERT_TRUE(waitUntil([&] { return !run.tensors().empty(); }));
    run.cancel();
    EXPECT_FALSE(run.isRunning());
    const std::size_t finished = run.tensors().size();
    EXPECT_FALSE(run.model());
    QCoreApplication::processEvents();
    EXPECT_EQ(run.tensors().size(), finished);
    run.start({.file = folder.file("missing.safetensors")}, cpu, cpu);
    ASSERT_TRUE(waitUntil([&] { return !run.isRunning(); }));
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_THAT(errors[0], HasSubstr("missing.safetensors"));
}

} // namespace nms
