// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tensor_tree_model.h"

#include <QAbstractItemModelTester>
#include <QSortFilterProxyModel>

#include <gtest/gtest.h>

using namespace nms;

namespace {

TensorInfo matrix(const std::string &path, std::int64_t rows, std::int64_t cols)
{
    TensorInfo info;
    info.path = path;
    info.shape = {rows, cols};
    info.dtype = DType::F16;
    return info;
}

OpenFile encoder()
{
    return {"/models/a.h5",
            {matrix("encoder/layer/0/attention/self/key/weight", 384, 384),
             matrix("encoder/layer/0/attention/self/query/weight", 384, 384),
             matrix("encoder/layer/1/output/dense/weight", 384, 1536), matrix("pooler", 16, 16)}};
}

TEST(TensorTreeModel, GroupsEndAtTheFirstNumber)
{
    EXPECT_EQ(groupOf("encoder/layer/0/attention/self/query/weight"), "encoder.layer.0");
    EXPECT_EQ(leafName("encoder/layer/0/attention/self/query/weight"), "attention.self.query");
    EXPECT_EQ(groupOf("model.layers.31.mlp.up_proj.weight"), "model.layers.31");
    EXPECT_EQ(leafName("model.layers.31.mlp.up_proj.weight"), "mlp.up_proj");
    EXPECT_EQ(groupOf("embeddings/word/weight"), "embeddings");
    EXPECT_EQ(leafName("embeddings/word/weight"), "word");
    EXPECT_EQ(leafName("encoder/layer/0/bias"), "bias");
    EXPECT_EQ(groupOf("w"), "");
    EXPECT_EQ(leafName("w"), "w");
    EXPECT_EQ(groupOf("layer/0"), "layer");
    EXPECT_EQ(leafName("layer/0"), "0");
}

TEST(TensorTreeModel, AStackListsItsMatrices)
{
    TensorTreeModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    TensorInfo conv = matrix("block/conv.weight", 64, 32);
    conv.shape = {64, 32, 3, 2};
    conv.axes = {"oihw", "conv2d kernel"};
    model.setFiles({{"/models/a.h5", {conv, matrix("block/fc.weight", 16, 16)}}});
    EXPECT_EQ(model.tensorCount(), 2);
    const QModelIndex stack = model.find("/models/a.h5", "block/conv.weight");
    ASSERT_TRUE(stack.isValid());
    EXPECT_EQ(stack.siblingAtColumn(TensorTreeModel::Shape).data(), "64×32×3×2");
    EXPECT_TRUE(stack.data(Qt::ToolTipRole).toString().contains("conv2d kernel, 6 matrices 64 × 32 (out × in)"));
    ASSERT_EQ(model.rowCount(stack), 6);
    const QModelIndex last = model.index(5, 0, stack);
    EXPECT_EQ(last.data(), "[2,1]");
    EXPECT_EQ(last.siblingAtColumn(TensorTreeModel::Shape).data(), "64×32");
    EXPECT_EQ(last.data(TensorTreeModel::PathRole), "block/conv.weight[2,1]");
    EXPECT_TRUE(last.data(TensorTreeModel::IsMatrixRole).toBool());
    EXPECT_EQ(model.find("/models/a.h5", "block/conv.weight[2,1]"), last);
    EXPECT_EQ(model.rowCount(model.find("/models/a.h5", "block/fc.weight")), 0);
}

TEST(TensorTreeModel, OneFileShowsItsGroupsAtTheTop)
{
    TensorTreeModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setFiles({encoder()});
    EXPECT_EQ(model.tensorCount(), 4);
    ASSERT_EQ(model.rowCount(), 3);
    const QModelIndex group = model.index(0, 0);
    EXPECT_EQ(group.data(), "encoder.layer.0");
    ASSERT_EQ(model.rowCount(group), 2);
    EXPECT_EQ(model.index(1, TensorTreeModel::Name, group).data(), "attention.self.query");
    EXPECT_EQ(model.index(1, TensorTreeModel::Shape, group).data(), "384×384");
    EXPECT_EQ(model.index(1, TensorTreeModel::Type, group).data(), "f16");
    EXPECT_EQ(model.index(2, 0).data(), "pooler");

    const QModelIndex found = model.find("/models/a.h5", "encoder/layer/1/output/dense/weight");
    ASSERT_TRUE(found.isValid());
    EXPECT_EQ(found.parent().data(), "encoder.layer.1");
    EXPECT_FALSE(model.find("/models/b.h5", "pooler").isValid());
}

TEST(TensorTreeModel, SeveralFilesEachHaveANode)
{
    TensorTreeModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    OpenFile other = encoder();
    other.fileName = "/models/b.h5";
    model.setFiles({encoder(), other});
    ASSERT_EQ(model.rowCount(), 2);
    EXPECT_EQ(model.index(1, 0).data(), "b.h5");
    EXPECT_EQ(model.find("/models/b.h5", "pooler").parent().data(), "b.h5");
    model.setFiles({});
    EXPECT_EQ(model.rowCount(), 0);
}

TEST(TensorTreeModel, DetectedStructureArrivesLater)
{
    TensorTreeModel model;
    model.setFiles({encoder()});
    const QModelIndex index = model.find("/models/a.h5", "pooler").siblingAtColumn(TensorTreeModel::Structure);
    EXPECT_EQ(index.data().toString(), "");
    int changes = 0;
    QObject::connect(&model, &QAbstractItemModel::dataChanged, &model, [&] { ++changes; });
    DetectedPatterns detected;
    detected.elements = 384 * 384;
    detected.zeros = detected.elements / 2;
    detected.sparsity = 0.5;
    detected.alongRows = {{2, 4}};
    model.setDetected("/models/a.h5", "pooler", detected);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(index.data().toString(), "2:4 along rows");
    detected.transposable = {{8, 16}};
    model.setDetected("/models/a.h5", "pooler", detected);
    EXPECT_EQ(index.data().toString(), "8:16 along both");
    model.setDetected("/models/a.h5", "gone", detected);
    EXPECT_EQ(changes, 2);
    model.setDetected("/models/a.h5", "pooler", {});
    EXPECT_EQ(index.data().toString(), "dense");
}

TEST(TensorTreeModel, SaysWhatHardwareRunsAPattern)
{
    TensorTreeModel model;
    TensorInfo tensor = matrix("layer/0/weight", 64, 64);
    tensor.dtype = DType::F16;
    model.setFiles({{"/models/a.h5", {tensor}}});
    const QModelIndex index = model.find("/models/a.h5", "layer/0/weight").siblingAtColumn(TensorTreeModel::Hardware);
    EXPECT_EQ(index.data().toString(), "");
    DetectedPatterns detected;
    detected.elements = 64 * 64;
    detected.sparsity = 0.5;
    detected.alongRows = {{2, 4}};
    model.setDetected("/models/a.h5", "layer/0/weight", detected);
    EXPECT_EQ(index.data().toString(), "2:4 fwd");
    const QString tip = index.data(Qt::ToolTipRole).toString();
    EXPECT_TRUE(tip.contains("hardware: 2:4 runs forward")) << tip.toStdString();
    EXPECT_TRUE(tip.contains("(CUTLASS), 2:4 forward: yes")) << tip.toStdString();
    model.setDetected("/models/a.h5", "layer/0/weight", {});
    EXPECT_EQ(index.data().toString(), "");
}

TEST(TensorTreeModel, SaysWhatSolvingLeavesOut)
{
    TensorTreeModel model;
    TensorInfo bias = matrix("layer/0/bias", 64, 1);
    bias.shape = {64};
    model.setFiles({{"/models/a.h5", {bias, matrix("layer/0/weight", 64, 64), matrix("embed_tokens/weight", 64, 64)}}});
    const auto reason = [&](const char *path) {
        return model.find("/models/a.h5", path).data(TensorTreeModel::LeftOutRole).toString();
    };
    EXPECT_EQ(reason("layer/0/weight"), "");
    EXPECT_EQ(reason("layer/0/bias"), "is a bias");
    EXPECT_EQ(reason("embed_tokens/weight"), "is an embedding");
    const QModelIndex embedding = model.find("/models/a.h5", "embed_tokens/weight");
    EXPECT_TRUE(embedding.data(Qt::ToolTipRole).toString().contains("left out of solving the file: is an embedding"));
    EXPECT_TRUE(embedding.flags() & Qt::ItemIsSelectable); // it can be looked at
}

TEST(TensorTreeModel, WhatIsNoMatrixCannotBeChosen)
{
    TensorTreeModel model;
    TensorInfo bias = matrix("layer/0/bias", 384, 1);
    bias.shape = {384};
    model.setFiles({{"/models/a.h5", {bias, matrix("layer/0/weight", 384, 384)}}});
    EXPECT_FALSE(model.find("/models/a.h5", "layer/0/bias").flags() & Qt::ItemIsSelectable);
    EXPECT_TRUE(model.find("/models/a.h5", "layer/0/weight").flags() & Qt::ItemIsSelectable);
}

TEST(TensorTreeModel, FiltersThroughAProxy)
{
    TensorTreeModel model;
    QSortFilterProxyModel filter;
    filter.setSourceModel(&model);
    filter.setRecursiveFilteringEnabled(true);
    QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.setFiles({encoder()});
    filter.setFilterFixedString("query");
    ASSERT_EQ(filter.rowCount(), 1);
    EXPECT_EQ(filter.rowCount(filter.index(0, 0)), 1);
}

TEST(TensorTreeModel, ZerosByChanceAreNoPattern)
{
    TensorTreeModel model;
    model.setFiles({encoder()});
    const QModelIndex index = model.find("/models/a.h5", "pooler").siblingAtColumn(TensorTreeModel::Structure);
    DetectedPatterns detected;
    detected.elements = 384 * 384;
    detected.zeros = detected.elements / 2;
    detected.sparsity = 0.5;
    detected.alongRows = {{15, 16}, {27, 32}, {47, 64}};
    detected.alongColumns = {{15, 16}, {26, 32}, {48, 64}};
    detected.transposable = {{15, 16}, {27, 32}, {48, 64}};
    model.setDetected("/models/a.h5", "pooler", detected);
    EXPECT_EQ(index.data().toString(), "50 % zeros");
    detected.alongColumns = {{2, 4}, {4, 8}, {8, 16}, {16, 32}, {32, 64}};
    model.setDetected("/models/a.h5", "pooler", detected);
    EXPECT_EQ(index.data().toString(), "2:4 along columns");
}

TEST(TensorTreeModel, LayersAreInTheOrderOfTheirNumbers)
{
    TensorTreeModel model;
    std::vector<TensorInfo> tensors;
    for (const char *path : {"layer/0/w", "layer/1/w", "layer/10/w", "layer/11/w", "layer/2/w", "layer/9/w"})
        tensors.push_back(matrix(path, 64, 64));
    model.setFiles({{"/models/a.h5", tensors}});
    QStringList groups;
    for (int row = 0; row < model.rowCount(); ++row)
        groups << model.index(row, 0).data().toString();
    EXPECT_EQ(groups, (QStringList{"layer.0", "layer.1", "layer.2", "layer.9", "layer.10", "layer.11"}));
}

TEST(TensorTreeModel, TheOpenTensorAndWhatHoldsItAreMarked)
{
    TensorTreeModel model;
    model.setFiles({encoder()});
    const QModelIndex open = model.find("/models/a.h5", "encoder/layer/1/output/dense/weight");
    const QModelIndex other = model.find("/models/a.h5", "pooler");
    EXPECT_FALSE(open.data(TensorTreeModel::IsOpenRole).toBool());
    model.setOpen("/models/a.h5", "encoder/layer/1/output/dense/weight");
    EXPECT_TRUE(open.data(TensorTreeModel::IsOpenRole).toBool());
    EXPECT_TRUE(open.parent().data(TensorTreeModel::IsOpenRole).toBool());
    EXPECT_FALSE(other.data(TensorTreeModel::IsOpenRole).toBool());
    model.setOpen("/models/a.h5", "pooler");
    EXPECT_FALSE(open.data(TensorTreeModel::IsOpenRole).toBool());
    EXPECT_FALSE(open.parent().data(TensorTreeModel::IsOpenRole).toBool());
    EXPECT_TRUE(other.data(TensorTreeModel::IsOpenRole).toBool());
}

} // namespace
