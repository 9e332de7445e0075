// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/main_window.h"
#include "core/io/weights_format.h"

#include "ui/models/mask_comparison.h"
#include "ui/models/prune_run.h"
#include "ui/models/run_list.h"
#include "ui/viewport/viewport.h"
#include "ui/widgets/comparison_dock.h"
#include "ui/widgets/convergence_dock.h"
#include "ui/widgets/difference_dock.h"
#include "ui/widgets/export_dialog.h"
#include "ui/widgets/lesson_dock.h"
#include "ui/widgets/lesson_mode.h"
#include "ui/widgets/log_dock.h"
#include "ui/widgets/model_dock.h"
#include "ui/widgets/notice_bar.h"
#include "ui/widgets/presentation.h"
#include "ui/widgets/prune_dock.h"
#include "ui/widgets/run_pace.h"
#include "ui/widgets/run_settings_dock.h"
#include "ui/widgets/runs_dock.h"
#include "ui/widgets/statistics_dock.h"
#include "ui/widgets/status_strip.h"
#include "ui/widgets/tensor_tree_dock.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tile_dock.h"
#include "ui/widgets/tiles_dock.h"
#include "ui/widgets/top_bar.h"

#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMenu>
#include <QMimeData>
#include <QScreen>
#include <QSettings>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

static constexpr int layoutVersion = 5;
static constexpr QSize roomOfFrame(16, 48); // space that a window manager may need around the window
static constexpr int recentFileCount = 10;
static constexpr int mostCalibrations = 100; // that are remembered

MainWindow::MainWindow(Workspace &workspace, Start start, QWidget *parent)
    : QMainWindow(parent), m_workspace(workspace), m_start(start), m_menu(new QMenu(this))
{
    setWindowTitle(QStringLiteral("nmscope"));
    setAcceptDrops(true);
    setAnimated(false);
    if (m_start == Start::Remembered)
        restore();

    auto *center = new QWidget(this);
    auto *layout = new QVBoxLayout(center);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_notice = new NoticeBar(center);
    m_viewport = new Viewport(workspace, false, center);
    m_viewport->setMinimumSize(320, 240);
    layout->addWidget(m_notice);
    layout->addWidget(m_viewport, 1);
    setCentralWidget(center);

    createDocks();
    createSession();
    createMenus();
    m_menu->setObjectName(QStringLiteral("mainMenu"));
    setMenuWidget(new TopBar(workspace, m_menu, this));
    setStatusBar(new StatusStrip(workspace, this));

    connect(&workspace, &Workspace::message, this, &MainWindow::takeMessage);
    connect(&workspace, &Workspace::tensorChanged, m_notice, &NoticeBar::leaveTensor);
    connect(&workspace, &Workspace::optionsChanged, m_notice, &NoticeBar::leaveTensor);
    connect(&workspace, &Workspace::filesChanged, this, &MainWindow::noteFiles);
    connect(&workspace, &Workspace::tensorChanged, this, &MainWindow::recallCalibration);
    connect(&workspace, &Workspace::pruningChanged, this, &MainWindow::noteCalibration);
    connect(&workspace, &Workspace::flyRequested, m_viewport, &Viewport::goToTile);
    connect(m_viewport, &Viewport::copyWanted, this, &MainWindow::copyValues);
    connect(m_viewport, &Viewport::breakpointEditWanted, this, &MainWindow::editBreakpoint);
    connect(m_viewport, &Viewport::rangeEditWanted, this, &MainWindow::editRange);
    connect(&workspace, &Workspace::tensorChanged, this, [this] {
        const auto tensor = m_workspace.tensor();
        setWindowTitle(tensor ? QStringLiteral("%1 – nmscope").arg(QFileInfo(tensor->file).fileName())
                              : QStringLiteral("nmscope"));
    });

    if (m_start == Start::Remembered)
        new RunPace(workspace, this);
    m_viewport->setFocus(); // otherwise the first keys would go to the tensor filter
    const QSize available = QGuiApplication::primaryScreen()->availableSize() - roomOfFrame;
    resize(QSize(1600, 1000).boundedTo(available));
    resetLayout();
    if (m_start == Start::Remembered) {
        const QSettings settings;
        restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
        const QByteArray state = settings.value(QStringLiteral("window/state")).toByteArray();
        if (m_isSmallLayout != isSmall())
            resetLayout(); // for the restored size
        if (m_isSmallLayout)
            m_wideState = state;
        else
            restoreState(state, layoutVersion);
    }
    if (!m_viewport->fallbackReason().isEmpty())
        m_log->append(MessageLevel::Warning, m_viewport->fallbackReason()); // the viewport itself shows it, too
}

