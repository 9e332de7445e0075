// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_board.h"

#include "core/view/color_map.h"
#include "ui/models/format.h"
#include "ui/widgets/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nms {

namespace {

using View = lesson::State::View;

constexpr int largestCell = 64, smallestNumber = 24; // pixels
constexpr double sumTolerance = 5e-3; // relative; sums beyond it are shown as not met

QString shortNumber(double value)
{
    const double size = std::abs(value);
    const int digits = size == std::floor(size) && size < 1e4 ? 6 : size < 1 ? 2 : 3;
    QString text = QString::fromStdString(formatNumber(value, digits));
    if (size < 1 && size != std::floor(size))
        text = QString::number(value, 'f', 2);
    return text.replace(QLatin1Char('-'), QChar(0x2212));
}

QColor colorOfRgba(const Rgba8 &color)
{
    return {color.r, color.g, color.b};
}

/// Black or white, whichever reads better on it.
QColor textOn(const QColor &fill)
{
    const double light = 0.299 * fill.redF() + 0.587 * fill.greenF() + 0.114 * fill.blueF();
    return light > 0.55 ? QColor(0x10, 0x12, 0x16) : QColor(0xf2, 0xf4, 0xf8);
}

} // namespace

TileBoard::TileBoard(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("tileBoard"));
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("The tile of this step"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setMinimumSize(scaled(160), scaled(140));
    connect(&themeSwitch(), &ThemeSwitch::changed, this, QOverload<>::of(&QWidget::update));
}

void TileBoard::setContent(const TileBoardContent &content)
{
    m_content = content;
    if (m_content.problem) {
        const Geometry size = shape();
        m_current = {std::clamp(m_current.x(), 0, size.cols - 1), std::clamp(m_current.y(), 0, size.rows - 1)};
    }
    updateGeometry();
    update();
}

void TileBoard::setScale(double scale)
{
    m_scale = scale;
    updateGeometry();
    update();
}

TileBoard::Geometry TileBoard::geometryFor(double width, double height) const
{
    Geometry shape;
    if (!m_content.problem)
        return shape;
    shape.rows = isTransposed() ? m_content.problem->cols() : m_content.problem->rows();
    shape.cols = isTransposed() ? m_content.problem->rows() : m_content.problem->cols();
    const double edge = scaled(44) * m_scale; // for potentials and sums
    shape.cell = std::max(4.0,
                          std::min({(width - 2 * edge) / shape.cols, (height - 2 * edge * 0.6) / shape.rows,
                                    double(scaled(largestCell)) * m_scale}));
    shape.left = (width - shape.cell * shape.cols) / 2;
    shape.top = std::max(edge * 0.6, (height - shape.cell * shape.rows) / 2);
    return shape;
}

int TileBoard::heightForWidth(int width) const
{
    const Geometry shape = geometryFor(width, scaled(420) * m_scale);
    return int(std::ceil(shape.cell * shape.rows + 2 * scaled(44) * m_scale * 0.6));
}

QSize TileBoard::sizeHint() const
{
    const int width = int(scaled(360) * m_scale);
    return {width, heightForWidth(width)};
}

QRectF TileBoard::cellRect(int row, int col) const
{
    const Geometry at = shape();
    return {at.left + col * at.cell, at.top + row * at.cell, at.cell, at.cell};
}

std::optional<QPoint> TileBoard::cellAt(const QPointF &place) const
{
    const Geometry at = shape();
    const int col = int(std::floor((place.x() - at.left) / at.cell)), row = int(std::floor((place.y() - at.top) / at.cell));
    if (row < 0 || col < 0 || row >= at.rows || col >= at.cols)
        return {};
    return QPoint(col, row);
}

