// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_dock.h"

#include "ui/models/tile_facts.h"
#include "ui/models/tile_inspection.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tile_lab_page.h"
#include "ui/widgets/tile_steps_page.h"
#include "ui/widgets/tile_why_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace nms {

TileDock::TileDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Tile"), QStringLiteral("tile"), Heading::Shown, parent), m_workspace(workspace),
      m_inspection(TileInspection::of(workspace))
{
    m_summary = new QLabel(this);
    m_summary->setObjectName(QStringLiteral("muted"));
    m_summary->setFont(monoFont(12));
    headingRow()->addWidget(m_summary);
    m_hint = new QLabel(tr("Click a tile to see why it is as it is"), this);
    m_hint->setObjectName(QStringLiteral("muted"));
    m_hint->setWordWrap(true);
    body()->addWidget(m_hint);

    m_pages = new SegmentedControl({tr("Why"), tr("Steps"), tr("Try")}, this);
    m_pages->setToolTipOf(Why, tr("Figures of plan and mask, the reasons for them, and the certificate"));
    m_pages->setToolTipOf(Steps, tr("The decisions by which the mask was made, entry by entry, with gains (F8)"));
    m_pages->setToolTipOf(Lab, tr("The same tile with another τ, N, M or method, before and after beside each other (T)"));
    m_pages->setAccessibleName(tr("What to show of the tile"));
    body()->addWidget(m_pages);
    m_stack = new QStackedWidget(this);
    m_why = new TileWhyPage(workspace, m_stack);
    m_steps = new TileStepsPage(workspace, m_stack);
    m_lab = new TileLabPage(workspace, m_stack);
    for (QWidget *page : {static_cast<QWidget *>(m_why), static_cast<QWidget *>(m_steps), static_cast<QWidget *>(m_lab)})
        m_stack->addWidget(page);
    body()->addWidget(m_stack, 1);
    m_pages->setCurrent(Why);
    connect(m_pages, &SegmentedControl::activated, this, [this](int page) {
        m_stack->setCurrentIndex(page);
        pageChanged();
    });
    connect(this, &QDockWidget::visibilityChanged, this, &TileDock::pageChanged);

    m_timer.setSingleShot(true);
    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &TileDock::refresh);
    const auto later = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    connect(&m_inspection, &TileInspection::changed, this, later);
    connect(&workspace, &Workspace::snapshotChanged, this, later);
    connect(&workspace, &Workspace::solutionChanged, this, later);
    connect(&workspace, &Workspace::optionsChanged, this, later);
    connect(&workspace, &Workspace::rankFigureChanged, this, later);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, later);
    connect(&workspace, &Workspace::selectedTileChanged, this, &TileDock::refresh);
    connect(&workspace, &Workspace::tensorChanged, this, &TileDock::refresh);
    refresh();
}

void TileDock::showPage(Page page)
{
    m_pages->setCurrent(page);
    m_stack->setCurrentIndex(page);
    show();
    raise();
    pageChanged();
}

void TileDock::pageChanged()
{
    m_lab->setActive(isVisible() && m_stack->currentIndex() == Lab);
}

void TileDock::refresh()
{
    const auto tensor = m_workspace.tensor();
    const std::optional<std::int64_t> tile = m_workspace.selectedTile();
    const bool isShown = tensor && tile && *tile < m_workspace.grid().count();
    m_hint->setVisible(!isShown);
    m_pages->setVisible(isShown);
    m_stack->setVisible(isShown);
    if (!isShown) {
        setHeading(tr("Tile"));
        m_summary->clear();
        return;
    }
    m_inspection.update();
    const TileFacts facts = tileFacts(m_workspace, *tile);
    const FactTexts texts = factTexts(facts, m_workspace.grid().count(), m_workspace.shownOptions());
    setHeading(tr("Tile %1, %2").arg(facts.tileRow).arg(facts.tileCol));
    m_summary->setText(facts.rank ? QStringLiteral("%1: %2").arg(texts.rank.name, texts.rank.value) : QString());
    m_summary->setToolTip(texts.rank.hint);
    m_why->showTile(texts);
    m_steps->refresh();
}

} // namespace nms
