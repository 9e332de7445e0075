// SPDX-License-Identifier: Apache-2.0
// MainWindow: its menus, their keys and the list of all commands.
#include "ui/models/tile_figures.h"
#include "ui/models/tile_inspection.h"
#include "ui/models/transport.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/breakpoint_dialog.h"
#include "ui/widgets/command_palette.h"
#include "ui/widgets/comparison_dock.h"
#include "ui/widgets/convergence_dock.h"
#include "ui/widgets/documentation_window.h"
#include "ui/widgets/help_dialogs.h"
#include "ui/widgets/log_dock.h"
#include "ui/widgets/main_window.h"
#include "ui/widgets/range_dialog.h"
#include "ui/widgets/sandbox_history_bar.h"
#include "ui/widgets/sandbox_page.h"
#include "ui/widgets/tensor_tree_dock.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tile_dock.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

#include <utility>

namespace nms {

QAction *MainWindow::addCommand(QMenu *menu, const QString &text, const QList<QKeySequence> &keys,
                                const std::function<void()> &run)
{
    QAction *action = menu->addAction(text);
    action->setShortcuts(keys);
    // The menus are all under one button: without this the keys would work only while its menu is open.
    addAction(action);
    connect(action, &QAction::triggered, this, run);
    if (!keys.isEmpty())
        m_commands << action;
    return action;
}

void MainWindow::createMenus()
{
    QMenu *file = m_menu->addMenu(tr("File"));
    addCommand(file, tr("Open…"), {QKeySequence::Open}, [this] { chooseFiles(); });
    QMenu *recent = file->addMenu(tr("Open recent"));
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { fillRecentFiles(recent); });
    addCommand(file, tr("Close file"), {QKeySequence(QStringLiteral("Ctrl+W"))}, [this] {
        if (const auto tensor = m_workspace.tensor())
            m_workspace.closeFile(tensor->file);
    });
    addCommand(file, tr("Choose calibration file…"), {QKeySequence(QStringLiteral("Ctrl+Shift+O"))},
               [this] { chooseCalibration(); });
    file->addSeparator();
    addSandbox(file);
    file->addSeparator();
    QAction *exportAction =
        addCommand(file, tr("Export mask…"), {QKeySequence(QStringLiteral("Ctrl+E"))}, [this] { chooseExport(); });
    connect(file, &QMenu::aboutToShow, this,
            [this, exportAction] { exportAction->setEnabled(m_workspace.solution() != nullptr); });
    // Enabled while the menu is closed, so that its key works, and reports when there is no mask.
    connect(file, &QMenu::aboutToHide, this, [exportAction] { exportAction->setEnabled(true); });
    addOutput(file);
    file->addSeparator();
    addSession(file);
    file->addSeparator();
    addCommand(file, tr("Quit"), {QKeySequence(QStringLiteral("Ctrl+Q"))}, [this] { close(); });

    addEditing(m_menu->addMenu(tr("Edit")));

    QMenu *look = m_menu->addMenu(tr("View"));
    auto *views = new QActionGroup(this);
    const QString names[] = {tr("Weights"), tr("Score"), tr("Plan"), tr("Mask"), tr("Error")};
    for (int i = 0; i < int(std::size(names)); ++i) {
        QAction *action =
            addCommand(look, names[i], {QKeySequence(Qt::Key_1 + i)}, [this, i] { m_workspace.setView(MatrixView(i)); });
        action->setCheckable(true);
        action->setChecked(int(m_workspace.view()) == i);
        views->addAction(action);
    }
    connect(&m_workspace, &Workspace::viewChanged, views, [views](MatrixView view) {
        if (QAction *action = views->actions().value(int(view)))
            action->setChecked(true);
    });
    look->addSeparator();
    addCommand(look, tr("Fit the matrix"), {QKeySequence(Qt::Key_Home)}, [this] { m_viewport->fitAll(); });
    addCommand(look, tr("Zoom in"), {QKeySequence(QStringLiteral("Ctrl++")), QKeySequence(QStringLiteral("Ctrl+="))},
               [this] { m_viewport->zoomBy(1.5); });
    addCommand(look, tr("Zoom out"), {QKeySequence(QStringLiteral("Ctrl+-"))}, [this] { m_viewport->zoomBy(1 / 1.5); });
    addCommand(look, tr("Range of the colours…"), {QKeySequence(QStringLiteral("Ctrl+L"))}, [this] { editRange(); });
    addCommand(look, tr("Find a tensor"), {QKeySequence::Find}, [this] {
        m_tensors->show();
        m_tensors->focusFilter();
    });
    look->addSeparator();
    QMenu *panels = look->addMenu(tr("Panels"));
    for (QDockWidget *dock : findChildren<QDockWidget *>())
        panels->addAction(dock->toggleViewAction());
    addCommand(look, tr("Sandbox or matrix"), {QKeySequence(QStringLiteral("Ctrl+Shift+N"))}, [this] { toggleSandbox(); });
    addCommand(look, tr("Fold all panels"), {QKeySequence(Qt::Key_F9)}, [this] { foldPanels(); });
    addPresentation(look);
    addCommand(look, tr("Reset layout"), {}, [this] { resetLayout(); });
    QAction *light = look->addAction(tr("Light theme"));
    light->setCheckable(true);
    light->setChecked(!theme().isDark);
    connect(light, &QAction::triggered, this, [this](bool isLight) {
        applyTheme(*qApp, !isLight);
        if (m_start == Start::Remembered)
            QSettings().setValue(QStringLiteral("window/light"), isLight);
    });

