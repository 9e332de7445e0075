// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/mask_facts.h"
#include "core/lesson/case_values.h"
#include "ui/models/tables.h"
#include "ui/models/workspace.h"
#include "ui/widgets/documentation_browser.h"
#include "ui/widgets/picture_source.h"

#include <QList>
#include <QMainWindow>
#include <QMap>

#include <functional>
#include <optional>

class QMenu;

namespace nms {

class ComparisonDock;
class ConvergenceDock;
class DifferenceDock;
class LessonMode;
class LogDock;
class ModelDock;
class NoticeBar;
class PanelDock;
class Presentation;
class PruneDock;
class RunsDock;
class SandboxPage;
class SessionRestorer;
class TensorTreeDock;
class TileDock;
class DocumentationWindow;
class Viewport;

/// The whole window: top bar, docks around the viewport, actions and their keys. Layout, recent files and run options are
/// stored in QSettings, under the application's name. GUI thread.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    enum class Start { Remembered, Fresh }; // Fresh: default layout and options, which are not saved

    explicit MainWindow(Workspace &workspace, Start start = Start::Remembered, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// As if the window had been opened at this size: with the default layout for it.
    void setInitialSize(QSize size);

    SandboxPage &showSandbox(); // in the place of the viewport
    SandboxPage *shownSandbox() const; // null while the viewport is shown
    /// The lessons, and the files that the program's own lessons work on. Without it there are none.
    void setLessons(const QStringList &fileNames, const lesson::SampleFiles &samples);
    /// Opens a file, or one of the lessons by the beginning of its file name. Errors as LessonMode::open().
    Status openLesson(const QString &nameOrFile);
    LessonMode &lessons() { return *m_lessons; }
    Presentation &presentation() { return *m_presentation; }

public slots:
    void chooseFiles();
    void chooseExport();
    void chooseCalibration(); // for the open file
    /// Brings a panel to the front of its tabs: "comparison", "chart" (the other page of the comparison), "model",
    /// "pruning", "price" (the other page of pruning), "runs", "difference", "tiles", "statistics" or "log"; or a page of
    /// the tile's panel: "why", "steps" or "try".
    void showPanel(const QString &name);
    void compare(); // starts the comparison as set in its panel, or cancels the running one
    void toggleModelOverview(); // starts the overview of the model, or cancels the running one
    bool isModelOverviewRunning() const;
    bool isPictureComplete() const; // false while the viewport shows coarser entries than the zoom asks for
    void openSession(const QString &fileName); // files and runs are added to those that are there
    /// Shows the sandbox in the place of the viewport, and a built-in tile or a .tile file in it. An error is a message.
    void openTile(const QString &nameOrFile);
    void addPanel(PanelDock *dock); // beside the log, in front; belongs to the window from now on
    void setDocumentation(DocumentationPages pages); // to be called before F1 can show any
    void openDocumentation(const QString &place); // as "panels.md#run"
    bool reopenLastSession(); // false if there is none, or it is not wanted

protected:
    void closeEvent(QCloseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    QAction *addCommand(QMenu *menu, const QString &text, const QList<QKeySequence> &keys, const std::function<void()> &run);
    void createMenus();
    void createDocks();
    void noteWhosePanels();
    QList<QDockWidget *> docks() const;
    bool isSmall() const; // too small for panels on three sides
    void resetLayout();
    void layOutSmall();
    void layOutWide();
    void foldPanels();
    void goToWorstTile(std::optional<TileFigure> by);
    void moveStep(int by);
    void editRange();
    void editBreakpoint();
    void createSession();
    void addSandbox(QMenu *menu); // commands for tiles
    void showMatrix(); // the viewport
    void toggleSandbox();
    void addSession(QMenu *menu); // commands for the session file
    void saveSession(QString fileName); // asks for a name if it is empty
    Status writeSessionTo(const QString &fileName) const;
    void keepSession() const; // for reopenLastSession()
    /// Whether the last session is being opened: if the program ends meanwhile, the next start does without it.
    void noteOpening(bool isOpening) const;
    void noteRecent(const QString &fileName);
    void addEditing(QMenu *menu); // undo and redo
    void addRuns(QMenu *menu); // commands on the kept runs
    void addMaskComparison(QMenu *menu);
    void chooseMaskFiles();
    void addOutput(QMenu *menu); // commands for pictures, values and tables
    void copyValues();
    PictureSource picture() const; // of what is in the middle: the matrix, or the sandbox
    void copyPicture();
    void showPictureDialog(const PictureSource &source);
    void saveTable(TableKind kind, const QString &name);
    void saveReport(const QByteArray &html, const QString &name);
    void saveFile(const QString &fileName, const QByteArray &contents);
    void fillRecentFiles(QMenu *menu);
    QString folderToOpen() const;
    void noteFiles();
    void recallCalibration(); // sets the remembered calibration of the open file
    void noteCalibration();
    void restore();
    void save() const;
    QString placeOfFocus() const; // in the documentation
    void showShortcutList();
    void addLessons(QMenu *menu); // commands of the lessons
    void addPresentation(QMenu *menu);
    void placeLesson(); // its panel, while a lesson is open
    /// Messages go to the log, and to the notice, except for information about files.
    void takeMessage(MessageLevel level, const QString &text, MessageSubject subject = MessageSubject::File);

    Workspace &m_workspace;
    const Start m_start;
    bool m_isSmallLayout = false;
    QByteArray m_wideState; // layout of the panels to restore; set while the window is small
    QByteArray m_unfoldedState; // layout to restore; set while all panels are hidden
    QMenu *m_menu;
    Viewport *m_viewport;
    SandboxPage *m_sandbox = nullptr; // from its first use on
    NoticeBar *m_notice;
    TensorTreeDock *m_tensors = nullptr;
    PanelDock *m_run = nullptr;
    TileDock *m_tile = nullptr;
    ConvergenceDock *m_convergence = nullptr;
    ComparisonDock *m_comparison = nullptr;
    ModelDock *m_model = nullptr;
    PruneDock *m_pruning = nullptr;
    RunsDock *m_runs = nullptr;
    DifferenceDock *m_difference = nullptr;
    PanelDock *m_tiles = nullptr;
    PanelDock *m_statistics = nullptr;
    LogDock *m_log = nullptr;
    QList<QDockWidget *> m_added; // by addPanel()
    LessonMode *m_lessons = nullptr;
    Presentation *m_presentation = nullptr;
    SessionRestorer *m_restorer = nullptr;
    DocumentationPages m_documentation = [](const QString &) {
        return std::optional<QString>();
    };
    DocumentationWindow *m_documentationWindow = nullptr; // once it was opened
    QString m_sessionFile; // the one saved or opened last
    QMap<QString, QVariant> m_calibrations; // calibration file by weights file
    QString m_openFolder; // of the Open dialog
    QString m_calibrated; // the weights file whose calibration is set
    QList<QAction *> m_commands; // those with keys, in the order of the menus
};

} // namespace nms