MainWindow::~MainWindow() = default;

void MainWindow::setInitialSize(QSize size)
{
    resize(size);
    move(0, 0);
    resetLayout();
}

void MainWindow::createDocks()
{
    m_tensors = new TensorTreeDock(m_workspace, this);
    m_run = new RunSettingsDock(m_workspace, this);
    m_tile = new TileDock(m_workspace, this);
    m_convergence = new ConvergenceDock(m_workspace, this);
    connect(m_convergence, &ConvergenceDock::message, this,
            [this](const QString &text) { takeMessage(MessageLevel::Info, text, MessageSubject::Tensor); });
    m_comparison = new ComparisonDock(m_workspace, this);
    connect(m_comparison, &ComparisonDock::message, this,
            [this](MessageLevel level, const QString &text) { takeMessage(level, text, MessageSubject::Tensor); });
    m_model = new ModelDock(m_workspace, this);
    m_pruning = new PruneDock(m_workspace, this);
    m_runs = new RunsDock(m_workspace, this);
    m_difference = new DifferenceDock(m_workspace, this);
    m_tiles = new TilesDock(m_workspace, this);
    m_statistics = new StatisticsDock(m_workspace, this);
    m_log = new LogDock(this);
    connect(&m_workspace, &Workspace::previewChanged, this, &MainWindow::noteWhosePanels);
    m_lessons = new LessonMode(m_workspace, *this, m_start == Start::Remembered);
    m_presentation = new Presentation(*this, *m_viewport, m_lessons->dock(), m_lessons->player());
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    setDockOptions(AllowTabbedDocks | AllowNestedDocks);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
}

/// While another tensor is previewed, panels still have the figures of the one before.
void MainWindow::noteWhosePanels()
{
    const auto tensor = m_workspace.tensor();
    const auto preview = m_workspace.preview();
    const QString note = tensor && preview
        ? tr("Still of %1, until %2 is read")
              .arg(QString::fromStdString(tensor->info.path), QString::fromStdString(preview->info.path))
        : QString();
    const bool hasRun = m_workspace.sessionStatus().state != SessionState::Idle;
    const std::initializer_list<std::pair<PanelDock *, bool>> haveFigures = {
        {m_run, hasRun},
        {m_convergence, hasRun},
        {m_tiles, hasRun},
        {m_tile, m_workspace.selectedTile().has_value()},
        {m_comparison, !m_workspace.comparison().empty()},
        {m_difference, MaskComparison::of(m_workspace).difference() != nullptr},
        {m_pruning, m_workspace.pruning().shown() != nullptr},
        {m_statistics, true}};
    for (const auto &[panel, hasFigures] : haveFigures)
        panel->setNote(hasFigures ? note : QString());
}

QList<QDockWidget *> MainWindow::docks() const
{
    return QList<QDockWidget *>{m_tensors, m_run,  m_tile,       m_convergence, m_comparison, m_model,
                                m_pruning, m_runs, m_difference, m_tiles,       m_statistics, m_log} +
        m_added;
}

void MainWindow::addPanel(PanelDock *dock)
{
    m_added << dock;
    tabifyDockWidget(m_log, dock);
    dock->setTabbed(true);
    dock->show();
    dock->raise();
}

bool MainWindow::isSmall() const
{
    return width() < scaled(1180) || height() < scaled(660);
}

void MainWindow::resetLayout()
{
    m_wideState.clear();
    m_unfoldedState.clear();
    m_isSmallLayout = isSmall();
    for (QDockWidget *dock : docks()) {
        dock->setFloating(false);
        removeDockWidget(dock);
    }
    removeDockWidget(&m_lessons->dock());
    m_isSmallLayout ? layOutSmall() : layOutWide();
    addDockWidget(Qt::LeftDockWidgetArea, &m_lessons->dock());
    tabifyDockWidget(m_tensors, &m_lessons->dock());
    placeLesson();
    for (PanelDock *dock : findChildren<PanelDock *>())
        dock->setTabbed(!tabifiedDockWidgets(dock).isEmpty());
}

