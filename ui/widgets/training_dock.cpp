// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/training_dock.h"

#include "ui/attach/attachment.h"
#include "ui/models/format.h"
#include "ui/models/tensor_tree_model.h"
#include "ui/models/training_view.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/training_chart.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

TrainingDock::TrainingDock(Attachment &attachment, Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Training"), QStringLiteral("training"), Heading::InTab, parent), m_attachment(attachment),
      m_workspace(workspace), m_text(new QLabel(this)), m_wanted(new QCheckBox(tr("Show its mask"), this)),
      m_layers(new QTreeWidget(this)), m_chart(new TrainingChart(this))
{
    m_text->setObjectName(QStringLiteral("trainingText"));
    m_wanted->setObjectName(QStringLiteral("trainingWanted"));
    m_wanted->setToolTip(tr("The views show the training's mask of the open layer, and the timeline its steps; otherwise a "
                            "run of this window"));
    m_layers->setObjectName(QStringLiteral("trainingLayers"));
    m_layers->setColumnCount(2);
    m_layers->setHeaderLabels({tr("Layer"), tr("Flip rate")});
    m_layers->setRootIsDecorated(false);
    m_layers->setUniformRowHeights(true);
    m_layers->header()->setStretchLastSection(false);
    m_layers->header()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_layers->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_layers->headerItem()->setTextAlignment(1, Qt::AlignRight);
    auto *top = new QHBoxLayout;
    top->addWidget(m_text, 1);
    top->addWidget(m_wanted);
    body()->addLayout(top);
    auto *row = new QHBoxLayout;
    row->addWidget(m_layers, 2);
    row->addWidget(m_chart, 3);
    body()->addLayout(row, 1);

    connect(m_wanted, &QCheckBox::clicked, this,
            [this](bool isChecked) { TrainingView::of(m_workspace).setWanted(isChecked); });
    connect(m_layers, &QTreeWidget::itemClicked, this, [this](const QTreeWidgetItem *item) {
        m_workspace.selectTensor(m_attachment.name(), item->data(0, Qt::UserRole).toString());
    });
    m_timer.setSingleShot(true);
    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &TrainingDock::refresh);
    const auto later = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    connect(&attachment, &Attachment::trainingChanged, this, later);
    connect(&attachment, &Attachment::stateChanged, this, later);
    connect(&attachment, &Attachment::attached, this, &TrainingDock::listLayers);
    connect(&TrainingView::of(workspace), &TrainingView::changed, this, later);
    connect(&workspace, &Workspace::tensorChanged, this, later);
    connect(this, &QDockWidget::visibilityChanged, this, later);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, later);
    listLayers();
}

void TrainingDock::listLayers()
{
    m_layers->clear();
    if (const auto &welcome = m_attachment.welcome())
        for (const std::size_t number : welcome->masked) {
            const QString path = QString::fromStdString(welcome->tensors[number].path);
            auto *item = new QTreeWidgetItem(m_layers, {path});
            item->setData(0, Qt::UserRole, path);
            item->setToolTip(0, path);
            item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
            item->setFont(1, monoFont());
        }
    refresh();
}

void TrainingDock::refresh()
{
    const TrainingView &training = TrainingView::of(m_workspace);
    m_wanted->setEnabled(training.isThere());
    m_wanted->setChecked(training.isWanted());
    if (!isVisible())
        return;
    const auto &welcome = m_attachment.welcome();
    const auto &refreshes = m_attachment.refreshes();
    QStringList parts{m_attachment.isTrainingEnded() ? tr("ended at step %1").arg(m_attachment.step())
                                                     : tr("step %1").arg(m_attachment.step())};
    if (m_attachment.state() == Attachment::State::Connecting)
        parts << tr("connection lost");
    else if (m_attachment.state() == Attachment::State::Ended)
        parts << tr("the process has ended");
    std::optional<std::size_t> front;
    const auto tensor = m_workspace.tensor();
    if (welcome && !refreshes.empty()) {
        const TrainingRefresh &last = refreshes.back();
        double changed = 0, all = 0;
        for (std::size_t i = 0; i < last.flips.size(); ++i) {
            const double size = double(welcome->tensors[welcome->masked[i]].elements());
            changed += double(last.flips[i]) * size;
            all += size;
        }
        parts << tr("flip rate %1 at step %2").arg(format::percent(all > 0 ? changed / all : 0)).arg(last.step);
    }
    for (int i = 0; welcome && i < m_layers->topLevelItemCount(); ++i) {
        QTreeWidgetItem *item = m_layers->topLevelItem(i);
        const auto place = std::size_t(i);
        item->setText(1, refreshes.empty() ? QString() : format::percent(double(refreshes.back().flips[place])));
        const bool isOpen = tensor && tensor->file == m_attachment.name() &&
            item->data(0, Qt::UserRole).toString().toStdString() == tensor->info.tensorPath();
        if (isOpen)
            front = place;
        for (int column = 0; column < 2; ++column)
            item->setForeground(column, isOpen ? theme().accent : theme().text);
    }
    m_text->setText(parts.join(QStringLiteral(" · ")));
    m_chart->setRefreshes(refreshes, front);
}

} // namespace nms
