// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/runs_dock.h"

#include "ui/models/format.h"
#include "ui/models/tables.h"
#include "ui/models/workspace.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

namespace {

/// The run on screen in bold, verdicts in their colours.
class RunDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->font = monoFont(12);
        option->font.setBold(index.data(RunListModel::IsShownRole).toBool());
        if (index.column() == RunListModel::Tensor)
            option->textElideMode = Qt::ElideLeft; // the names of layers differ at their ends
        if (index.column() == RunListModel::VerdictText)
            option->palette.setColor(QPalette::Text, theme().of(VerdictLevel(index.data(RunListModel::LevelRole).toInt())));
    }
};

} // namespace

RunsDock::RunsDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Runs"), QStringLiteral("runs"), Heading::InTab, parent), m_workspace(workspace), m_model(workspace),
      m_table(new QTableView(this)),
      m_hint(new QLabel(tr("Every run that has ended stays here: a double click shows it again, without solving"), this)),
      m_memory(new QPushButton(this)), m_csv(new QPushButton(tr("Copy CSV"), this))
{
    m_hint->setObjectName(QStringLiteral("muted"));
    m_hint->setWordWrap(true);
    addCommands();
    addTable();
    body()->addWidget(m_hint);
    body()->addWidget(m_table, 1);
    body()->addStretch(0);
    connect(&workspace.runs(), &RunList::changed, this, &RunsDock::showState);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsDock::showState);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, &RunsDock::showState);
    showState();
}

void RunsDock::addTable()
{
    m_sorted.setSourceModel(&m_model);
    m_sorted.setSortRole(RunListModel::SortRole);
    m_table->setModel(&m_sorted);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // in the order of the list, until a column header is clicked
    m_table->setItemDelegate(new RunDelegate(m_table));
    m_table->setAccessibleName(tr("Runs"));
    m_table->setToolTip(
        tr("A double click or Enter shows a run, F2 renames it, Del deletes it, a click on a heading sorts"));
    m_table->setTabKeyNavigation(false); // Tab leaves the table, arrow keys move inside it
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->addActions(m_commands);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(scaled(24));
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setMinimumSectionSize(scaled(40));
    const int widths[RunListModel::ColumnCount] = {104, 80, 64, 112, 48, 78, 84, 72, 170, 56, 76, 84};
    for (int column = 0; column < RunListModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, scaled(widths[column]));
    connect(m_table, &QTableView::activated, this, &RunsDock::showSelected); // by double click or Enter
}

