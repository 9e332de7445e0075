// SPDX-License-Identifier: Apache-2.0
// The preview of a large tensor is there only while that tensor is read.
#include "tests/ui/large_npy.h"
#include "ui/models/workspace.h"

#include "core/solver/cpu_backend.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <gtest/gtest.h>

#include <filesystem>

using namespace nms;

namespace {

constexpr int patience = 60000;

class WorkspacePreview : public testing::Test
{
protected:
    bool waitForTensor()
    {
        return QTest::qWaitFor([&] { return workspace.tensor() && !workspace.isLoading(); }, patience);
    }
    /// Calls `then` when the preview is there, on the GUI thread: the tensor cannot have come yet.
    void whenPreviewed(const std::function<void()> &then)
    {
        QObject::connect(&workspace, &Workspace::previewChanged, &workspace, [this, then] {
            if (workspace.preview() && !wasPreviewed) {
                wasPreviewed = true;
                then();
            }
        });
    }

    QTemporaryDir folder;
    bool wasPreviewed = false;
    Workspace workspace{{{QStringLiteral("cpu"), QStringLiteral("CPU"), std::shared_ptr<SolverBackend>(makeCpuBackend())}}};
};

TEST_F(WorkspacePreview, PrecedesALargeTensor)
{
    const QString file = QFileInfo(writeLargeNpy(folder.path())).canonicalFilePath();
    whenPreviewed([&] {
        EXPECT_FALSE(workspace.tensor());
        EXPECT_TRUE(workspace.isLoading());
        const TensorPreview &preview = *workspace.preview();
        EXPECT_EQ(preview.file, file);
        EXPECT_EQ(preview.info.path, "large");
        EXPECT_EQ(preview.info.rows(), largeRows);
        EXPECT_GE(preview.sample.cellsPerTexel, 8 * preview.sample.rowsPerTexel);
        EXPECT_EQ(preview.sample.magnitude(3, 0), 1);
        EXPECT_EQ(preview.sample.magnitude(3, preview.sample.magnitude.cols() - 1), float(1 + (largeCols - 1) / 1000));
    });
    bool hadPreview = true;
    QObject::connect(&workspace, &Workspace::tensorChanged, &workspace,
                     [&] { hadPreview = workspace.preview() != nullptr; });
    workspace.openFile(file);
    ASSERT_TRUE(waitForTensor());
    EXPECT_TRUE(wasPreviewed);
    EXPECT_FALSE(hadPreview); // never together with its own tensor
    EXPECT_FALSE(workspace.preview());
}

TEST_F(WorkspacePreview, SmallTensorsHaveNone)
{
    whenPreviewed([] {});
    workspace.openFile(QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5"));
    ASSERT_TRUE(waitForTensor());
    EXPECT_FALSE(wasPreviewed);
}

TEST_F(WorkspacePreview, GoesWhenLoadingIsCancelled)
{
    const QString file = writeLargeNpy(folder.path());
    whenPreviewed([&] { workspace.cancelLoading(); });
    workspace.openFile(file);
    ASSERT_TRUE(QTest::qWaitFor([&] { return wasPreviewed && !workspace.isLoading(); }, patience));
    EXPECT_FALSE(workspace.preview());
    EXPECT_FALSE(workspace.tensor());
}

TEST_F(WorkspacePreview, GoesWhenItsFileIsClosed)
{
    const QString file = QFileInfo(writeLargeNpy(folder.path())).canonicalFilePath();
    whenPreviewed([&] { workspace.closeFile(file); });
    workspace.openFile(file);
    ASSERT_TRUE(QTest::qWaitFor([&] { return wasPreviewed && !workspace.isLoading(); }, patience));
    EXPECT_FALSE(workspace.preview());
    EXPECT_FALSE(workspace.tensor());
}

TEST_F(WorkspacePreview, GoesWhenAnotherTensorIsChosen)
{
    const QString file = writeLargeNpy(folder.path());
    whenPreviewed([&] {
        workspace.openFile(QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5"));
        QObject::connect(&workspace, &Workspace::filesChanged, &workspace, [&] {
            // chosen right after this signal
            QMetaObject::invokeMethod(
                &workspace, [&] { EXPECT_FALSE(workspace.preview()); }, Qt::QueuedConnection);
        });
    });
    workspace.openFile(file);
    ASSERT_TRUE(QTest::qWaitFor(
        [&] { return workspace.tensor() && workspace.tensor()->info.rows() == 384 && !workspace.isLoading(); }, patience));
    EXPECT_TRUE(wasPreviewed);
    EXPECT_FALSE(workspace.preview());
}

TEST_F(WorkspacePreview, OfALoadThatFailsNothingRemains)
{
    const QString file = QFileInfo(writeLargeNpy(folder.path())).canonicalFilePath();
    const std::string name = file.toStdString();
    bool wasMade = false;
    LoadReports reports;
    reports.preview = [&](const std::shared_ptr<const TensorPreview> &) { // on the loading thread: nothing else is read yet
        wasMade = true;
        std::filesystem::resize_file(name, std::filesystem::file_size(name) / 2);
    };
    const auto loaded = loadTensor(file, "large", std::int64_t(1) << 40, {}, reports);
    EXPECT_TRUE(wasMade);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().kind, ErrorKind::Input) << loaded.error().line();

    // The same in the workspace, whose previewChanged() comes while the rest is being read.
    writeLargeNpy(folder.path());
    whenPreviewed([] {});
    workspace.openFile(file);
    ASSERT_TRUE(waitForTensor());
    std::filesystem::resize_file(name, std::filesystem::file_size(name) / 2);
    workspace.selectTensor(file, QStringLiteral("large"));
    ASSERT_TRUE(QTest::qWaitFor([&] { return !workspace.isLoading(); }, patience));
    EXPECT_FALSE(workspace.preview());
    EXPECT_TRUE(workspace.tensor()); // the one before
}

} // namespace
