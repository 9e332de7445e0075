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
    setFixedHeight(scaled(40));

    auto *brand = new QToolButton(this);
    brand->setObjectName(QStringLiteral("brand"));
    brand->setText(QStringLiteral("nmscope"));
    brand->setToolTip(tr("Every command, by menu (F10); Ctrl+Shift+P finds them by name"));
    brand->setMenu(menu);
    brand->setPopupMode(QToolButton::InstantPopup);
    brand->setAccessibleName(tr("Menu"));
    brand->setShortcut(Qt::Key_F10);
    brand->setFocusPolicy(Qt::TabFocus);

    m_breadcrumb = new QLabel(this);
    m_breadcrumb->setObjectName(QStringLiteral("muted"));
    m_breadcrumb->setFont(monoFont(12));
    m_breadcrumb->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    m_views = new SegmentedControl({tr("Weights"), tr("Score"), tr("Plan"), tr("Mask"), tr("Error")}, this);
    const QString meanings[] = {
        tr("The weights W as they are in the file (1)"),
        tr("What a mask keeps as much of as it can: A = |W|, unless another score is chosen (2)"),
        tr("The transport plan: it maximises ⟨S, A⟩ + H(S)/τ with 0 ≤ S ≤ 1, rows and columns of each tile summing to N "
           "(3)"),
        tr("What is kept: N of every M along rows and columns of each tile, Σ M_ij = N (4)"),
        tr("What is lost of the score: A·(1 − S), with the mask in place of S once there is one (5)")};
    for (int i = 0; i < int(std::size(meanings)); ++i)
        m_views->setToolTipOf(i, meanings[i]);
    m_views->setAccessibleName(tr("View"));
    m_views->setCurrent(int(workspace.view()));
    connect(m_views, &SegmentedControl::activated, this, [this](int index) { m_workspace.setView(MatrixView(index)); });
    connect(&workspace, &Workspace::viewChanged, this, [this](MatrixView view) { m_views->setCurrent(int(view)); });

    m_solver = new QLabel(this);
    m_solver->setObjectName(QStringLiteral("muted"));
    m_solver->setFont(monoFont(12));
    m_solver->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_solver->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_solver->setToolTip(tr("What solves, and the pattern: keep N of every M along rows and columns of each M×M tile"));

    auto *left = new QHBoxLayout;
    left->setContentsMargins(0, 0, 0, 0);
    left->setSpacing(16);
    left->addWidget(brand);
    left->addWidget(m_breadcrumb, 1);

    // Three columns, the outer ones equally wide, so that the views stay in the middle of the window.
    auto *layout = new QGridLayout(this);
    layout->setContentsMargins(8, 0, 12, 0);
    layout->setHorizontalSpacing(16);
    layout->addLayout(left, 0, 0);
    layout->addWidget(m_views, 0, 1, Qt::AlignCenter);
    layout->addWidget(m_solver, 0, 2);
    layout->setColumnStretch(0, 1);
    layout->setColumnStretch(2, 1);
    layout->setColumnMinimumWidth(0, scaled(100)); // enough for the name of the program

    connect(&workspace, &Workspace::tensorChanged, this, &TopBar::showTensor);
    connect(&workspace, &Workspace::previewChanged, this, &TopBar::showTensor);
    connect(&workspace, &Workspace::optionsChanged, this, &TopBar::showSolver);
    showTensor();
    showSolver();
}

void TopBar::showTensor()
{
    const auto preview = m_workspace.preview();
    const auto tensor = m_workspace.tensor();
    if (!preview && !tensor) {
        m_breadcrumbText = tr("no file open");
        m_breadcrumb->setToolTip({});
    } else {
        const QString file = preview ? preview->file : tensor->file;
        const QString path = QString::fromStdString(preview ? preview->info.path : tensor->info.path);
        m_breadcrumbText = QStringLiteral("%1 › %2").arg(QFileInfo(file).fileName(), path);
        m_breadcrumb->setToolTip(QStringLiteral("%1\n%2").arg(file, path));
    }
    resizeEvent(nullptr);
}

void TopBar::showSolver()
{
    const NmPattern pattern = m_workspace.shownOptions().pattern;
    m_patternText = tr("keep %1 of %2").arg(pattern.n).arg(pattern.m);
    m_solverText = QStringLiteral("%1   %2").arg(m_workspace.shownBackend().label, m_patternText);
    resizeEvent(nullptr);
}

void TopBar::resizeEvent(QResizeEvent *)
{
    m_breadcrumb->setText(m_breadcrumb->fontMetrics().elidedText(m_breadcrumbText, Qt::ElideMiddle, m_breadcrumb->width()));
    const bool fits = m_solver->fontMetrics().horizontalAdvance(m_solverText) <= m_solver->width();
    m_solver->setText(fits ? m_solverText : m_patternText);
}

} // namespace nms
