// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_why_page.h"

#include "ui/models/format.h"
#include "ui/models/tile_inspection.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/wrapped_label.h"

#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace nms {

namespace {

QColor colorOf(jobs::Judgement judgement)
{
    switch (judgement) {
    case jobs::Judgement::Good:
        return theme().good;
    case jobs::Judgement::Warning:
        return theme().warn;
    case jobs::Judgement::Neutral:
        break;
    }
    return theme().text;
}

void paint(QLabel *label, const QColor &color)
{
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, color);
    label->setPalette(palette);
}

template <class Label> Label *selectable(QWidget *parent)
{
    auto *label = new Label(parent);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setFocusPolicy(Qt::NoFocus);
    return label;
}

/// "64  8.00 8.13 8.00 …", a few sums a line; those that are off in the warning's colour.
template <class Sum>
QString sumsOf(const std::vector<Sum> &sums, std::int64_t first, int n, double limit, bool isWhole, int decimals)
{
    constexpr std::size_t perLine = 6;
    QString text;
    for (std::size_t k = 0; k < sums.size(); ++k) {
        if (k % perLine == 0)
            text += (k > 0 ? QStringLiteral("\n") : QString()) + QString::number(first + std::int64_t(k)).rightJustified(6);
        const double excess = double(sums[k]) - n;
        const bool isOff = std::abs(excess) > limit * n && (isWhole || excess > 0);
        const QString value = QString::fromStdString(formatFixed(double(sums[k]), decimals)).rightJustified(6);
        text += isOff ? QStringLiteral("<span style='color:%1'>%2</span>").arg(theme().warn.name(), value) : value;
    }
    return text;
}

} // namespace

TileWhyPage::TileWhyPage(Workspace &workspace, QWidget *parent)
    : QWidget(parent), m_inspection(TileInspection::of(workspace))
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *scroll = new QScrollArea(this); // a low window has no space for everything
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(tr("Why the tile is as it is"));
    outer->addWidget(scroll);
    auto *content = new QWidget(scroll);
    scroll->setWidget(content);
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 4, 0);
    column->setSpacing(8);

    m_headline = selectable<WrappedLabel>(content);
    m_headline->setObjectName(QStringLiteral("headline"));
    QFont bold = m_headline->font();
    bold.setWeight(QFont::DemiBold);
    m_headline->setFont(bold);
    column->addWidget(m_headline);
    m_table = new QWidget(content);
    m_grid = new QGridLayout(m_table);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setVerticalSpacing(3);
    m_grid->setHorizontalSpacing(16);
    m_grid->setColumnStretch(0, 1);
    column->addWidget(m_table);
    m_text = new QVBoxLayout;
    m_text->setSpacing(6);
    column->addLayout(m_text);
    m_sums = selectable<QLabel>(content);
    m_sums->setObjectName(QStringLiteral("sums"));
    m_sums->setFont(monoFont(11));
    m_sums->setTextFormat(Qt::RichText);
    m_sums->setToolTip(tr("Σ_j S_ij of every row and Σ_i S_ij of every column, numbered as in the matrix; of the mask if "
                          "there is one"));
    column->addWidget(m_sums);
    column->addStretch();
}

/// A figure in the table: row 0 has the headings, column 0 the names.
void TileWhyPage::put(int row, int column, const FactText &fact)
{
    const std::size_t at = std::size_t(3 * row + column);
    while (m_figures.size() <= at) {
        const int index = int(m_figures.size());
        auto *label = new QLabel(m_table);
        if (index % 3 > 0) {
            label->setFont(monoFont(12));
            label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
            label->setTextInteractionFlags(Qt::TextSelectableByMouse);
            label->setFocusPolicy(Qt::NoFocus);
        }
        m_grid->addWidget(label, index / 3, index % 3);
        m_figures.push_back(label);
    }
    QLabel *label = m_figures[at];
    label->setText(column == 0 ? fact.name : fact.value);
    label->setObjectName(column == 0 ? QString() : fact.name);
    label->setToolTip(fact.hint);
    const bool isName = column == 0 || row == 0;
    paint(label, isName ? theme().muted : fact.level == VerdictLevel::Neutral ? theme().text : theme().of(fact.level));
}