/// Puts all panels into two areas, one beside and one below the viewport.
void MainWindow::layOutSmall()
{
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    addDockWidget(Qt::LeftDockWidgetArea, m_tensors);
    tabifyDockWidget(m_tensors, m_run);
    tabifyDockWidget(m_run, m_tile);
    addDockWidget(Qt::BottomDockWidgetArea, m_convergence);
    tabifyDockWidget(m_convergence, m_comparison);
    tabifyDockWidget(m_comparison, m_model);
    tabifyDockWidget(m_model, m_pruning);
    tabifyDockWidget(m_pruning, m_runs);
    tabifyDockWidget(m_runs, m_difference);
    tabifyDockWidget(m_difference, m_tiles);
    tabifyDockWidget(m_tiles, m_statistics);
    tabifyDockWidget(m_statistics, m_log);
    for (QDockWidget *dock : m_added)
        tabifyDockWidget(m_log, dock);
    for (QDockWidget *dock : docks())
        dock->show();
    m_tensors->raise();
    m_convergence->raise();
    resizeDocks({m_tensors}, {std::min(scaled(316), width() * 2 / 5)}, Qt::Horizontal);
    resizeDocks({m_convergence}, {height() / 3}, Qt::Vertical);
}

void MainWindow::layOutWide()
{
    setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
    addDockWidget(Qt::LeftDockWidgetArea, m_tensors);
    addDockWidget(Qt::RightDockWidgetArea, m_run);
    splitDockWidget(m_run, m_tile, Qt::Vertical);
    addDockWidget(Qt::BottomDockWidgetArea, m_convergence);
    splitDockWidget(m_convergence, m_comparison, Qt::Horizontal);
    tabifyDockWidget(m_comparison, m_model);
    tabifyDockWidget(m_model, m_pruning);
    tabifyDockWidget(m_pruning, m_runs);
    tabifyDockWidget(m_runs, m_difference);
    tabifyDockWidget(m_difference, m_tiles);
    tabifyDockWidget(m_tiles, m_statistics);
    tabifyDockWidget(m_statistics, m_log);
    for (QDockWidget *dock : m_added)
        tabifyDockWidget(m_log, dock);
    for (QDockWidget *dock : docks())
        dock->show();
    m_comparison->raise();
    const bool isWide = width() >= scaled(1440);
    const int runWidth = static_cast<PanelDock *>(m_run)->contentWidth() + scaled(12); // with space for a scroll bar
    resizeDocks({m_tensors, m_run}, {scaled(isWide ? 356 : 264), std::max(scaled(312), runWidth)}, Qt::Horizontal);
    resizeDocks({m_convergence}, {scaled(height() >= 900 ? 264 : 208)}, Qt::Vertical);
    resizeDocks({m_convergence, m_comparison}, {scaled(isWide ? 600 : 420), scaled(isWide ? 680 : 560)}, Qt::Horizontal);
    resizeDocks({m_run, m_tile}, {scaled(580), scaled(340)}, Qt::Vertical);
}

/// While a lesson is open its panel is in front, beside the matrix, and wide enough to read.
void MainWindow::placeLesson()
{
    LessonDock &dock = m_lessons->dock();
    const bool isOpen = m_lessons->player().lesson() != nullptr;
    dock.setVisible(isOpen);
    if (!isOpen) {
        setCorner(Qt::BottomLeftCorner, m_isSmallLayout ? Qt::LeftDockWidgetArea : Qt::BottomDockWidgetArea);
        return;
    }
    dock.raise();
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea); // the text gets the whole height
    const int width = std::min(scaled(480), this->width() * 2 / 5);
    resizeDocks({&dock}, {width}, Qt::Horizontal);
}

/// When the window becomes small, its panels move into two areas; when it becomes large again, they return.
void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    if (!isVisible() || isSmall() == m_isSmallLayout)
        return;
    if (!m_isSmallLayout) {
        const QByteArray wide = saveState(layoutVersion);
        resetLayout();
        m_wideState = wide;
        return;
    }
    const QByteArray wide = m_wideState;
    resetLayout();
    if (!wide.isEmpty())
        restoreState(wide, layoutVersion);
}

/// Hides all panels, so that only the viewport is shown; a second call restores them.
void MainWindow::foldPanels()
{
    if (!m_unfoldedState.isEmpty()) {
        const QByteArray state = m_unfoldedState;
        m_unfoldedState.clear();
        restoreState(state, layoutVersion);
        return;
    }
    const QByteArray state = saveState(layoutVersion);
    for (QDockWidget *dock : docks())
        dock->hide();
    m_unfoldedState = state;
}

