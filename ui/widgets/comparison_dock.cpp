// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/comparison_dock.h"

#include "ui/models/pattern_list.h"
#include "ui/models/tables.h"
#include "ui/models/workspace.h"
#include "ui/widgets/bar_delegate.h"
#include "ui/widgets/comparison_chart.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

namespace {

/// A menu that stays open while its items are ticked.
class ChoiceMenu : public QMenu
{
public:
    using QMenu::QMenu;

protected:
    void mouseReleaseEvent(QMouseEvent *event) override
    {
        if (QAction *action = actionAt(event->pos()); action && action->isCheckable())
            action->toggle();
        else
            QMenu::mouseReleaseEvent(event);
    }
};

QList<QAction *> checkedActions(const QMenu &menu)
{
    QList<QAction *> checked = menu.actions();
    checked.removeIf([](const QAction *action) { return !action->isChecked(); });
    return checked;
}

} // namespace

ComparisonDock::ComparisonDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Comparison"), QStringLiteral("comparison"), Heading::InTab, parent), m_workspace(workspace),
      m_table(new QTableView(this)), m_patterns(new ChoiceMenu(this)), m_methods(new ChoiceMenu(this)),
      m_chart(new ComparisonChart(this)),
      m_hint(new QLabel(
          tr("What each pattern keeps by each method, how near the optimum, and how long it takes: press Compare"), this)),
      m_pages(new QStackedWidget(this))
{
    m_hint->setObjectName(QStringLiteral("muted"));
    m_hint->setWordWrap(true);
    addChoosers();

    m_sorted.setSourceModel(&m_model);
    m_sorted.setSortRole(ComparisonModel::SortRole);
    m_table->setModel(&m_sorted);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // in the order of solving, until a column header is clicked
    m_table->setItemDelegate(new BarDelegate(m_table));
    m_table->setAccessibleName(tr("Comparison"));
    m_table->setToolTip(tr("A double click takes a row's pattern and method for the next run; a click on a heading sorts"));
    m_chart->setAccessibleName(tr("Comparison chart"));
    m_chart->setToolTip(tr("Squared error ‖A − M∘A‖² / ‖A‖² by pattern, a bar for each method"));
    m_table->setTabKeyNavigation(false); // Tab leaves the table, arrow keys move inside it
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(scaled(24));
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setMinimumSectionSize(40);
    m_table->horizontalHeader()->setSectionResizeMode(ComparisonModel::SquaredError, QHeaderView::Stretch);
    const int widths[] = {64, 148, 76, 84, 80, 118, 72};
    for (int column = 0; column < int(std::size(widths)); ++column)
        m_table->setColumnWidth(column, scaled(widths[column]));
    m_pages->addWidget(m_table);
    m_pages->addWidget(m_chart);
    body()->addWidget(m_hint);
    body()->addWidget(m_pages, 1);
    body()->addStretch(0);

    connect(m_table, &QTableView::doubleClicked, this, [this](const QModelIndex &index) {
        const ComparisonCase which = m_model.rows()[std::size_t(m_sorted.mapToSource(index).row())].which;
        SolveOptions options = m_workspace.options();
        options.pattern = which.pattern;
        options.method = which.method;
        options.warmStart.reset();
        m_workspace.setOptions(options);
    });
    connect(&workspace, &Workspace::comparisonRowAdded, this, &ComparisonDock::showState);
    connect(&workspace, &Workspace::comparisonChanged, this, [this] {
        showState();
        if (!m_workspace.isComparing())
            showCurrentRow();
    });
    connect(&workspace, &Workspace::tensorChanged, this, &ComparisonDock::showState);
    const auto mark = [this] {
        m_model.setCurrent(m_workspace.options().pattern, m_workspace.options().method);
    };
    connect(&workspace, &Workspace::optionsChanged, this, mark);
    mark();
    showPage(Table);
    showChoice();
}

void ComparisonDock::showPage(int page)
{
    m_page->setCurrent(page);
    m_pages->setCurrentIndex(page);
    showState();
}

void ComparisonDock::addChoosers()
{
    for (const NmPattern pattern : {NmPattern{1, 4}, NmPattern{2, 4}, NmPattern{2, 8}, NmPattern{4, 8}, NmPattern{4, 16},
                                    NmPattern{8, 16}, NmPattern{8, 32}, NmPattern{16, 32}, NmPattern{32, 64}}) {
        addPattern(pattern, 2 * pattern.n == pattern.m && pattern.m <= 32);
    }
    m_patterns->addSeparator();
    connect(m_patterns->addAction(tr("Other patterns…")), &QAction::triggered, this, &ComparisonDock::askForPatterns);
    for (const Method method : offeredMethods()) {
        const auto &backends = m_workspace.backends();
        if (std::none_of(backends.begin(), backends.end(),
                         [&](const BackendChoice &b) { return b.backend->supports(method); }))
            continue;
        QAction *action = m_methods->addAction(methodLabel(method));
        action->setData(int(method));
        action->setCheckable(true);
        action->setChecked(traitsOf(method).comparedByDefault);
        connect(action, &QAction::toggled, this, &ComparisonDock::showChoice);
    }
    const auto button = [this](QMenu *menu) {
        auto *b = new QPushButton(this);
        b->setMenu(menu);
        b->setProperty("hasMenu", true);
        b->setFocusPolicy(Qt::TabFocus);
        return b;
    };
    m_patternButton = button(m_patterns);
    m_methodButton = button(m_methods);
    m_patternButton->setToolTip(tr("Patterns that are compared: keep N of every M"));
    m_methodButton->setToolTip(tr("Methods that are compared"));
    m_compare = new QPushButton(this);
    m_compare->setFocusPolicy(Qt::TabFocus);
    m_compare->setToolTip(tr("Solve every chosen pattern by every chosen method (Ctrl+K)"));
    m_copy = new QPushButton(tr("CSV"), this);
    m_copy->setToolTip(tr("Copy the table as CSV"));
    m_copy->setFocusPolicy(Qt::TabFocus);
    connect(m_compare, &QPushButton::clicked, this, &ComparisonDock::compare);
    connect(m_copy, &QPushButton::clicked, this, &ComparisonDock::copyCsv);
    auto *row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_patternButton);
    row->addWidget(m_methodButton);
    row->addWidget(m_compare);
    row->addStretch();
    m_page = new SegmentedControl({tr("Table"), tr("Chart")}, this);
    m_page->setToolTipOf(Table, tr("A row for each pattern and method"));
    m_page->setToolTipOf(Chart, tr("Squared error ‖A − M∘A‖² / ‖A‖² by pattern, a bar for each method"));
    connect(m_page, &SegmentedControl::activated, this, &ComparisonDock::showPage);
    row->addWidget(m_page);
    row->addWidget(m_copy);
    body()->addLayout(row);
}