void TileWhyPage::showTile(const FactTexts &texts)
{
    const auto heading = [](const QString &text) {
        return FactText{QString(), text, QString()};
    };
    put(0, 0, {});
    put(0, 1, heading(tr("plan")));
    put(0, 2, heading(tr("mask")));
    int row = 1;
    for (std::size_t i = 0; i < texts.plan.size(); ++i, ++row) {
        FactText name = texts.plan[i];
        name.name = name.name.section(QLatin1Char(' '), 1); // "plan keeps"
        put(row, 0, name);
        put(row, 1, texts.plan[i]);
        put(row, 2, texts.mask[i]);
    }
    std::vector<FactText> ofPlan = texts.lines;
    ofPlan.push_back(texts.undecided);
    for (const FactText &fact : ofPlan) {
        put(row, 0, fact);
        put(row, 1, fact);
        put(row++, 2, {});
    }
    showStatements();
}

QLabel *TileWhyPage::nextLine()
{
    if (m_used == m_lines.size()) {
        m_lines.push_back(selectable<WrappedLabel>(this));
        m_text->addWidget(m_lines.back());
    }
    m_lines[m_used]->show();
    return m_lines[m_used++];
}

void TileWhyPage::showStatements()
{
    const jobs::TileStatements &statements = m_inspection.statements();
    m_headline->setText(QString::fromStdString(statements.headline.text));
    m_headline->setVisible(m_inspection.isThere());
    paint(m_headline, colorOf(statements.headline.judgement));
    m_used = 0;
    const auto group = [&](const QString &title, const std::vector<jobs::Statement> &all) {
        if (all.empty())
            return;
        QLabel *heading = nextLine();
        heading->setText(title);
        paint(heading, theme().muted);
        for (const jobs::Statement &statement : all) {
            QLabel *line = nextLine();
            line->setText(QString::fromStdString(statement.text));
            paint(line, statement.judgement == jobs::Judgement::Warning ? theme().warn : theme().text);
        }
    };
    group(tr("Mask"), statements.ofMask);
    group(tr("Plan"), statements.ofPlan);
    for (std::size_t k = m_used; k < m_lines.size(); ++k)
        m_lines[k]->hide();
    const QString sums = sumsText();
    m_sums->setVisible(!sums.isEmpty());
    m_sums->setText(sums);
}

QString TileWhyPage::sumsText() const
{
    const jobs::ExplainedTile &tile = m_inspection.explained();
    const jobs::TileExplanation &explanation = m_inspection.explanation();
    const bool wholeRows = tile.score.cols == tile.pattern.m, wholeColumns = tile.score.rows == tile.pattern.m;
    using Lines = MaskPromise::Lines;
    const auto limitOf = [&](Lines lines) { // of a mask's lines; others may keep any number
        return tile.lines == Lines::RowsAndColumns || tile.lines == lines ? 0.0 : double(tile.pattern.m);
    };
    QString rows, columns;
    if (const auto &mask = explanation.mask) {
        rows = sumsOf(mask->rowCounts, tile.row0, tile.pattern.n, limitOf(Lines::Rows), wholeRows, 0);
        columns = sumsOf(mask->columnCounts, tile.col0, tile.pattern.n, limitOf(Lines::Columns), wholeColumns, 0);
    } else if (const auto &plan = explanation.plan) {
        rows = sumsOf(plan->rowSums, tile.row0, tile.pattern.n, tile.residualLimit, wholeRows, 2);
        columns = sumsOf(plan->columnSums, tile.col0, tile.pattern.n, tile.residualLimit, wholeColumns, 2);
    } else {
        return {};
    }
    return QStringLiteral("<pre>%1\n%2\n%3\n%4</pre>").arg(tr("row sums"), rows, tr("column sums"), columns);
}

} // namespace nms