void MainWindow::chooseFiles()
{
    QStringList patterns;
    for (const WeightsFormat *format : weightsFormats())
        for (const std::string_view ending : format->endings)
            patterns << QLatin1Char('*') + QString::fromUtf8(ending.data(), qsizetype(ending.size()));
    patterns << QStringLiteral("*.nmscope");
    const QStringList names = QFileDialog::getOpenFileNames(
        this, tr("Open weights, a session or a tile"), folderToOpen(),
        tr("Weights, sessions, tiles (%1);;All files (*)").arg(patterns.join(QLatin1Char(' '))));
    if (names.isEmpty())
        return;
    m_openFolder = QFileInfo(names.front()).absolutePath();
    if (m_start == Start::Remembered)
        QSettings().setValue(QStringLiteral("files/folder"), m_openFolder);
    for (const QString &name : names)
        m_workspace.openFile(name);
}

/// The folder in which the last file was chosen, otherwise that of the open file.
QString MainWindow::folderToOpen() const
{
    if (QFileInfo(m_openFolder).isDir())
        return m_openFolder;
    const auto tensor = m_workspace.tensor();
    return tensor ? QFileInfo(tensor->file).absolutePath() : QString();
}

void MainWindow::chooseExport()
{
    if (!m_workspace.solution()) {
        takeMessage(MessageLevel::Warning, tr("There is no mask yet: run the solver to its end first"));
        return;
    }
    if (const std::optional<ExportChoice> choice = askForExport(this, *m_workspace.tensor(), *m_workspace.solution()))
        m_workspace.exportMask(choice->fileName, choice->format);
}

void MainWindow::chooseCalibration()
{
    showPanel(m_pruning->objectName());
    m_pruning->chooseCalibration();
}

void MainWindow::recallCalibration()
{
    const auto tensor = m_workspace.tensor();
    if (!tensor || tensor->file == m_calibrated)
        return;
    m_calibrated = tensor->file;
    m_workspace.setCalibration(m_calibrations.value(tensor->file).toString());
}

void MainWindow::noteCalibration()
{
    const QString name = m_workspace.pruning().calibration();
    if (m_calibrated.isEmpty() || m_calibrations.value(m_calibrated).toString() == name)
        return;
    m_calibrations.remove(m_calibrated);
    while (m_calibrations.size() >= mostCalibrations)
        m_calibrations.erase(m_calibrations.begin());
    if (!name.isEmpty())
        m_calibrations.insert(m_calibrated, name);
    if (m_start == Start::Remembered)
        QSettings().setValue(QStringLiteral("files/calibrations"), m_calibrations);
}

void MainWindow::showPanel(const QString &name)
{
    const bool isChart = name == QLatin1String("chart");
    if (isChart)
        m_comparison->showPage(ComparisonDock::Chart);
    const bool isPruning = name == QLatin1String("pruning"), isPrice = name == QLatin1String("price");
    if (isPruning || isPrice)
        m_pruning->showPage(isPrice ? PruneDock::Compare : PruneDock::Run);
    const QStringList tilePages{QStringLiteral("why"), QStringLiteral("steps"), QStringLiteral("try")};
    if (const qsizetype page = tilePages.indexOf(name); page >= 0)
        m_tile->showPage(TileDock::Page(page));
    if (auto *dock = isChart ? static_cast<QDockWidget *>(m_comparison)
            : isPrice        ? static_cast<QDockWidget *>(m_pruning)
                             : findChild<QDockWidget *>(name)) {
        dock->show();
        dock->raise();
    }
}

void MainWindow::compare()
{
    m_comparison->compare();
}

void MainWindow::toggleModelOverview()
{
    m_model->toggleOverview();
}

bool MainWindow::isModelOverviewRunning() const
{
    return m_model->isLooking();
}

void MainWindow::takeMessage(MessageLevel level, const QString &text, MessageSubject subject)
{
    m_log->append(level, text);
    if (level != MessageLevel::Info || subject == MessageSubject::Tensor)
        m_notice->show(level, text, subject);
}

void MainWindow::noteFiles()
{
    if (m_start == Start::Fresh || m_workspace.files().empty())
        return;
    for (const OpenFile &file : m_workspace.files())
        noteRecent(file.fileName);
}

void MainWindow::noteRecent(const QString &fileName)
{
    if (m_start == Start::Fresh)
        return;
    QSettings settings;
    QStringList recent = settings.value(QStringLiteral("files/recent")).toStringList();
    recent.removeAll(fileName);
    recent.prepend(fileName);
    settings.setValue(QStringLiteral("files/recent"), recent.mid(0, recentFileCount));
}

