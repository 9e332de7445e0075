// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/top_bar.h"

#include "ui/models/workspace.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

namespace nms {

TopBar::TopBar(Workspace &workspace, QMenu *menu, QWidget *parent) : QWidget(parent), m_workspace(workspace)
{
    setObjectName(QStringLiteral("topBar"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(40);

    auto *brand = new QToolButton(this);
    brand->setObjectName(QStringLiteral("brand"));
    brand->setText(QStringLiteral("nmscope"));
    brand->setToolTip(tr("Menu (F10)"));
    brand->setMenu(menu);
    brand->setPopupMode(QToolButton::InstantPopup);
    brand->setIcon(QIcon(QStringLiteral(":/icons/chevron-down.svg")));
    brand->setIconSize({12, 12});
    brand->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    brand->setLayoutDirection(Qt::RightToLeft); // the arrow behind the name
    brand->setShortcut(Qt::Key_F10);
    brand->setFocusPolicy(Qt::TabFocus);

    m_breadcrumb = new QLabel(this);
    m_breadcrumb->setObjectName(QStringLiteral("muted"));
    m_breadcrumb->setFont(monoFont(12));
    m_breadcrumb->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    m_views = new SegmentedControl({tr("Weights"), tr("Score"), tr("Plan"), tr("Mask"), tr("Error")}, this);
    m_views->setCurrent(int(workspace.view()));
    connect(m_views, &SegmentedControl::activated, this, [this](int index) { m_workspace.setView(MatrixView(index)); });
    connect(&workspace, &Workspace::viewChanged, this, [this](MatrixView view) { m_views->setCurrent(int(view)); });

    m_solver = new QLabel(this);
    m_solver->setObjectName(QStringLiteral("muted"));
    m_solver->setFont(monoFont(12));

    auto *left = new QHBoxLayout;
    left->setContentsMargins(0, 0, 0, 0);
    left->setSpacing(16);
    left->addWidget(brand);
    left->addWidget(m_breadcrumb, 1);

    // Three columns, the outer ones equally wide: the views stay in the middle of the window.
    auto *layout = new QGridLayout(this);
    layout->setContentsMargins(8, 0, 12, 0);
    layout->setHorizontalSpacing(16);
    layout->addLayout(left, 0, 0);
    layout->addWidget(m_views, 0, 1, Qt::AlignCenter);
    layout->addWidget(m_solver, 0, 2, Qt::AlignRight | Qt::AlignVCenter);
    layout->setColumnStretch(0, 1);
    layout->setColumnStretch(2, 1);
    layout->setColumnMinimumWidth(0, 240);
    layout->setColumnMinimumWidth(2, 240);

    connect(&workspace, &Workspace::tensorChanged, this, &TopBar::showTensor);
    connect(&workspace, &Workspace::optionsChanged, this, &TopBar::showSolver);
    showTensor();
    showSolver();
}

void TopBar::showTensor()
{
    const auto tensor = m_workspace.tensor();
    m_breadcrumbText = tensor
        ? QStringLiteral("%1 › %2").arg(QFileInfo(tensor->file).fileName(), QString::fromStdString(tensor->info.path))
        : tr("no file open");
    m_breadcrumb->setToolTip(tensor ? QStringLiteral("%1\n%2").arg(tensor->file, QString::fromStdString(tensor->info.path))
                                    : QString());
    resizeEvent(nullptr);
}

void TopBar::showSolver()
{
    const NmPattern pattern = m_workspace.shownOptions().pattern;
    m_solver->setText(
        QStringLiteral("%1   %2").arg(m_workspace.shownBackend().label, tr("keep %1 of %2").arg(pattern.n).arg(pattern.m)));
    resizeEvent(nullptr);
}

void TopBar::resizeEvent(QResizeEvent *)
{
    m_breadcrumb->setText(m_breadcrumb->fontMetrics().elidedText(m_breadcrumbText, Qt::ElideMiddle, m_breadcrumb->width()));
}

} // namespace nms
