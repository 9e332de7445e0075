// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tensor_tree_dock.h"

#include "ui/widgets/theme.h"

#include <QAction>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QProgressBar>
#include <QShortcut>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

namespace nms {

namespace {

/// Draws numbers small, muted and in the monospaced font, so that the names stand out.
class FigureDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->font = monoFont(11);
        option->palette.setColor(QPalette::Text, theme().muted);
        option->palette.setColor(QPalette::HighlightedText, theme().muted);
    }
};

/// Mutes the names of tensors that solving the file leaves out; these can be opened nevertheless. Marks the name of the open
/// tensor or, if its group is collapsed, that of the group.
class NameDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        if (!index.data(TensorTreeModel::LeftOutRole).toString().isEmpty())
            option->palette.setColor(QPalette::Text, theme().muted);
        const auto *tree = qobject_cast<const QTreeView *>(option->widget);
        if (index.data(TensorTreeModel::IsOpenRole).toBool() && !(tree && tree->isExpanded(index))) {
            option->font.setBold(true);
            option->palette.setColor(QPalette::Text, theme().accent);
            option->palette.setColor(QPalette::HighlightedText, theme().accent);
        }
    }
};

} // namespace

TensorTreeDock::TensorTreeDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Tensors"), QStringLiteral("tensors"), Heading::Shown, parent), m_workspace(workspace),
      m_edit(new QLineEdit(this)), m_tree(new QTreeView(this)), m_progress(new QProgressBar(this))
{
    m_filter.setSourceModel(&m_model);
    m_filter.setRecursiveFilteringEnabled(true);
    m_filter.setAutoAcceptChildRows(true);
    m_filter.setFilterCaseSensitivity(Qt::CaseInsensitive);

    m_edit->setClearButtonEnabled(true);
    m_edit->setAccessibleName(tr("Filter tensors"));
    m_edit->setToolTip(tr("Only tensors whose path has this in it are listed (Ctrl+F)"));
    m_tree->setAccessibleName(tr("Tensors"));
    m_tree->setToolTip(tr("The tensors of the open files; a click opens one"));
    connect(m_edit, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter.setFilterFixedString(text);
        expandGroups({});
        showCurrent();
    });

    connect(m_edit, &QLineEdit::returnPressed, m_tree, qOverload<>(&QWidget::setFocus));
    connect(new QShortcut(Qt::Key_Escape, m_edit, nullptr, nullptr, Qt::WidgetShortcut), &QShortcut::activated, m_edit,
            [this] {
                if (m_edit->text().isEmpty())
                    m_edit->clearFocus();
                m_edit->clear();
            });

    m_tree->setModel(&m_filter);
    m_tree->setHeaderHidden(true);
    m_tree->setIndentation(16);
    m_tree->setUniformRowHeights(true);
    m_tree->setExpandsOnDoubleClick(true);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setTextElideMode(Qt::ElideMiddle);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setItemDelegate(new NameDelegate(m_tree));
    auto *figures = new FigureDelegate(m_tree);
    for (const int column :
         {TensorTreeModel::Shape, TensorTreeModel::Type, TensorTreeModel::Structure, TensorTreeModel::Hardware})
        m_tree->setItemDelegateForColumn(column, figures);
    QHeaderView *header = m_tree->header();
    header->setStretchLastSection(false);
    header->setMinimumSectionSize(16);
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(TensorTreeModel::Name, QHeaderView::Stretch);
    connect(m_tree, &QTreeView::customContextMenuRequested, this, &TensorTreeDock::showMenu);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &TensorTreeDock::choose);

    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);

    body()->addWidget(m_edit);
    body()->addWidget(m_tree, 1);
    body()->addWidget(m_progress);

    connect(&m_scanner, &PatternScanner::detected, &m_model, &TensorTreeModel::setDetected);
    connect(&workspace, &Workspace::filesChanged, this, &TensorTreeDock::reload);
    connect(&workspace, &Workspace::tensorChanged, this, &TensorTreeDock::showCurrent);
    connect(&workspace, &Workspace::loadingChanged, this, &TensorTreeDock::showLoading);
    reload();
    showLoading();
}

