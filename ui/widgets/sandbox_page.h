// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/sandbox.h"
#include "ui/widgets/picture_source.h"

#include <QScrollArea>

#include <functional>

class QDoubleSpinBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

namespace nms {

class SandboxGrid;
class SandboxGridView;
class SandboxHistoryBar;
class SegmentedControl;

/// The sandbox in the place of the viewport: the tile as a grid of cells, its commands above, its history below, and beside
/// it how it is solved. GUI thread.
class SandboxPage : public QScrollArea
{
    Q_OBJECT
public:
    explicit SandboxPage(Workspace &workspace, QWidget *parent = nullptr);

    Sandbox &sandbox() { return m_sandbox; }
    SandboxHistoryBar &historyBar() { return *m_history; }
    void showLayer(int layer); // SandboxGrid::Layer
    void takeFocus(); // to the grid
    PictureSource picture() const; // of the cells that are in view, with their sums
    void copyCells(); // the selected ones, or all, as text

public slots:
    void chooseFile(); // to open
    void save(); // asks for a name if there is none
    void saveAs();
    void openAsMatrix(); // the tile in the viewport, as a layer of one tile

signals:
    void closed(); // back to the viewport is wanted
    void message(nms::MessageLevel level, const QString &text);

private:
    QHBoxLayout *nameRow();
    QHBoxLayout *fileRow();
    QHBoxLayout *shapeRow();
    QPushButton *addButton(QHBoxLayout *row, const QString &text, const QString &hint, const std::function<void()> &run);
    void applySize();
    void applyBrush();
    void showTile();
    void saveTo(const QString &fileName);
    void fail(const QString &text);

    Workspace &m_workspace;
    Sandbox &m_sandbox;
    SandboxGrid *m_grid;
    SandboxGridView *m_view;
    SandboxHistoryBar *m_history;
    SegmentedControl *m_layers;
    QLineEdit *m_name;
    QLabel *m_note;
    QSpinBox *m_rows;
    QSpinBox *m_cols;
    QSpinBox *m_keep;
    QPushButton *m_draw;
    QDoubleSpinBox *m_brush;
};

} // namespace nms