/// The number of an entry in this view.
double TileBoard::valueAt(int row, int col) const
{
    const TileIterate *iterate = m_content.iterate;
    switch (m_content.view) {
    case View::Plan:
        return iterate ? iterate->plan(row, col) : 0;
    case View::Reduced:
        return iterate && !iterate->alpha.empty() && !iterate->beta.empty()
            ? m_content.problem->scores(row, col) - iterate->alpha[std::size_t(row)] - iterate->beta[std::size_t(col)]
            : 0;
    case View::Scores:
    case View::Mask:
    case View::Weights:
    case View::Error:
        break;
    }
    return m_content.problem->scores(row, col);
}

QString TileBoard::numberAt(int row, int col) const
{
    return m_content.problem ? shortNumber(valueAt(row, col)) : QString();
}

void TileBoard::drawCell(QPainter &painter, const Geometry &at, int row, int col) const
{
    const QPoint entry = entryOf({col, row});
    const int i = entry.y(), j = entry.x();
    const TileProblem &tile = *m_content.problem;
    const double limit = tile.limit(i, j);
    const double share = m_content.iterate && limit > 0 ? m_content.iterate->plan(i, j) / limit : 0;
    const auto [least, most] = std::minmax_element(tile.scores.data(), tile.scores.data() + tile.scores.size());
    const float value = float(valueAt(i, j));
    QColor fill;
    switch (m_content.view) {
    case View::Plan:
        fill = colorOfRgba(colorOf(float(share), {0, 1, false}, ColorMapId::Inferno));
        break;
    case View::Mask:
        fill = colorOfRgba(colorOf(share > 0.5 ? 1.F : 0.F, {0, 1, false}, ColorMapId::MaskTones));
        break;
    case View::Reduced: {
        const float span = float(std::max({std::abs(*least), std::abs(*most), 1e-12})) / 2;
        fill = colorOfRgba(colorOf(value, {-span, span, false}, ColorMapId::Diverging));
        break;
    }
    default:
        fill = colorOfRgba(colorOf(value, {float(std::min(*least, 0.0)), float(*most), false}, ColorMapId::Viridis));
    }
    const double gap = at.cell >= 8 ? 1 : 0;
    const QRectF rect(at.left + col * at.cell + gap, at.top + row * at.cell + gap, at.cell - 2 * gap, at.cell - 2 * gap);
    painter.fillRect(rect, fill);
    if (at.cell < scaled(smallestNumber))
        return;
    const bool isPruned = m_content.view == View::Mask && share <= 0.5;
    const bool hasScore = m_content.view == View::Plan && at.cell >= scaled(40);
    QFont font = monoFont(int(std::clamp(at.cell * 0.3, 9.0, 18.0 * m_scale)));
    painter.setFont(font);
    painter.setPen(isPruned ? theme().muted : textOn(fill));
    painter.drawText(hasScore ? rect.adjusted(0, 0, 0, -rect.height() * 0.22) : rect, Qt::AlignCenter,
                     shortNumber(double(value)));
    if (hasScore) {
        font.setPixelSize(std::max(8, int(font.pixelSize() * 0.68)));
        painter.setFont(font);
        QColor pen = textOn(fill);
        pen.setAlphaF(0.7F);
        painter.setPen(pen);
        painter.drawText(rect.adjusted(0, rect.height() * 0.5, 0, 0), Qt::AlignCenter, shortNumber(tile.scores(i, j)));
    }
}