void TensorTreeDock::resizeEvent(QResizeEvent *event)
{
    PanelDock::resizeEvent(event);
    // Names come first: when they would be cut off, columns of figures are hidden (the tool tip still has them).
    m_tree->setColumnHidden(TensorTreeModel::Hardware, width() < 430);
    m_tree->setColumnHidden(TensorTreeModel::Structure, width() < 330);
    m_tree->setColumnHidden(TensorTreeModel::Type, width() < 350); // the structure column says more
}

void TensorTreeDock::focusFilter()
{
    m_edit->setFocus();
    m_edit->selectAll();
}

void TensorTreeDock::reload()
{
    m_scanner.cancel();
    {
        const QSignalBlocker blocker(m_tree->selectionModel()); // a reset must not open a tensor
        m_model.setFiles(m_workspace.files());
    }
    const int count = m_model.tensorCount();
    m_edit->setPlaceholderText(count == 0       ? tr("Filter tensors")
                                   : count == 1 ? tr("Filter 1 tensor")
                                                : tr("Filter %1 tensors").arg(count));
    for (const OpenFile &file : m_workspace.files()) {
        std::vector<TensorInfo> unknown;
        for (const TensorInfo &tensor : file.tensors)
            if (!m_model.isDetected(file.fileName, QString::fromStdString(tensor.path)))
                unknown.push_back(tensor);
        m_scanner.scan(file.fileName, unknown);
    }
    if (m_model.tensorCount() <= 200)
        expandGroups({});
    showCurrent();
}

/// Expands files and groups; a stack shows its matrices only when the user expands it.
void TensorTreeDock::expandGroups(const QModelIndex &parent)
{
    for (int row = 0; row < m_filter.rowCount(parent); ++row) {
        const QModelIndex index = m_filter.index(row, 0, parent);
        if (!index.data(TensorTreeModel::PathRole).toString().isEmpty())
            continue;
        m_tree->expand(index);
        expandGroups(index);
    }
}

void TensorTreeDock::showCurrent()
{
    const auto tensor = m_workspace.tensor();
    const QModelIndex index = tensor
        ? m_filter.mapFromSource(m_model.find(tensor->file, QString::fromStdString(tensor->info.path)))
        : QModelIndex();
    m_model.setOpen(tensor ? tensor->file : QString(), tensor ? QString::fromStdString(tensor->info.path) : QString());
    if (index == m_tree->currentIndex())
        return;
    const QSignalBlocker blocker(m_tree->selectionModel());
    m_tree->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_tree->scrollTo(index);
    m_tree->viewport()->update();
}

void TensorTreeDock::showLoading()
{
    m_progress->setVisible(m_workspace.isLoading());
    m_progress->setValue(int(1000 * m_workspace.loadProgress()));
}

void TensorTreeDock::choose(const QModelIndex &index)
{
    if (!index.data(TensorTreeModel::IsMatrixRole).toBool())
        return;
    m_workspace.selectTensor(index.data(TensorTreeModel::FileRole).toString(),
                             index.data(TensorTreeModel::PathRole).toString());
}

void TensorTreeDock::showMenu(const QPoint &position)
{
    const QModelIndex index = m_tree->indexAt(position);
    if (!index.isValid())
        return;
    const QString file = index.data(TensorTreeModel::FileRole).toString();
    QMenu menu(this);
    menu.addAction(tr("Expand all"), m_tree, &QTreeView::expandAll);
    menu.addAction(tr("Collapse all"), m_tree, &QTreeView::collapseAll);
    menu.addSeparator();
    menu.addAction(tr("Close %1").arg(file.section(QLatin1Char('/'), -1)), this,
                   [this, file] { m_workspace.closeFile(file); });
    menu.exec(m_tree->viewport()->mapToGlobal(position));
}

} // namespace nms