    QMenu *run = m_menu->addMenu(tr("Run"));
    addCommand(run, tr("Run or pause"), {QKeySequence(Qt::Key_Space)}, [this] {
        if (SandboxPage *sandbox = shownSandbox())
            sandbox->historyBar().togglePlaying();
        else
            Transport::of(m_workspace).toggle();
    });
    addCommand(run, tr("Step"), {QKeySequence(Qt::Key_Period)}, [this] {
        if (SandboxPage *sandbox = shownSandbox())
            sandbox->historyBar().step(1);
        else
            Transport::of(m_workspace).stepForward();
    });
    addCommand(run, tr("Look one iteration back"), {QKeySequence(Qt::Key_Comma)}, [this] {
        if (SandboxPage *sandbox = shownSandbox())
            sandbox->historyBar().step(-1);
        else
            Transport::of(m_workspace).stepBack();
    });
    addCommand(run, tr("Back to the live state"), {QKeySequence(Qt::Key_End)}, [this] {
        if (SandboxPage *sandbox = shownSandbox())
            sandbox->historyBar().toEnd();
        else
            Transport::of(m_workspace).followLive();
    });
    addCommand(run, tr("Rewind the run to here"), {QKeySequence(QStringLiteral("Ctrl+Backspace"))},
               [this] { Transport::of(m_workspace).rewindHere(); });
    addCommand(run, tr("Restart"), {QKeySequence(QStringLiteral("Ctrl+R"))},
               [this] { Transport::of(m_workspace).restart(); });
    addCommand(run, tr("Cancel"), {QKeySequence(QStringLiteral("Shift+Esc"))},
               [this] { Transport::of(m_workspace).cancel(); });
    addCommand(run, tr("Pause when…"), {QKeySequence(QStringLiteral("Ctrl+B"))}, [this] { editBreakpoint(); });
    addCommand(run, tr("Go to the first iteration with a residual below the limit"), {QKeySequence(Qt::Key_G)},
               [this] { m_convergence->goToConverged(); });
    addCommand(run, tr("Compare with double precision"), {QKeySequence(QStringLiteral("Ctrl+Alt+D"))},
               [this] { m_convergence->toggleDrift(); });
    run->addSeparator();
    addCommand(run, tr("Prune the layer"), {QKeySequence(QStringLiteral("Ctrl+P"))}, [this] {
        showPanel(QStringLiteral("pruning"));
        m_workspace.setShowsPruning(true);
        Transport::of(m_workspace).toggle();
    });
    addCommand(run, tr("Compare patterns and methods"), {QKeySequence(QStringLiteral("Ctrl+K"))}, [this] {
        showPanel(QStringLiteral("comparison"));
        compare();
    });
    addCommand(run, tr("Look at the whole model"), {QKeySequence(QStringLiteral("Ctrl+M"))}, [this] {
        showPanel(QStringLiteral("model"));
        toggleModelOverview();
    });

    addRuns(m_menu->addMenu(tr("Runs")));
    QMenu *tile = m_menu->addMenu(tr("Tile"));
    addCommand(tile, tr("Go to the worst tile"), {QKeySequence(Qt::Key_W)}, [this] { goToWorstTile(std::nullopt); });
    addCommand(tile, tr("Go to the most violated row or column"), {QKeySequence(Qt::Key_V)},
               [this] { goToWorstTile(TileFigure::Residual); });
    addCommand(tile, tr("Next decision of the rounding"), {QKeySequence(Qt::Key_F8)}, [this] { moveStep(1); });
    addCommand(tile, tr("Previous decision of the rounding"), {QKeySequence(Qt::Key_F7)}, [this] { moveStep(-1); });
    addCommand(tile, tr("Next swap of the rounding"), {QKeySequence(QStringLiteral("Shift+F8"))}, [this] { moveStep(0); });
    addCommand(tile, tr("Try other settings on the tile"), {QKeySequence(Qt::Key_T)},
               [this] { m_tile->showPage(TileDock::Lab); });

