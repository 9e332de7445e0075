// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_facts_dock.h"

#include "ui/models/tile_facts.h"
#include "ui/models/workspace.h"
#include "ui/widgets/theme.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace nms {

TileFactsDock::TileFactsDock(Workspace &workspace, QWidget *parent)
    : PanelDock(tr("Tile"), QStringLiteral("tile"), Heading::Shown, parent), m_workspace(workspace)
{
    m_summary = new QLabel(this);
    m_summary->setObjectName(QStringLiteral("muted"));
    m_summary->setFont(monoFont(12));
    headingRow()->addWidget(m_summary);
    m_hint = new QLabel(tr("Click a tile to see its figures"), this);
    m_hint->setObjectName(QStringLiteral("muted"));
    body()->addWidget(m_hint);

    auto *scroll = new QScrollArea(this); // a low window has no space for all figures
    m_table = new QWidget(scroll);
    m_form = new QFormLayout(m_table);
    m_form->setContentsMargins(0, 0, 0, 0);
    m_form->setVerticalSpacing(6);
    scroll->setWidget(m_table);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    body()->addWidget(scroll, 1);

    m_timer.setSingleShot(true);
    m_timer.setInterval(100);
    connect(&m_timer, &QTimer::timeout, this, &TileFactsDock::refresh);
    const auto later = [this] {
        if (!m_timer.isActive())
            m_timer.start();
    };
    connect(&workspace, &Workspace::snapshotChanged, this, later);
    connect(&workspace, &Workspace::solutionChanged, this, later);
    connect(&workspace, &Workspace::optionsChanged, this, later);
    connect(&workspace, &Workspace::rankFigureChanged, this, later);
    connect(&themeSwitch(), &ThemeSwitch::changed, this, later);
    connect(&workspace, &Workspace::selectedTileChanged, this, &TileFactsDock::refresh);
    connect(&workspace, &Workspace::tensorChanged, this, &TileFactsDock::refresh);
    refresh();
}

void TileFactsDock::put(int row, const FactText &fact)
{
    while (int(m_rows.size()) <= row) {
        auto *name = new QLabel(m_table);
        auto *value = new QLabel(m_table);
        value->setFont(monoFont(12));
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        value->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_form->addRow(name, value);
        m_rows.emplace_back(name, value);
    }
    const auto &[name, value] = m_rows[std::size_t(row)];
    name->setText(fact.name.left(1).toUpper() + fact.name.mid(1));
    value->setText(fact.value);
    value->setObjectName(fact.name);
    for (QLabel *label : {name, value})
        label->setToolTip(fact.hint);
    QPalette palette = value->palette();
    palette.setColor(QPalette::WindowText, fact.level == VerdictLevel::Neutral ? theme().text : theme().of(fact.level));
    value->setPalette(palette);
}

void TileFactsDock::refresh()
{
    const auto tensor = m_workspace.tensor();
    const std::optional<std::int64_t> tile = m_workspace.selectedTile();
    const bool isShown = tensor && tile;
    m_hint->setVisible(!isShown);
    m_table->setVisible(isShown);
    if (!isShown) {
        setHeading(tr("Tile"));
        m_summary->clear();
        return;
    }
    const TileFacts facts = tileFacts(m_workspace, *tile);
    const FactTexts texts = factTexts(facts, m_workspace.grid().count(), m_workspace.shownOptions());
    setHeading(tr("Tile %1, %2").arg(facts.tileRow).arg(facts.tileCol));
    m_summary->setText(facts.rank ? QStringLiteral("%1: %2").arg(texts.rank.name, texts.rank.value) : QString());
    m_summary->setToolTip(texts.rank.hint);
    int row = 0;
    for (const auto *group : {&texts.plan, &texts.mask, &texts.lines})
        for (const FactText &fact : *group)
            put(row++, fact);
    put(row, texts.undecided);
}

} // namespace nms