QAction *ComparisonDock::addPattern(NmPattern pattern, bool isChosen)
{
    auto *action = new QAction(QString::fromStdString(pattern.text()), m_patterns);
    action->setData(QPoint(pattern.n, pattern.m));
    action->setCheckable(true);
    action->setChecked(isChosen);
    connect(action, &QAction::toggled, this, &ComparisonDock::showChoice);
    const QList<QAction *> all = m_patterns->actions();
    const auto separator = std::find_if(all.begin(), all.end(), [](const QAction *a) { return a->isSeparator(); });
    m_patterns->insertAction(separator == all.end() ? nullptr : *separator, action);
    return action;
}

/// Adds patterns that the user types, and chooses them.
void ComparisonDock::askForPatterns()
{
    auto *dialog = new QInputDialog(this);
    dialog->setObjectName(QStringLiteral("patternsDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Other patterns"));
    dialog->setLabelText(tr("Patterns to compare, as 3:5, 10:16, or 1-7:8 for every density"));
    dialog->setInputMode(QInputDialog::TextInput);
    connect(dialog, &QInputDialog::textValueSelected, this, [this](const QString &text) {
        const auto patterns = parsePatterns(text.toStdString());
        if (!patterns) {
            emit message(MessageLevel::Warning, QString::fromStdString(patterns.error().line()));
            return;
        }
        for (const NmPattern &pattern : *patterns) {
            const QPoint wanted(pattern.n, pattern.m);
            const QList<QAction *> all = m_patterns->actions();
            const auto known = std::find_if(all.begin(), all.end(), [&](const QAction *a) { return a->data() == wanted; });
            if (known != all.end())
                (*known)->setChecked(true);
            else
                addPattern(pattern, true);
        }
        showChoice();
    });
    dialog->open();
}

void ComparisonDock::showCurrentRow()
{
    for (int row = 0; row < m_sorted.rowCount(); ++row)
        if (const QModelIndex index = m_sorted.index(row, 0); index.data(ComparisonModel::IsCurrentRole).toBool())
            m_table->scrollTo(index, QAbstractItemView::PositionAtCenter);
}

std::vector<ComparisonCase> ComparisonDock::chosenCases() const
{
    std::vector<NmPattern> patterns;
    for (const QAction *action : checkedActions(*m_patterns)) {
        const QPoint pattern = action->data().toPoint();
        patterns.push_back({pattern.x(), pattern.y()});
    }
    std::vector<Method> methods;
    for (const QAction *action : checkedActions(*m_methods))
        methods.push_back(Method(action->data().toInt()));
    return crossProduct(patterns, methods);
}

void ComparisonDock::compare()
{
    if (m_workspace.isComparing())
        m_workspace.cancelComparison();
    else
        m_workspace.startComparison(chosenCases());
}

void ComparisonDock::copyCsv() const
{
    QGuiApplication::clipboard()->setText(QString::fromUtf8(toCsv(tableOf(m_workspace, TableKind::Comparison))));
}

void ComparisonDock::showChoice()
{
    const int patterns = int(checkedActions(*m_patterns).size());
    const int methods = int(checkedActions(*m_methods).size());
    m_patternButton->setText(patterns == 1 ? tr("1 pattern") : tr("%1 patterns").arg(patterns));
    m_methodButton->setText(methods == 1 ? tr("1 method") : tr("%1 methods").arg(methods));
    showState();
}

void ComparisonDock::showState()
{
    m_model.setRows(m_workspace.comparison());
    if (m_pages->currentWidget() == m_chart)
        m_chart->setRows(m_workspace.comparison());
    const int done = int(m_workspace.comparison().size());
    const bool isComparing = m_workspace.isComparing();
    m_compare->setText(isComparing ? tr("Cancel %1/%2").arg(done).arg(m_workspace.comparisonTotal()) : tr("Compare"));
    m_compare->setEnabled(isComparing || (m_workspace.tensor() && !chosenCases().empty()));
    m_copy->setEnabled(done > 0);
    m_hint->setVisible(done == 0 && !isComparing);
    m_pages->setVisible(!m_hint->isVisibleTo(this));
}

} // namespace nms
