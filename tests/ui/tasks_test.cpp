// SPDX-License-Identifier: Apache-2.0
// The questions that people bring, each answered in at most three actions of mouse and keyboard (five where said).
#include "core/jobs/model_overview.h"
#include "tests/ui/npy_support.h"
#include "tests/ui/window_fixture.h"
#include "ui/models/format.h"
#include "ui/models/model_table.h"
#include "ui/widgets/model_dock.h"
#include "ui/widgets/tensor_tree_dock.h"

#include <QAbstractButton>
#include <QClipboard>
#include <QDropEvent>
#include <QMimeData>
#include <QTableView>
#include <QTemporaryDir>
#include <QTreeView>

namespace nms::test {

class Tasks : public WindowTest
{
protected:
    /// The overview of the sample as the job computes it, with the settings of the panel.
    static jobs::ModelOverview overview()
    {
        jobs::OverviewSettings settings;
        settings.file = sample.toStdString();
        settings.tensors.skipInvalid = true;
        settings.target = 0.95;
        const auto cpu = makeCpuBackend();
        return jobs::modelOverview(settings, *cpu, *cpu, {}, {}, {}).value();
    }
    void lookAtTheModel()
    {
        press(Qt::Key_M, Qt::ControlModifier); // the first action
        ASSERT_TRUE(waitFor([&] { return !window->isModelOverviewRunning() && modelTable()->model()->rowCount() > 1; }));
    }
    QTableView *modelTable() const { return child<ModelDock>("model")->findChild<QTableView *>(); }
    /// The text of the first row, which is that of the whole model, under a heading.
    QString ofTheModel(const QString &heading) const
    {
        const QAbstractItemModel *model = modelTable()->model();
        for (int column = 0; column < model->columnCount(); ++column)
            if (model->headerData(column, Qt::Horizontal).toString() == heading)
                return model->index(0, column).data().toString();
        return QStringLiteral("no column %1").arg(heading);
    }
};

TEST_F(Tasks, WhichPatternKeeps95Percent)
{
    lookAtTheModel();
    const jobs::ModelOverview expected = overview();
    int found = 0;
    ASSERT_FALSE(expected.sufficient.empty());
    const QAbstractItemModel *model = modelTable()->model();
    for (const jobs::SufficientPattern &one : expected.sufficient)
        for (int column = ModelTable::FirstPattern; column < model->columnCount(); ++column)
            found += model->index(0, column).data().toString() == QString::fromStdString(one.pattern.text());
    EXPECT_EQ(found, int(expected.sufficient.size()));
    screenshot("task-95-percent");
}

TEST_F(Tasks, WhatTransposabilityCosts)
{
    lookAtTheModel();
    for (QAbstractButton *candidate : child<ModelDock>("model")->findChildren<QAbstractButton *>())
        if (candidate->text() == QStringLiteral("Price"))
            QTest::mouseClick(candidate, Qt::LeftButton); // the second
    const jobs::ModelOverview expected = overview();
    for (const jobs::PatternCost &cost : expected.costs) {
        const double price = (cost.rows.kept - cost.transposable.kept) / cost.rows.total;
        const QString text = ofTheModel(QString::fromStdString(cost.pattern.text()));
        EXPECT_NEAR(text.section(QLatin1Char(' '), 0, 0).toDouble(), 100 * price, 0.006) << text.toStdString();
    }
    screenshot("task-price");
}

TEST_F(Tasks, WhetherItIsSparseAlreadyAndAlongWhichAxis)
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("sparse.npy"));
    std::vector<float> weights(48 * 40);
    for (std::size_t i = 0; i < weights.size(); ++i)
        weights[i] = i % 4 < 2 ? float(i % 7) + 1 : 0; // 2:4 along rows; whole columns stay
    writeNpy(file, 48, 40, weights);
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(file)});
    QDragEnterEvent enter(QPoint(100, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window.get(), &enter);
    ASSERT_TRUE(enter.isAccepted());
    QDropEvent drop(QPointF(100, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier); // the only action
    QApplication::sendEvent(window.get(), &drop);
    const auto *tree = child<TensorTreeDock>("tensors")->findChild<QTreeView *>();
    const std::function<bool(const QModelIndex &)> isTold = [&](const QModelIndex &parent) {
        const QAbstractItemModel *model = tree->model();
        for (int row = 0; row < model->rowCount(parent); ++row) {
            for (int column = 0; column < model->columnCount(parent); ++column)
                if (model->index(row, column, parent).data().toString() == QStringLiteral("2:4 along rows"))
                    return true;
            if (isTold(model->index(row, 0, parent)))
                return true;
        }
        return false;
    };
    EXPECT_TRUE(waitFor([&] { return isTold({}); }));
}

TEST_F(Tasks, ThePictureIsOnTheClipboard)
{
    press(Qt::Key_2); // the view that is wanted
    press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    const QImage picture = QGuiApplication::clipboard()->image();
    ASSERT_FALSE(picture.isNull());
    EXPECT_GT(picture.width(), 300);
    EXPECT_GT(colorCount(picture), 20u);
}

} // namespace nms::test
