// SPDX-License-Identifier: Apache-2.0
#include "ui/models/comparison_model.h"

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
    EXPECT_EQ(model.index(0, ComparisonModel::Kept).data(), "0.7000");
    EXPECT_EQ(model.index(0, ComparisonModel::BelowBound).data(), "0 %");
    EXPECT_EQ(model.index(1, ComparisonModel::BelowBound).data(), "–") << "not transposable: the bound is not its own";
    model.setRows({});
    EXPECT_EQ(model.rowCount(), 0);
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
