// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/rounding_steps_model.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;

namespace nms {

class TileInspection;
class Workspace;

/// The decisions by which the selected tile's mask was made; the one chosen is marked in the tile. The arrow keys go through
/// them.
class TileStepsPage : public QWidget
{
    Q_OBJECT
public:
    explicit TileStepsPage(Workspace &workspace, QWidget *parent = nullptr);

    void refresh();

private:
    void showStep();

    TileInspection &m_inspection;
    RoundingStepsModel m_model;
    QLabel *m_note;
    QLabel *m_summary;
    QPushButton *m_nextSwap;
    QTableView *m_table;
};

} // namespace nms
