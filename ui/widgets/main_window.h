// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/mask_facts.h"
#include "ui/models/tables.h"
#include "ui/models/workspace.h"
#include "ui/widgets/picture_source.h"

#include <QList>
#include <QMainWindow>
#include <QMap>

#include <functional>

class QMenu;

namespace nms {

class ComparisonDock;
class ConvergenceDock;
class LogDock;
class NoticeBar;
class PruneDock;
class TensorTreeDock;
class Viewport;

/// The whole window: top bar, docks around the viewport, actions and their keys. Layout, recent files and run options are
/// kept in QSettings (the application's name decides where). GUI thread.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    enum class Start { Remembered, Fresh }; // Fresh: default layout and options, nothing is written back

    explicit MainWindow(Workspace &workspace, Start start = Start::Remembered, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// As if opened at this size: the default layout follows.
    void setInitialSize(QSize size);

public slots:
    void chooseFiles();
    void chooseExport();
    void chooseCalibration(); // of the open file
    /// "comparison", "chart" (the same one's other page), "pruning", "price" (its other page), "tiles" or "log", in front of
    /// its tabs.
    void showPanel(const QString &name);
    void compare(); // what its choosers say, or cancels

protected:
    void closeEvent(QCloseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    QAction *addCommand(QMenu *menu, const QString &text, const QList<QKeySequence> &keys, const std::function<void()> &run);
    void createMenus();
    void createDocks();
    QList<QDockWidget *> docks() const;
    bool isSmall() const; // for panels on three sides
    void resetLayout();
    void layOutSmall();
    void layOutWide();
    void foldPanels();
    void editRange();
    void addOutput(QMenu *menu); // pictures, values and tables
    void copyValues();
    void copyPicture();
    void showPictureDialog(const PictureSource &source);
    void saveTable(TableKind kind, const QString &name);
    void fillRecentFiles(QMenu *menu);
    QString folderToOpen() const;
    void noteFiles();
    void recallCalibration(); // that of the open file
    void noteCalibration();
    void restore();
    void save() const;
    void showShortcutList();
    void takeMessage(MessageLevel level, const QString &text, MessageSubject subject = MessageSubject::File);

    Workspace &m_workspace;
    const Start m_start;
    bool m_isSmallLayout = false;
    QByteArray m_wideState; // of the panels, while the window is small
    QByteArray m_unfoldedState; // likewise, while all are folded away
    QMenu *m_menu;
    Viewport *m_viewport;
    NoticeBar *m_notice;
    TensorTreeDock *m_tensors = nullptr;
    QDockWidget *m_run = nullptr;
    QDockWidget *m_tile = nullptr;
    ConvergenceDock *m_convergence = nullptr;
    ComparisonDock *m_comparison = nullptr;
    PruneDock *m_pruning = nullptr;
    QDockWidget *m_tiles = nullptr;
    LogDock *m_log = nullptr;
    QMap<QString, QVariant> m_calibrations; // by weights file
    QString m_openFolder; // of the Open dialog
    QString m_calibrated; // the file whose calibration is set
    QList<QAction *> m_commands; // with keys, in the order of the menus
};

} // namespace nms
