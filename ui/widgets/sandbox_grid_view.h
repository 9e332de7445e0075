// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QTableView>

#include <optional>

namespace nms {

class SandboxGrid;

/// The cells of a tile, as large as there is room for: typed into, pasted into, or drawn on with the mouse.
class SandboxGridView : public QTableView
{
    Q_OBJECT
public:
    explicit SandboxGridView(SandboxGrid &grid, QWidget *parent = nullptr);

    /// The value that dragging over cells gives them; empty: dragging selects.
    void setBrush(std::optional<double> value);

    void copyCells(); // the selected ones, or all
    void pasteCells(); // from the current cell on

signals:
    void failed(const QString &text); // what was to be pasted cannot be

protected:
    bool event(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void fitCells();
    bool draws(const QMouseEvent &event) const;

    SandboxGrid &m_grid;
    std::optional<double> m_brush;
    int m_stroke = 0;
};

} // namespace nms
