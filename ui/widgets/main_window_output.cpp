// SPDX-License-Identifier: Apache-2.0
// MainWindow: pictures, values and tables for the clipboard and for files.
#include "core/jobs/report_html.h"
#include "ui/models/comparison_report.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/comparison_chart.h"
#include "ui/widgets/convergence_chart.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/model_dock.h"
#include "ui/widgets/picture_dialog.h"
#include "ui/widgets/prune_chart.h"
#include "ui/widgets/prune_price_chart.h"
#include "ui/widgets/sandbox_page.h"
#include "ui/widgets/statistics_chart.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMenu>
#include <QSaveFile>

namespace nms {

void MainWindow::addOutput(QMenu *menu)
{
    addCommand(menu, tr("Copy picture"), {QKeySequence(QStringLiteral("Ctrl+Shift+C"))}, [this] { copyPicture(); });
    addCommand(menu, tr("Save picture…"), {QKeySequence(QStringLiteral("Ctrl+Shift+S"))},
               [this] { showPictureDialog(picture()); });
    QMenu *charts = menu->addMenu(tr("Picture of a chart"));
    const auto addChart = [&](const QString &text, const QString &name, QChartView *chart) {
        addCommand(charts, text, {}, [this, name, chart] { showPictureDialog(pictureOf(*chart, name)); });
    };
    addChart(tr("Convergence…"), QStringLiteral("convergence"), findChild<ConvergenceChart *>());
    addChart(tr("Comparison…"), QStringLiteral("comparison"), findChild<ComparisonChart *>());
    addChart(tr("Steps of the pruning…"), QStringLiteral("pruning"), findChild<PruneChart *>());
    addChart(tr("Price of transposability…"), QStringLiteral("price"), findChild<PrunePriceChart *>());
    addChart(tr("Statistics…"), QStringLiteral("statistics"), findChild<StatisticsChart *>());
    addCommand(menu, tr("Copy values"), {QKeySequence::Copy}, [this] { copyValues(); });
    QMenu *tables = menu->addMenu(tr("Save table"));
    const auto addTable = [&](const QString &text, const QString &name, TableKind kind) {
        addCommand(tables, text, {}, [this, name, kind] { saveTable(kind, name); });
    };
    addTable(tr("Comparison…"), QStringLiteral("comparison"), TableKind::Comparison);
    addTable(tr("Tiles…"), QStringLiteral("tiles"), TableKind::Tiles);
    addTable(tr("Tensors…"), QStringLiteral("tensors"), TableKind::Tensors);
    addTable(tr("Iterations…"), QStringLiteral("iterations"), TableKind::Iterations);
    addTable(tr("Prunings compared…"), QStringLiteral("prunings"), TableKind::Prunings);
    addTable(tr("Runs…"), QStringLiteral("runs"), TableKind::Runs);
    addTable(tr("Tiles that differ…"), QStringLiteral("difference"), TableKind::Difference);
    addTable(tr("Entries of the tile that differ…"), QStringLiteral("entries"), TableKind::DifferingEntries);
    QMenu *reports = menu->addMenu(tr("Save report"));
    addCommand(reports, tr("Report of the comparison…"), {}, [this] {
        const jobs::CompareReport report = comparisonReport(m_workspace);
        saveReport(report.masks.empty() ? QByteArray() : QByteArray::fromStdString(jobs::toHtml(report)),
                   QStringLiteral("comparison"));
    });
    addCommand(reports, tr("Report of the model…"), {}, [this] { saveReport(m_model->report(), QStringLiteral("model")); });
}

PictureSource MainWindow::picture() const
{
    const SandboxPage *sandbox = shownSandbox();
    return sandbox != nullptr ? sandbox->picture() : pictureOf(*m_viewport);
}

void MainWindow::copyPicture()
{
    const PictureSource source = picture();
    QGuiApplication::clipboard()->setImage(imageOf(source, source.size, devicePixelRatioF(), false));
    takeMessage(MessageLevel::Info, tr("Copied the picture of %1").arg(source.name));
}

void MainWindow::showPictureDialog(const PictureSource &source)
{
    auto *dialog = new PictureDialog(source, folderToOpen(), this);
    connect(dialog, &PictureDialog::told, this, [this](bool isDone, const QString &text) {
        takeMessage(isDone ? MessageLevel::Info : MessageLevel::Error, text);
    });
    dialog->open();
}

void MainWindow::copyValues()
{
    if (SandboxPage *sandbox = shownSandbox()) {
        sandbox->copyCells();
        return;
    }
    const Viewport::CopiedValues values = m_viewport->copiedValues();
    if (values.text.isEmpty()) {
        takeMessage(MessageLevel::Warning, values.refusal);
        return;
    }
    QGuiApplication::clipboard()->setText(values.text);
    takeMessage(MessageLevel::Info, tr("Copied %1 values").arg(values.count));
}

void MainWindow::saveTable(TableKind kind, const QString &name)
{
    const Table table = tableOf(m_workspace, kind);
    if (table.isEmpty()) {
        takeMessage(MessageLevel::Warning, tr("That table is empty yet"));
        return;
    }
    QString filter;
    const QString csv = tr("CSV (*.csv)"), json = tr("JSON (*.json)");
    QString fileName =
        QFileDialog::getSaveFileName(this, tr("Save table"), QDir(folderToOpen()).filePath(name + QStringLiteral(".csv")),
                                     csv + QStringLiteral(";;") + json, &filter);
    if (fileName.isEmpty())
        return;
    if (QFileInfo(fileName).suffix().isEmpty())
        fileName += filter == json ? QStringLiteral(".json") : QStringLiteral(".csv");
    const bool isJson = fileName.endsWith(QLatin1String(".json"), Qt::CaseInsensitive);
    saveFile(fileName, isJson ? toJson(table) : toCsv(table));
}

/// Saves one HTML page that needs nothing else.
void MainWindow::saveReport(const QByteArray &html, const QString &name)
{
    if (html.isEmpty()) {
        takeMessage(MessageLevel::Warning,
                    tr("There is nothing to report yet: compare (Ctrl+K), or look at the model (Ctrl+M)"));
        return;
    }
    QString fileName = QFileDialog::getSaveFileName(
        this, tr("Save report"), QDir(folderToOpen()).filePath(name + QStringLiteral(".html")), tr("HTML (*.html)"));
    if (fileName.isEmpty())
        return;
    if (QFileInfo(fileName).suffix().isEmpty())
        fileName += QStringLiteral(".html");
    saveFile(fileName, html);
}

void MainWindow::saveFile(const QString &fileName, const QByteArray &contents)
{
    QSaveFile file(fileName);
    if (file.open(QIODevice::WriteOnly) && file.write(contents) == contents.size() && file.commit())
        takeMessage(MessageLevel::Info, tr("Saved %1").arg(fileName));
    else
        takeMessage(MessageLevel::Error, tr("%1: cannot be written: %2").arg(fileName, file.errorString()));
}

} // namespace nms
