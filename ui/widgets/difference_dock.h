// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/difference_model.h"
#include "ui/models/mask_comparison.h"
#include "ui/widgets/panel_dock.h"

class QLabel;
class QPushButton;
class QTableView;

namespace nms {

class SegmentedControl;
class Workspace;

/// Where the two compared masks differ: sums, the tiles, and the entries of the selected tile.
class DifferenceDock : public PanelDock
{
    Q_OBJECT
public:
    explicit DifferenceDock(Workspace &workspace, QWidget *parent = nullptr);

private:
    void addControls();
    void addTables();
    void showState();
    void showEntries();
    void flyToCurrent();
    std::int64_t currentTile() const; // of the difference; −1: none
    std::int64_t shownTile(std::int64_t tile) const; // the tile of the views at the same place

    Workspace &m_workspace;
    MaskComparison &m_comparison;
    DifferenceModel m_tiles;
    DifferingEntriesModel m_entries;
    SegmentedControl *m_mode;
    QPushButton *m_swap;
    QPushButton *m_end;
    QLabel *m_summary;
    QWidget *m_tables;
    QTableView *m_tileTable;
    QTableView *m_entryTable;
};

} // namespace nms
