// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/sandbox_page.h"

#include "core/sandbox/sandbox_method.h"
#include "ui/models/sandbox_grid.h"
#include "ui/widgets/sandbox_grid_view.h"
#include "ui/widgets/sandbox_history_bar.h"
#include "ui/widgets/sandbox_menu.h"
#include "ui/widgets/sandbox_solver_panel.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QDir>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QPointer>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStandardPaths>
#include <QVBoxLayout>

namespace nms {

SandboxPage::SandboxPage(Workspace &workspace, QWidget *parent)
    : QScrollArea(parent), m_workspace(workspace), m_sandbox(Sandbox::of(workspace)),
      m_grid(new SandboxGrid(m_sandbox, this)), m_view(new SandboxGridView(*m_grid, this)),
      m_history(new SandboxHistoryBar(m_sandbox, this))
{
    setObjectName(QStringLiteral("sandbox"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setFocusPolicy(Qt::NoFocus);
    auto *content = new QWidget(this);
    content->setObjectName(QStringLiteral("panelBody"));
    content->setMinimumSize(scaled(720), scaled(430));
    setWidget(content);

    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(8);
    column->addLayout(nameRow());
    column->addLayout(fileRow());
    column->addLayout(shapeRow());
    auto *middle = new QHBoxLayout;
    middle->setSpacing(12);
    middle->addWidget(m_view, 1);
    auto *solver = new SandboxSolverPanel(m_sandbox, this);
    solver->setFixedWidth(scaled(264));
    middle->addWidget(solver);
    column->addLayout(middle, 1);
    column->addWidget(m_history);

    connect(m_grid, &SandboxGrid::rejected, this, &SandboxPage::fail);
    connect(m_view, &SandboxGridView::failed, this, &SandboxPage::fail);
    connect(&m_sandbox, &Sandbox::tileChanged, this, &SandboxPage::showTile);
    showLayer(int(SandboxGrid::Layer::Plan));
    showTile();
}

QPushButton *SandboxPage::addButton(QHBoxLayout *row, const QString &text, const QString &hint,
                                    const std::function<void()> &run)
{
    auto *button = new QPushButton(text, this);
    button->setToolTip(hint);
    button->setFocusPolicy(Qt::TabFocus);
    if (run)
        connect(button, &QPushButton::clicked, this, run);
    row->addWidget(button);
    return button;
}

QHBoxLayout *SandboxPage::nameRow()
{
    auto *row = new QHBoxLayout;
    m_name = new QLineEdit(this);
    m_name->setObjectName(QStringLiteral("sandboxName"));
    m_name->setAccessibleName(tr("Name of the tile"));
    m_name->setToolTip(tr("What the tile is called; saved with it"));
    m_name->setPlaceholderText(tr("Name"));
    m_name->setMaxLength(200);
    m_name->setFixedWidth(scaled(220));
    connect(m_name, &QLineEdit::editingFinished, this, [this] {
        m_sandbox.change(tr("Name"), [this](TileProblem &tile) { tile.name = m_name->text().trimmed().toStdString(); });
    });
    m_note = new QLabel(this);
    m_note->setObjectName(QStringLiteral("muted"));
    m_note->setWordWrap(true);
    m_note->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_note->setFixedHeight(m_note->fontMetrics().lineSpacing() * 2 + 2); // the whole of it is its tool tip
    row->addWidget(m_name);
    row->addWidget(m_note, 1);
    addButton(row, tr("Back to the matrix"), tr("Shows the viewport again; the sandbox stays as it is (Ctrl+Shift+N)"),
              [this] { emit closed(); });
    return row;
}

QHBoxLayout *SandboxPage::fileRow()
{
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    QPushButton *tiles = addButton(row, tr("New tile"), tr("A random tile, one of the layer, or a built-in one"), {});
    tiles->setProperty("hasMenu", true);
    auto *menu = new QMenu(tiles);
    addTiles(
        *menu, m_sandbox, [] {}, [this](const QString &text) { fail(text); });
    tiles->setMenu(menu);
    addButton(row, tr("Open…"), tr("Opens a .tile file"), [this] { chooseFile(); });
    addButton(row, tr("Save"), tr("Saves the tile as a text file that can be edited by hand"), [this] { save(); });
    addButton(row, tr("Paste"),
              tr("Numbers from a spreadsheet, CSV, LaTeX, Python or MATLAB: into the grid from the current cell on, or as a "
                 "new tile"),
              [this] { m_view->pasteCells(); });
    addButton(row, tr("Copy"), tr("Copies the selected cells, or all, for a spreadsheet"), [this] { m_view->copyCells(); });
    m_draw = addButton(row, tr("Draw"), tr("While it is on, dragging over cells gives them this value"), {});
    m_draw->setObjectName(QStringLiteral("sandboxDraw"));
    m_draw->setCheckable(true);
    m_brush = new QDoubleSpinBox(this);
    m_brush->setObjectName(QStringLiteral("sandboxBrush"));
    m_brush->setAccessibleName(tr("Value to draw"));
    m_brush->setToolTip(tr("The value that drawing gives to cells"));
    m_brush->setRange(-1e6, 1e6);
    m_brush->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_brush->setFixedWidth(scaled(72));
    m_brush->setValue(1);
    row->addWidget(m_brush);
    connect(m_draw, &QPushButton::toggled, this, &SandboxPage::applyBrush);
    connect(m_brush, &QDoubleSpinBox::valueChanged, this, &SandboxPage::applyBrush);
    row->addStretch();
    addButton(row, tr("Open as a matrix"),
              tr("Shows the tile in the viewport as a layer, with its timeline, inspector and charts"),
              [this] { openAsMatrix(); });
    return row;
}

QHBoxLayout *SandboxPage::shapeRow()
{
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    m_layers = new SegmentedControl({tr("Scores"), tr("Plan"), tr("Rounded"), tr("Caps"), tr("Cap duals")}, this);
    m_layers->setObjectName(QStringLiteral("segments"));
    m_layers->setAccessibleName(tr("What the cells show"));
    m_layers->setToolTipOf(0, tr("The scores A, to be maximised"));
    m_layers->setToolTipOf(1, tr("The plan S at the iterate shown; a dot marks what the optimal plan uses"));
    m_layers->setToolTipOf(2, tr("This plan rounded to a mask, or to integers"));
    m_layers->setToolTipOf(3, tr("The largest value that each entry may have; inf for none"));
    m_layers->setToolTipOf(4, tr("What the cap of each entry costs: the dual that Dykstra's algorithm remembers"));
    connect(m_layers, &SegmentedControl::activated, this, &SandboxPage::showLayer);
    row->addWidget(m_layers);
    row->addStretch();
    const auto addBox = [&](const QString &name, const QString &id, const QString &hint) {
        auto *label = new QLabel(name, this);
        auto *box = new QSpinBox(this);
        box->setObjectName(id);
        box->setAccessibleName(name);
        box->setToolTip(hint);
        box->setRange(1, TileProblem::maxSide);
        box->setKeyboardTracking(false);
        box->setButtonSymbols(QAbstractSpinBox::NoButtons);
        box->setFixedWidth(scaled(44));
        row->addWidget(label);
        row->addWidget(box);
        return box;
    };
    m_rows = addBox(tr("Rows"), QStringLiteral("sandboxRows"), tr("Number of rows; new entries are 0"));
    m_cols = addBox(tr("Columns"), QStringLiteral("sandboxCols"), tr("Number of columns; new entries are 0"));
    m_keep =
        addBox(tr("Keep"), QStringLiteral("sandboxKeep"),
               tr("N: sets all row and column sums to N and all caps to 1, as for a mask; other sums are typed into Σ"));
    m_keep->setSpecialValueText(QStringLiteral("–"));
    m_keep->setMinimum(0);
    connect(m_rows, &QSpinBox::valueChanged, this, &SandboxPage::applySize);
    connect(m_cols, &QSpinBox::valueChanged, this, &SandboxPage::applySize);
    connect(m_keep, &QSpinBox::valueChanged, this, [this](int n) {
        if (n < 1)
            return;
        if (const Status kept = m_sandbox.keepEverywhere(n); !kept)
            fail(QString::fromStdString(kept.error().line()));
        showTile();
    });
    return row;
}

void SandboxPage::showLayer(int layer)
{
    m_layers->setCurrent(layer);
    m_grid->setLayer(SandboxGrid::Layer(layer));
}

PictureSource SandboxPage::picture() const
{
    const QHeaderView &columns = *m_view->horizontalHeader(), &rows = *m_view->verticalHeader();
    const QSize cells((rows.isHidden() ? 0 : rows.width()) + columns.length() + 1,
                      (columns.isHidden() ? 0 : columns.height()) + rows.length() + 1);
    const QSize shown = cells.boundedTo(m_view->size());
    const QPointer<SandboxGridView> view(m_view);
    return {m_name->text().isEmpty() ? tr("the tile") : m_name->text(), shown,
            [view, shown](QPainter &painter, QSize size, bool isTransparent) {
                if (!view)
                    return;
                painter.scale(double(size.width()) / shown.width(), double(size.height()) / shown.height());
                view->render(&painter, {}, QRect(QPoint(), shown),
                             isTransparent ? QWidget::DrawChildren : QWidget::DrawWindowBackground | QWidget::DrawChildren);
            }};
}

void SandboxPage::copyCells()
{
    m_view->copyCells();
}

void SandboxPage::takeFocus()
{
    m_view->setFocus();
}

/// An N:M tile stays square: the other side follows.
void SandboxPage::applySize()
{
    int rows = m_rows->value(), cols = m_cols->value();
    if (m_sandbox.tile().pattern())
        (sender() == m_rows ? cols : rows) = sender() == m_rows ? rows : cols;
    m_sandbox.resizeTile(rows, cols);
}

void SandboxPage::applyBrush()
{
    m_view->setBrush(m_draw->isChecked() ? std::optional(m_brush->value()) : std::nullopt);
}

void SandboxPage::showTile()
{
    const TileProblem &tile = m_sandbox.tile();
    const QSignalBlocker quiet[] = {QSignalBlocker(m_rows), QSignalBlocker(m_cols), QSignalBlocker(m_keep)};
    m_rows->setValue(tile.rows());
    m_cols->setValue(tile.cols());
    const auto pattern = tile.pattern();
    m_keep->setMaximum(std::min(tile.rows(), tile.cols()));
    m_keep->setValue(pattern ? pattern->n : 0);
    if (!m_name->hasFocus() || !m_name->isModified())
        m_name->setText(QString::fromStdString(tile.name));
    QString note = QString::fromStdString(tile.note);
    if (!m_sandbox.fileName().isEmpty())
        note += (note.isEmpty() ? QString() : QStringLiteral(" · ")) + QFileInfo(m_sandbox.fileName()).fileName() +
            (m_sandbox.isModified() ? tr(" (changed)") : QString());
    m_note->setText(note);
    m_note->setToolTip(note);
    if (!pattern && sandboxMethodByName(m_sandbox.options().method)->program) {
        SandboxOptions options = m_sandbox.options(); // that method does not solve such a tile
        options.method = SandboxOptions().method;
        m_sandbox.setOptions(options);
    }
}

void SandboxPage::fail(const QString &text)
{
    emit message(MessageLevel::Warning, text);
}

void SandboxPage::chooseFile()
{
    const QString name = QFileDialog::getOpenFileName(this, tr("Open a tile"), QFileInfo(m_sandbox.fileName()).path(),
                                                      tr("Tiles (*.tile);;All files (*)"));
    if (name.isEmpty())
        return;
    if (const Status opened = m_sandbox.open(name); !opened)
        fail(QString::fromStdString(opened.error().line()));
}

void SandboxPage::save()
{
    m_sandbox.fileName().isEmpty() ? saveAs() : saveTo(m_sandbox.fileName());
}

void SandboxPage::saveAs()
{
    const QString proposal = m_sandbox.fileName().isEmpty() ? QStringLiteral("sandbox.tile") : m_sandbox.fileName();
    QString name = QFileDialog::getSaveFileName(this, tr("Save the tile"), proposal, tr("Tiles (*.tile)"));
    if (name.isEmpty())
        return;
    if (QFileInfo(name).suffix().isEmpty())
        name += QStringLiteral(".tile");
    saveTo(name);
}

void SandboxPage::saveTo(const QString &fileName)
{
    if (const Status saved = m_sandbox.save(fileName); !saved)
        emit message(MessageLevel::Error, QString::fromStdString(saved.error().line()));
    else
        emit message(MessageLevel::Info, tr("Tile saved to %1").arg(fileName));
}

void SandboxPage::openAsMatrix()
{
    QString fileName = m_sandbox.fileName();
    if (fileName.isEmpty() || m_sandbox.isModified()) {
        // Not a temporary file: a session that is reopened later may name it.
        const QDir folder(QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation));
        folder.mkpath(QStringLiteral("."));
        fileName = folder.filePath(QStringLiteral("sandbox.tile"));
        if (const Status saved = m_sandbox.saveCopy(fileName); !saved) {
            emit message(MessageLevel::Error, QString::fromStdString(saved.error().line()));
            return;
        }
    }
    if (const auto pattern = m_sandbox.tile().pattern()) {
        SolveOptions options = m_workspace.options();
        options.pattern = *pattern;
        m_workspace.setOptions(options);
    }
    m_workspace.openFileAt(fileName, QStringLiteral("tile"));
    emit closed();
}

} // namespace nms