void MainWindow::restore()
{
    const QSettings settings;
    SolveOptions options = m_workspace.options();
    const auto pattern = NmPattern::parse(settings.value(QStringLiteral("run/pattern")).toString().toStdString());
    const auto method = methodByName(settings.value(QStringLiteral("run/method")).toString().toStdString());
    options.pattern = pattern ? *pattern : options.pattern;
    options.method = method.value_or(options.method);
    options.tau = settings.value(QStringLiteral("run/tau"), options.tau).toDouble();
    options.iterations = settings.value(QStringLiteral("run/iterations"), options.iterations).toInt();
    options.tolerance = settings.value(QStringLiteral("run/tolerance"), options.tolerance).toDouble();
    options.warmStart = methodByName(settings.value(QStringLiteral("run/warmStart")).toString().toStdString());
    if (options.validate())
        m_workspace.setOptions(options);
    m_workspace.setBackend(settings.value(QStringLiteral("run/backend")).toString());
    m_calibrations = settings.value(QStringLiteral("files/calibrations")).toMap();
    m_openFolder = settings.value(QStringLiteral("files/folder")).toString();
    PruneOptions pruning = m_workspace.pruneOptions();
    const auto framework = frameworkByName(settings.value(QStringLiteral("prune/framework")).toString().toStdString());
    const auto kind = kindByName(settings.value(QStringLiteral("prune/kind")).toString().toStdString());
    pruning.framework = framework.value_or(pruning.framework);
    pruning.kind = kind.value_or(pruning.kind);
    pruning.damping = settings.value(QStringLiteral("prune/damping"), pruning.damping).toDouble();
    if (pruning.validate())
        m_workspace.setPruneOptions(pruning);
    m_workspace.runs().setLimit(settings.value(QStringLiteral("runs/limit"), qlonglong(RunList::usualLimit)).toLongLong());
    m_workspace.undoStack().clear();
}

void MainWindow::save() const
{
    const SolveOptions options = m_workspace.options();
    const std::string_view method = nameOf(options.method);
    QSettings settings;
    settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    const QByteArray &state = !m_wideState.isEmpty() ? m_wideState : m_unfoldedState;
    settings.setValue(QStringLiteral("window/state"), state.isEmpty() ? saveState(layoutVersion) : state);
    settings.setValue(QStringLiteral("run/pattern"), QString::fromStdString(options.pattern.text()));
    settings.setValue(QStringLiteral("run/method"), QString::fromUtf8(method.data(), qsizetype(method.size())));
    settings.setValue(QStringLiteral("run/tau"), options.tau);
    settings.setValue(QStringLiteral("run/iterations"), options.iterations);
    settings.setValue(QStringLiteral("run/tolerance"), options.tolerance);
    const std::string_view warmStart = options.warmStart ? nameOf(*options.warmStart) : std::string_view();
    settings.setValue(QStringLiteral("run/warmStart"), QString::fromUtf8(warmStart.data(), qsizetype(warmStart.size())));
    settings.setValue(QStringLiteral("run/backend"), m_workspace.backendId());
    settings.setValue(QStringLiteral("runs/limit"), qlonglong(m_workspace.runs().limit()));
    const PruneOptions pruning = m_workspace.pruneOptions();
    const std::string_view framework = traitsOf(pruning.framework).name, kind = nameOf(pruning.kind);
    settings.setValue(QStringLiteral("prune/framework"), QString::fromUtf8(framework.data(), qsizetype(framework.size())));
    settings.setValue(QStringLiteral("prune/kind"), QString::fromUtf8(kind.data(), qsizetype(kind.size())));
    settings.setValue(QStringLiteral("prune/damping"), pruning.damping);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_start == Start::Remembered) {
        save();
        keepSession();
    }
    m_workspace.cancelComparison();
    m_workspace.cancelLoading();
    m_workspace.cancel();
    m_workspace.pruning().cancel();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (std::any_of(urls.begin(), urls.end(), [](const QUrl &url) { return url.isLocalFile(); }))
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    for (const QUrl &url : event->mimeData()->urls())
        if (url.isLocalFile())
            m_workspace.openFile(url.toLocalFile());
    event->acceptProposedAction();
}

bool MainWindow::isPictureComplete() const
{
    return m_viewport->isComplete();
}

} // namespace nms
