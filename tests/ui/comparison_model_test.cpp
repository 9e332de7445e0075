// SPDX-License-Identifier: Apache-2.0
#include "ui/models/comparison_model.h"
#include "ui/models/pattern_list.h"

#include <QAbstractItemModelTester>
#include <QStringList>

#include <gtest/gtest.h>

using namespace nms;

namespace {

ComparisonRow row(NmPattern pattern, Method method, double kept, double gap)
{
    ComparisonRow result;
    result.which = {pattern, method};
    result.metrics = {kept, 0.05, 0.5};
    result.totals.relativeGap = gap;
    result.seconds = 0.25;
    result.transposable = isTransposable(method);
    result.backend = "cpu";
    return result;
}

TEST(ComparisonModel, GrowsRowByRow)
{
    ComparisonModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::vector<ComparisonRow> rows{row({2, 4}, Method::Exact, 0.7, 0)};
    model.setRows(rows);
    EXPECT_EQ(model.rowCount(), 1);
    int inserted = 0;
    QObject::connect(&model, &QAbstractItemModel::rowsInserted, &model, [&] { ++inserted; });
    rows.push_back(row({2, 4}, Method::RowNm, 0.8, -0.1));
    model.setRows(rows);
    EXPECT_EQ(inserted, 1);
    EXPECT_EQ(model.rowCount(), 2);
    EXPECT_EQ(model.index(0, ComparisonModel::Keep).data(), "2:4");
    EXPECT_EQ(model.index(0, ComparisonModel::Kept).data(), "70.00 %");
    EXPECT_EQ(model.index(0, ComparisonModel::MaskGap).data(), "0 %");
    EXPECT_EQ(model.index(1, ComparisonModel::MaskGap).data(), "–") << "not transposable: the bound is not its own";
    model.setRows({});
    EXPECT_EQ(model.rowCount(), 0);
}

TEST(ComparisonModel, TellsTheDistanceToTheBestTransposableMaskOfThePattern)
{
    const auto withObjective = [](NmPattern pattern, Method method, double objective) {
        ComparisonRow result = row(pattern, method, 0.5, 0.01);
        result.totals.objective = objective;
        return result;
    };
    std::vector<ComparisonRow> rows{withObjective({4, 8}, Method::Greedy, 90), withObjective({4, 8}, Method::RowNm, 104)};
    ComparisonModel model;
    const auto delta = [&](int index) {
        return model.index(index, ComparisonModel::Delta).data().toString();
    };
    model.setRows(rows);
    EXPECT_EQ(delta(0), "0 %");
    EXPECT_EQ(delta(1), "+16 %");
    rows.push_back(withObjective({4, 8}, Method::Exact, 100));
    rows.push_back(withObjective({2, 4}, Method::RowNm, 50));
    int told = 0;
    QObject::connect(&model, &QAbstractItemModel::dataChanged, &model, [&] { ++told; });
    model.setRows(rows);
    EXPECT_EQ(told, 1) << "the new row changes the others";
    EXPECT_EQ(delta(0), QString::fromUtf8("−10 %"));
    EXPECT_EQ(delta(1), "+4.0 %");
    EXPECT_EQ(delta(2), "0 %");
    EXPECT_EQ(delta(3), QString::fromUtf8("–")) << "no transposable mask of this pattern is there";
    EXPECT_DOUBLE_EQ(model.index(0, ComparisonModel::Delta).data(ComparisonModel::SortRole).toDouble(), -0.1);
}

TEST(PatternList, ReadsWhatAPersonTypes)
{
    const auto texts = [](const char *typed) {
        QStringList all;
        if (const auto patterns = parsePatterns(typed))
            for (const NmPattern &pattern : *patterns)
                all << QString::fromStdString(pattern.text());
        else
            all << QStringLiteral("error");
        return all.join(QLatin1Char(' '));
    };
    EXPECT_EQ(texts("3:5"), "3:5");
    EXPECT_EQ(texts(" 3:5,10:16 , 3:5"), "3:5 10:16");
    EXPECT_EQ(texts("1-4:8"), "1:8 2:8 3:8 4:8");
    EXPECT_EQ(texts("2 - 3:7, 63:64"), "2:7 3:7 63:64");
    EXPECT_EQ(texts("3-3:5"), "3:5");
    for (const char *wrong : {"", " , ", "3", "3:", "0:4", "5:4", "4-2:8", "1-9:8", "1:2-3", "a:b", "1:65", "1-:8", "-1:8"})
        EXPECT_EQ(texts(wrong), "error") << wrong;
}

TEST(ComparisonModel, MarksTheCaseOfTheRunSettings)
{
    ComparisonModel model;
    model.setRows({row({2, 4}, Method::Exact, 0.7, 0), row({8, 16}, Method::Dykstra, 0.75, 0.001)});
    model.setCurrent({8, 16}, Method::Dykstra);
    EXPECT_FALSE(model.index(0, 0).data(ComparisonModel::IsCurrentRole).toBool());
    EXPECT_TRUE(model.index(1, 0).data(ComparisonModel::IsCurrentRole).toBool());
}

} // namespace