    QMenu *help = m_menu->addMenu(tr("Help"));
    addLessons(help);
    addCommand(help, tr("Find a command…"), {QKeySequence(QStringLiteral("Ctrl+Shift+P"))},
               [this] { (new CommandPalette(actionsUnder(*m_menu), this))->openOver(); });
    addCommand(help, tr("Documentation of what has the keyboard"), {QKeySequence(Qt::Key_F1)},
               [this] { openDocumentation(placeOfFocus()); });
    addCommand(help, tr("Documentation"), {}, [this] { openDocumentation(QStringLiteral("index.md")); });
    addCommand(help, tr("Keyboard and mouse"), {QKeySequence(QStringLiteral("Ctrl+F1")), QKeySequence(Qt::Key_Question)},
               [this] { showShortcutList(); });
    addCommand(help, tr("About nmscope"), {}, [this] {
        QStringList backends;
        for (const BackendChoice &choice : m_workspace.backends())
            backends << choice.label;
        showAbout(this, m_viewport->deviceName(), backends);
    });
}

/// Ranked by the figure of the Tiles table unless another one is given; flies there and shows why.
void MainWindow::goToWorstTile(std::optional<TileFigure> by)
{
    const TileFigures figures = TileFigures::of(m_workspace);
    const auto worst = figures.worst(by.value_or(figures.rankedBy(m_workspace)));
    if (!worst) {
        takeMessage(MessageLevel::Warning, tr("There are no figures of tiles yet: run the solver first"));
        return;
    }
    m_workspace.flyToTile(*worst);
    m_tile->showPage(TileDock::Why);
}

/// By −1 or 1 decision; 0: to the next swap.
void MainWindow::moveStep(int by)
{
    TileInspection &inspection = TileInspection::of(m_workspace);
    inspection.update();
    m_tile->showPage(TileDock::Steps);
    if (by == 0)
        inspection.toNextSwap();
    else
        inspection.moveStep(by);
    if (!inspection.isThere())
        takeMessage(MessageLevel::Warning, tr("Choose a tile first: its decisions are shown in the Tile panel"));
}

void MainWindow::editRange()
{
    const LegendRange range = m_viewport->legendRange();
    if (!range.isThere) {
        takeMessage(MessageLevel::Warning, tr("This view has no range of colours to set"));
        return;
    }
    auto *dialog = new RangeDialog(
        range, [this](const std::optional<ValueScale> &scale) { m_viewport->setLegendRange(scale); }, this);
    dialog->open();
}

void MainWindow::editBreakpoint()
{
    (new BreakpointDialog(m_workspace, this))->open();
}

void MainWindow::fillRecentFiles(QMenu *menu)
{
    menu->clear();
    for (const QString &name : QSettings().value(QStringLiteral("files/recent")).toStringList()) {
        QAction *action = menu->addAction(QFileInfo(name).fileName(), this, [this, name] { m_workspace.openFile(name); });
        action->setToolTip(name);
    }
    menu->setToolTipsVisible(true);
    if (menu->isEmpty())
        menu->addAction(tr("none yet"))->setEnabled(false);
}

void MainWindow::setDocumentation(DocumentationPages pages)
{
    m_documentation = std::move(pages);
}

void MainWindow::openDocumentation(const QString &place)
{
    if (m_documentationWindow == nullptr)
        m_documentationWindow = new DocumentationWindow([this](const QString &name) { return m_documentation(name); }, this);
    m_documentationWindow->openAt(place);
}

/// The panel that contains the widget with the keyboard. Everything else belongs to the matrix; its window is none of Qt's
/// widgets where Vulkan draws it.
QString MainWindow::placeOfFocus() const
{
    for (const QWidget *widget = QApplication::focusWidget(); widget != nullptr; widget = widget->parentWidget())
        if (const auto *dock = qobject_cast<const QDockWidget *>(widget))
            return QStringLiteral("panels.md#") + anchorOf(dock->windowTitle());
    return QStringLiteral("panels.md#the-matrix");
}

void MainWindow::showShortcutList()
{
    ShortcutSection keys{tr("Keys"), {}};
    for (const QAction *action : m_commands)
        keys.keys << qMakePair(action->shortcut().toString(QKeySequence::NativeText), action->text());
    const ShortcutSection mouse{tr("In the viewport"),
                                {{tr("drag"), tr("pan")},
                                 {tr("wheel"), tr("zoom to the cursor")},
                                 {tr("click"), tr("select a tile")},
                                 {tr("Shift, drag"), tr("draw a region: sums, and values to copy")},
                                 {tr("double click"), tr("fly to a tile")},
                                 {tr("arrows"), tr("select the next tile")},
                                 {QStringLiteral("Esc"), tr("drop the region, then the selection")},
                                 {QStringLiteral("F"), tr("fit the matrix")},
                                 {QStringLiteral("+ −"), tr("zoom")},
                                 {QStringLiteral("I"), tr("tile inspector")}}};
    showShortcuts(this, {keys, mouse});
}

} // namespace nms
