// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/prune_compare_page.h"

#include "core/base/number_text.h"
#include "ui/models/prune_run.h"
#include "ui/models/tables.h"
#include "ui/models/workspace.h"
#include "ui/widgets/prune_price_chart.h"
#include "ui/widgets/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace nms {

namespace {

QString titleOf(Framework framework)
{
    const std::string_view title = traitsOf(framework).title;
    return QString::fromUtf8(title.data(), qsizetype(title.size()));
}

/// The pattern whose costs are shown: that of the run settings if there are results for it, else that of the last result.
NmPattern priceAt(const std::vector<jobs::PruneCaseResult> &results, NmPattern wanted)
{
    NmPattern pattern = results.empty() ? wanted : results.back().which.pattern;
    for (const jobs::PruneCaseResult &result : results)
        if (result.which.pattern == wanted)
            pattern = wanted;
    return pattern;
}

} // namespace

PruneComparePage::PruneComparePage(Workspace &workspace, QWidget *parent)
    : QWidget(parent), m_workspace(workspace), m_chart(new PrunePriceChart(this)), m_priceTitle(new QLabel(this)),
      m_compare(new QPushButton(this)), m_copy(new QPushButton(tr("Copy CSV"), this)), m_progress(new QProgressBar(this)),
      m_text(new QLabel(this))
{
    auto *legend = new QVBoxLayout;
    legend->setSpacing(1);
    m_priceTitle->setObjectName(QStringLiteral("muted"));
    m_priceTitle->setFont(monoFont(11));
    m_priceTitle->setToolTip(tr("Price of transposability: error of a transposable mask over that of row N:M, by the same "
                                "framework at the same pattern"));
    legend->addWidget(m_priceTitle);
    for (const FrameworkTraits &traits : frameworks()) {
        auto *label = new QLabel(this);
        label->setFont(monoFont(11));
        colorText(label, [framework = traits.framework] { return PrunePriceChart::colorOf(framework); });
        label->setToolTip(tr("solid: transposable, dashed: row N:M"));
        m_prices << label;
        legend->addWidget(label);
    }
    legend->addStretch();
    auto *top = new QHBoxLayout;
    top->setSpacing(6);
    top->addWidget(m_chart, 1);
    top->addLayout(legend);

    m_chart->setAccessibleName(tr("Price of transposability"));
    m_chart->setToolTip(tr("Error ‖X(W − Ŵ)ᵀ‖² / ‖XWᵀ‖² by pattern; solid: transposable, dashed: row N:M"));
    m_compare->setFocusPolicy(Qt::TabFocus);
    m_compare->setToolTip(tr("Prune the open tensor by every framework, transposable and row N:M, at 2:4 to 16:32"));
    m_copy->setFocusPolicy(Qt::TabFocus);
    m_copy->setToolTip(tr("Copy the results as CSV"));
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    m_text->setObjectName(QStringLiteral("muted"));
    connect(m_compare, &QPushButton::clicked, &workspace, &Workspace::comparePruning);
    connect(m_copy, &QPushButton::clicked, this, &PruneComparePage::copyCsv);
    auto *row = new QHBoxLayout;
    row->setSpacing(6);
    row->addWidget(m_compare);
    row->addWidget(m_progress, 1);
    row->addWidget(m_text, 1);
    row->addWidget(m_copy);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    layout->addLayout(top, 1);
    layout->addLayout(row);
    connect(&themeSwitch(), &ThemeSwitch::changed, this,
            [this] { m_chart->setResults(m_workspace.pruning().comparison()); });
    refresh();
}

void PruneComparePage::refresh()
{
    const PruneRun &run = m_workspace.pruning();
    const auto &results = run.comparison();
    if (results.size() != m_shown || results.empty())
        m_chart->setResults(results);
    m_shown = results.size();
    const NmPattern at = priceAt(results, m_workspace.options().pattern);
    m_priceTitle->setText(tr("price at %1").arg(QString::fromStdString(at.text())));
    for (qsizetype i = 0; i < m_prices.size(); ++i) {
        const Framework framework = frameworks()[std::size_t(i)].framework;
        const auto price = jobs::priceOfTransposability(results, framework, at);
        m_prices[i]->setText(QStringLiteral("– %1 %2").arg(
            titleOf(framework).leftJustified(9),
            price ? QStringLiteral("×") + QString::fromStdString(formatFixed(*price, 2)) : QString()));
        m_prices[i]->setVisible(std::ranges::any_of(
            results, [&](const jobs::PruneCaseResult &result) { return result.which.framework == framework; }));
    }
    m_priceTitle->setVisible(!results.empty());
    m_compare->setText(run.isComparing() ? tr("Cancel") : tr("Compare frameworks"));
    m_compare->setEnabled(run.isComparing() || m_workspace.tensor());
    m_progress->setVisible(run.isComparing());
    m_progress->setValue(int(1000 * run.comparisonShare()));
    m_text->setVisible(!run.isComparing());
    m_text->setText(results.empty() ? QString() : tr("solid: transposable · dashed: row N:M"));
    m_copy->setEnabled(!results.empty());
}

void PruneComparePage::copyCsv() const
{
    QGuiApplication::clipboard()->setText(QString::fromUtf8(toCsv(tableOf(m_workspace, TableKind::Prunings))));
}

} // namespace nms
