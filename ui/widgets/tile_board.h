// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lesson/lesson.h"
#include "core/sandbox/sandbox_solve.h"

#include <QWidget>

#include <functional>
#include <optional>

class QLineEdit;

namespace nms {

/// What a TileBoard shows. Points to what the owner keeps alive until the next setContent().
struct TileBoardContent {
    const TileProblem *problem = nullptr; // null: nothing
    const TileIterate *iterate = nullptr; // null: not solved
    lesson::State::View view = lesson::State::View::Scores;
    const lesson::State *highlights = nullptr; // its cells, rows and columns, and whether the tile is read along its columns
};

/// A small tile as a table: a colour and a number for each entry, potentials at the upper and left edge, sums at the lower
/// and right one (red where they are not met). A score is changed by a double click, or with Enter on the current entry.
class TileBoard : public QWidget
{
    Q_OBJECT
public:
    explicit TileBoard(QWidget *parent = nullptr);

    void setContent(const TileBoardContent &content);
    void setScale(double scale); // of the numbers
    QRectF cellRect(int row, int col) const; // as shown
    QString numberAt(int row, int col) const; // as shown; of the entry, whichever way the tile is read

    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

signals:
    void scoreEdited(int row, int col, double score);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Geometry {
        int rows = 0, cols = 0; // as shown
        double cell = 0, left = 0, top = 0;
    };
    Geometry geometryFor(double width, double height) const;
    Geometry shape() const { return geometryFor(width(), height()); }
    bool isTransposed() const { return m_content.highlights && m_content.highlights->transposed; }
    std::optional<QPoint> cellAt(const QPointF &place) const; // x: column, y: row, as shown
    QPoint entryOf(QPoint shown) const { return isTransposed() ? QPoint(shown.y(), shown.x()) : shown; }
    double valueAt(int row, int col) const;
    void drawCell(QPainter &painter, const Geometry &shape, int row, int col) const;
    void drawEdges(QPainter &painter, const Geometry &shape) const;
    void drawHighlights(QPainter &painter, const Geometry &shape) const;
    void edit(QPoint shown);
    void finishEditing();
    void closeEditor();
    QString describe(QPoint shown) const;

    TileBoardContent m_content;
    double m_scale = 1;
    QPoint m_current{0, 0}; // as shown
    QLineEdit *m_editor = nullptr; // over m_current
};

} // namespace nms