void TileBoard::drawEdges(QPainter &painter, const Geometry &at) const
{
    if (at.cell < scaled(14))
        return;
    const TileIterate *iterate = m_content.iterate;
    const bool showsSums = iterate && m_content.view != View::Scores && m_content.view != View::Reduced;
    const bool showsPotentials = iterate && !iterate->alpha.empty() && at.cell >= scaled(smallestNumber) &&
        (m_content.view == View::Plan || m_content.view == View::Reduced);
    if (!showsSums && !showsPotentials)
        return;
    painter.setFont(monoFont(int(std::clamp(at.cell * 0.26, 8.0, 14.0 * m_scale))));
    const double width = std::max(at.left - 4, 1.0);
    const auto isLineRow = [&](bool isShownRow) {
        return isShownRow != isTransposed();
    };
    const auto draw = [&](bool isShownRow, int k) {
        const bool isRow = isLineRow(isShownRow);
        const int length = isRow ? m_content.problem->cols() : m_content.problem->rows();
        const std::size_t index = std::size_t(k);
        double sum = 0;
        for (int other = 0; other < length; ++other)
            sum += isRow ? iterate->plan(k, other) : iterate->plan(other, k);
        const double wanted = isRow ? m_content.problem->rowSums[index] : m_content.problem->colSums[index];
        const double place = isShownRow ? at.top + k * at.cell : at.left + k * at.cell;
        const QRectF after = isShownRow
            ? QRectF(at.left + at.cols * at.cell + 4, place, width, at.cell)
            : QRectF(place - at.cell, at.top + at.rows * at.cell + 2, 3 * at.cell, scaled(18) * m_scale);
        const QRectF before = isShownRow
            ? QRectF(0, place, width, at.cell)
            : QRectF(place - at.cell, at.top - scaled(18) * m_scale - 2, 3 * at.cell, scaled(18) * m_scale);
        if (showsSums) {
            const bool isMet = std::abs(sum - wanted) <= sumTolerance * std::max(wanted, 1e-12);
            painter.setPen(isMet ? theme().muted : theme().bad);
            painter.drawText(after, isShownRow ? int(Qt::AlignLeft | Qt::AlignVCenter) : int(Qt::AlignCenter),
                             shortNumber(sum));
        }
        if (showsPotentials) {
            painter.setPen(theme().accent);
            const double potential = isRow ? iterate->alpha[index] : iterate->beta[index];
            painter.drawText(before, isShownRow ? int(Qt::AlignRight | Qt::AlignVCenter) : int(Qt::AlignCenter),
                             shortNumber(potential));
        }
    };
    for (int row = 0; row < at.rows; ++row)
        draw(true, row);
    for (int col = 0; col < at.cols; ++col)
        draw(false, col);
    if (showsPotentials) {
        painter.setPen(theme().accent);
        const QString rows = isTransposed() ? QStringLiteral("β") : QStringLiteral("α"),
                      cols = isTransposed() ? QStringLiteral("α") : QStringLiteral("β");
        painter.drawText(QRectF(0, at.top - scaled(20) * m_scale, width, scaled(18) * m_scale),
                         Qt::AlignRight | Qt::AlignVCenter, rows + QStringLiteral(" \\ ") + cols);
    }
}

void TileBoard::drawHighlights(QPainter &painter, const Geometry &at) const
{
    painter.setBrush(Qt::NoBrush);
    const auto frame = [&](QRectF rect) {
        painter.setPen(QPen(theme().background, 5));
        painter.drawRect(rect);
        painter.setPen(QPen(theme().warn, 2.5));
        painter.drawRect(rect);
    };
    if (const lesson::State *marks = m_content.highlights) {
        // Rows and columns of a transposed tile are those that the reader sees.
        for (const int row : marks->rows)
            if (row < at.rows)
                frame({at.left, at.top + row * at.cell, at.cols * at.cell, at.cell});
        for (const int col : marks->columns)
            if (col < at.cols)
                frame({at.left + col * at.cell, at.top, at.cell, at.rows * at.cell});
        for (const lesson::State::Cell &cell : marks->cells)
            if (cell.row < at.rows && cell.col < at.cols)
                frame({at.left + cell.col * at.cell, at.top + cell.row * at.cell, at.cell, at.cell});
    }
    if (hasFocus()) {
        painter.setPen(QPen(theme().accent, 2));
        painter.drawRect(cellRect(m_current.y(), m_current.x()).adjusted(3, 3, -3, -3));
    }
}

void TileBoard::paintEvent(QPaintEvent *)
{
    if (!m_content.problem)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Geometry at = shape();
    for (int row = 0; row < at.rows; ++row)
        for (int col = 0; col < at.cols; ++col)
            drawCell(painter, at, row, col);
    drawEdges(painter, at);
    drawHighlights(painter, at);
}