void RunsDock::addCommands()
{
    const auto add = [this](const QString &text, const QString &hint, const QKeySequence &key, auto run) {
        auto *action = new QAction(text, this);
        action->setToolTip(hint);
        if (!key.isEmpty()) {
            action->setShortcut(key);
            action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        }
        connect(action, &QAction::triggered, this, run);
        addAction(action);
        m_commands << action;
        return action;
    };
    // Enter is not a shortcut, because it also ends the editing of a name: the table itself reports it.
    QAction *show = add(tr("Show run"), tr("Take over its settings and show its mask, without solving (Enter)"), {},
                        [this] { showSelected(); });
    add(tr("Rename run"), tr("Rename the run (F2)"), Qt::Key_F2, [this] {
        if (const QModelIndex current = m_table->currentIndex(); current.isValid())
            m_table->edit(current.siblingAtColumn(RunListModel::Name));
    });
    QAction *tick = add(tr("Tick run"), tr("Draw it in the convergence chart, and choose it for Compare (Ctrl+T)"),
                        Qt::CTRL | Qt::Key_T, [this] { setTicked(); });
    QAction *pin = add(tr("Pin run"), tr("Keep its mask, however little memory is left (Ctrl+Shift+T)"),
                       Qt::CTRL | Qt::SHIFT | Qt::Key_T, [this] { setPinned(); });
    QAction *remove = add(tr("Delete run"), tr("Delete the run; Undo brings it back (Del)"), QKeySequence::Delete,
                          [this] { m_workspace.runs().remove(selected()); });

    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    for (QAction *action : {show, tick, pin, remove}) {
        auto *button = new QPushButton(action->text().section(QLatin1Char(' '), 0, 0), this);
        button->setToolTip(action->toolTip());
        button->setAccessibleName(action->text());
        button->setFocusPolicy(Qt::TabFocus);
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [button, action] { button->setEnabled(action->isEnabled()); });
        row->addWidget(button);
    }
    row->addStretch();
    m_memory->setToolTip(
        tr("Memory of the kept runs, and its limit: beyond it the oldest runs that are not pinned lose their "
           "masks, and are solved again when shown"));
    m_memory->setFocusPolicy(Qt::TabFocus);
    m_memory->setProperty("hasMenu", true);
    auto *limits = new QMenu(m_memory);
    for (const int megabytes : {64, 256, 1024, 4096, 16384}) {
        const std::int64_t bytes = std::int64_t(megabytes) << 20;
        limits->addAction(tr("at most %1").arg(format::bytes(bytes)), this,
                          [this, bytes] { m_workspace.runs().setLimit(bytes); });
    }
    m_memory->setMenu(limits);
    row->addWidget(m_memory);
    m_csv->setToolTip(tr("Copy the table as CSV"));
    m_csv->setFocusPolicy(Qt::TabFocus);
    connect(m_csv, &QPushButton::clicked, this, &RunsDock::copyCsv);
    row->addWidget(m_csv);
    body()->addLayout(row);
}

void RunsDock::takeFocus()
{
    show();
    raise();
    m_table->setFocus();
    if (!m_table->selectionModel()->hasSelection() && m_sorted.rowCount() > 0)
        m_table->selectRow(m_sorted.rowCount() - 1); // the newest
}

QList<int> RunsDock::selected() const
{
    QList<int> ids;
    for (const QModelIndex &index : m_table->selectionModel()->selectedRows())
        ids << index.data(RunListModel::IdRole).toInt();
    return ids;
}

void RunsDock::showSelected()
{
    if (const QModelIndex current = m_table->currentIndex(); current.isValid())
        m_workspace.showRun(current.data(RunListModel::IdRole).toInt());
}

/// Pins all, unless all are pinned.
void RunsDock::setPinned()
{
    RunList &runs = m_workspace.runs();
    const QList<int> ids = selected();
    const bool areAll = std::ranges::all_of(ids, [&](int id) { return runs.find(id)->isPinned; });
    for (const int id : ids)
        runs.setPinned(id, !areAll);
}

void RunsDock::setTicked()
{
    RunList &runs = m_workspace.runs();
    const QList<int> ids = selected();
    const bool areAll = std::ranges::all_of(ids, [&](int id) { return runs.find(id)->isTicked; });
    for (const int id : ids)
        runs.setTicked(id, !areAll);
}

void RunsDock::copyCsv() const
{
    QGuiApplication::clipboard()->setText(QString::fromUtf8(toCsv(tableOf(m_workspace, TableKind::Runs))));
}

void RunsDock::showState()
{
    const RunList &runs = m_workspace.runs();
    const bool isEmpty = runs.all().empty();
    m_hint->setVisible(isEmpty);
    m_table->setVisible(!isEmpty);
    m_csv->setEnabled(!isEmpty);
    for (QAction *action : std::as_const(m_commands))
        action->setEnabled(m_table->selectionModel()->hasSelection());
    m_memory->setText(tr("%1 of %2").arg(format::bytes(runs.bytes()), format::bytes(runs.limit())));
    m_memory->setAccessibleName(tr("Memory of the kept runs: %1").arg(m_memory->text()));
    QPalette palette = m_memory->palette();
    palette.setColor(QPalette::ButtonText, runs.bytes() > runs.limit() ? theme().warn : theme().text);
    m_memory->setPalette(palette);
}

} // namespace nms