QString TileBoard::describe(QPoint shown) const
{
    const QPoint entry = entryOf(shown);
    const TileProblem &tile = *m_content.problem;
    QString text = tr("Row %1, column %2: score %3")
                       .arg(entry.y() + 1)
                       .arg(entry.x() + 1)
                       .arg(format::real(tile.scores(entry.y(), entry.x())));
    if (m_content.iterate)
        text += tr(", plan %1").arg(format::real(m_content.iterate->plan(entry.y(), entry.x())));
    return text;
}

bool TileBoard::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && m_content.problem) {
        const auto *help = static_cast<QHelpEvent *>(event);
        if (const auto shown = cellAt(help->pos()))
            QToolTip::showText(help->globalPos(), describe(*shown), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void TileBoard::mousePressEvent(QMouseEvent *event)
{
    if (const auto shown = cellAt(event->position())) {
        m_current = *shown;
        setAccessibleDescription(describe(m_current));
        update();
    }
}

void TileBoard::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (const auto shown = cellAt(event->position()))
        edit(*shown);
}

void TileBoard::keyPressEvent(QKeyEvent *event)
{
    const Geometry at = shape();
    QPoint next = m_current;
    switch (event->key()) {
    case Qt::Key_Left:
        next.rx() -= 1;
        break;
    case Qt::Key_Right:
        next.rx() += 1;
        break;
    case Qt::Key_Up:
        next.ry() -= 1;
        break;
    case Qt::Key_Down:
        next.ry() += 1;
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_F2:
        edit(m_current);
        return;
    default:
        QWidget::keyPressEvent(event);
        return;
    }
    if (at.rows == 0)
        return;
    m_current = {std::clamp(next.x(), 0, at.cols - 1), std::clamp(next.y(), 0, at.rows - 1)};
    setAccessibleDescription(describe(m_current));
    update();
}

void TileBoard::edit(QPoint shown)
{
    if (!m_content.problem)
        return;
    delete m_editor;
    m_current = shown;
    const QPoint entry = entryOf(shown);
    auto *editor = new QLineEdit(QString::number(m_content.problem->scores(entry.y(), entry.x())), this);
    m_editor = editor;
    editor->setObjectName(QStringLiteral("tileBoardEditor"));
    editor->setAccessibleName(tr("Score of row %1, column %2").arg(entry.y() + 1).arg(entry.x() + 1));
    const QRectF cell = cellRect(shown.y(), shown.x());
    const int width = std::max(int(cell.width()), scaled(64));
    editor->setGeometry(int(cell.center().x()) - width / 2, int(cell.center().y()) - scaled(14), width, scaled(28));
    editor->selectAll();
    editor->show();
    editor->setFocus();
    editor->installEventFilter(this);
    connect(editor, &QLineEdit::editingFinished, this, &TileBoard::finishEditing);
}

void TileBoard::finishEditing()
{
    if (!m_editor)
        return;
    bool isNumber = false;
    const double score = m_editor->text().replace(QLatin1Char(','), QLatin1Char('.')).toDouble(&isNumber);
    closeEditor();
    const QPoint entry = entryOf(m_current);
    if (isNumber && std::isfinite(score))
        emit scoreEdited(entry.y(), entry.x(), score);
}

void TileBoard::closeEditor()
{
    QLineEdit *editor = std::exchange(m_editor, nullptr); // the loss of focus ends editing, too
    setFocus();
    editor->deleteLater();
}

/// A line edit passes Enter and Esc on to its parent, which would begin to edit again.
bool TileBoard::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_editor || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent *>(event)->key();
    if (key == Qt::Key_Return || key == Qt::Key_Enter)
        finishEditing();
    else if (key == Qt::Key_Escape)
        closeEditor();
    else
        return false;
    return true;
}

} // namespace nms
