// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/lesson_tile.h"

#include "core/sandbox/sandbox_method.h"
#include "ui/models/format.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tile_board.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>

namespace nms {

namespace {

using View = lesson::State::View;

constexpr std::array views{View::Scores, View::Plan, View::Mask, View::Reduced};
constexpr double meaningfulResidual = 0.01; // up to which a plan is compared with the optimum
constexpr double stepsPerDecade = 20, leastTau = 0.1, mostTau = 1e5;

double tauAt(int position)
{
    const double tau = leastTau * std::pow(10.0, position / stepsPerDecade);
    const double digits = std::pow(10.0, std::floor(std::log10(tau)) - 1); // two digits
    return std::round(tau / digits) * digits;
}

int positionOf(double tau)
{
    return int(std::lround(std::log10(std::clamp(tau, leastTau, mostTau) / leastTau) * stepsPerDecade));
}

QString method(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

QString sumText(double sum)
{
    const int digits = std::abs(sum) < 1e4 ? 5 : 8;
    return QString::fromStdString(formatNumber(sum, digits)).replace(QLatin1Char('-'), QChar(0x2212));
}

/// What has just been done.
QString stepText(TileIterate::Step step)
{
    using Step = TileIterate::Step;
    switch (step) {
    case Step::Start:
        return LessonTilePanel::tr("start");
    case Step::Rows:
        return LessonTilePanel::tr("rows scaled");
    case Step::Columns:
        return LessonTilePanel::tr("columns scaled");
    case Step::Caps:
        return LessonTilePanel::tr("cut at the caps");
    case Step::Augmentation:
        return LessonTilePanel::tr("one path augmented");
    case Step::Entry:
        return LessonTilePanel::tr("one entry filled");
    case Step::Decision:
        return LessonTilePanel::tr("one decision");
    case Step::Mask:
        return LessonTilePanel::tr("rounded");
    case Step::Iteration:
        break;
    }
    return {};
}

} // namespace

LessonTilePanel::LessonTilePanel(LessonPlayer &player, QWidget *parent) : QWidget(parent), m_player(player)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    m_views = new SegmentedControl({tr("Scores A"), tr("Plan S"), tr("Mask"), tr("A − α − β")}, this);
    m_views->setAccessibleName(tr("What the tile shows"));
    m_views->setToolTipOf(0, tr("The scores, whose sum over the kept entries is to be as large as possible"));
    m_views->setToolTipOf(1, tr("The plan: how much of each entry is kept at this iteration; below it the score"));
    m_views->setToolTipOf(2, tr("The entries of which more than half is kept, with their scores"));
    m_views->setToolTipOf(3, tr("Scores minus the potentials of row and column: positive where an entry is worth keeping"));
    connect(m_views, &SegmentedControl::activated, this, [this](int view) { m_player.setView(views[std::size_t(view)]); });
    column->addWidget(m_views);
    m_board = new TileBoard(this);
    connect(m_board, &TileBoard::scoreEdited, this, &LessonTilePanel::editScore);
    column->addWidget(m_board);
    m_figures = new QLabel(this);
    m_figures->setObjectName(QStringLiteral("tileFigures"));
    m_figures->setFont(monoFont(12));
    m_figures->setAlignment(Qt::AlignHCenter);
    m_figures->setWordWrap(true);
    column->addWidget(m_figures);

    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    const auto addSlider = [&](const char *id, const QString &text, const QString &hint, QLabel *&name, QLabel *&value) {
        const int row = grid->rowCount();
        name = new QLabel(text, this);
        auto *slider = new QSlider(Qt::Horizontal, this);
        slider->setObjectName(QString::fromLatin1(id));
        slider->setAccessibleName(hint);
        slider->setToolTip(hint);
        value = new QLabel(this);
        value->setFont(monoFont(12));
        value->setMinimumWidth(scaled(120));
        grid->addWidget(name, row, 0);
        grid->addWidget(slider, row, 1);
        grid->addWidget(value, row, 2);
        return slider;
    };
    m_iteration =
        addSlider("lessonIteration", tr("Iteration"), tr("The iteration that is shown"), m_iterationName, m_iterationValue);
    m_tau = addSlider("lessonTau", QStringLiteral("τ"), tr("Sharpness of the entropic methods"), m_tauName, m_tauValue);
    m_tau->setRange(0, positionOf(mostTau));
    connect(m_iteration, &QSlider::valueChanged, this, &LessonTilePanel::applyIteration);
    connect(m_tau, &QSlider::valueChanged, this, &LessonTilePanel::applyTau);
    m_method = new QComboBox(this);
    m_method->setObjectName(QStringLiteral("lessonMethod"));
    m_method->setToolTip(tr("The method by which the tile is solved"));
    m_method->setAccessibleName(tr("Method"));
    m_method->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_method->setMinimumContentsLength(12);
    for (const SandboxMethod &each : sandboxMethods()) {
        m_method->addItem(method(each.title), method(each.name));
        m_method->setItemData(m_method->count() - 1, method(each.sentence), Qt::ToolTipRole);
    }
    connect(m_method, &QComboBox::activated, this, &LessonTilePanel::applyMethod);
    const int row = grid->rowCount();
    grid->addWidget(new QLabel(tr("Method"), this), row, 0);
    grid->addWidget(m_method, row, 1);
    auto *sandbox = new QPushButton(tr("To the sandbox"), this);
    sandbox->setObjectName(QStringLiteral("lessonSandbox"));
    sandbox->setToolTip(tr("Opens this tile in the sandbox, to change sums and caps, to paste numbers, or to save it"));
    connect(sandbox, &QPushButton::clicked, this, &LessonTilePanel::sandboxWanted);
    grid->addWidget(sandbox, row, 2);
    column->addLayout(grid);
    connect(&m_player, &LessonPlayer::tileChanged, this, &LessonTilePanel::refresh);
    connect(&m_player, &LessonPlayer::stepChanged, this, &LessonTilePanel::refresh);
    refresh();
}

void LessonTilePanel::setScale(double scale)
{
    m_board->setScale(scale);
}

void LessonTilePanel::refresh()
{
    const LessonTile *tile = m_player.tile();
    setVisible(tile != nullptr);
    if (!tile) {
        m_board->setContent({});
        return;
    }
    const TileIterate *iterate = m_player.iterate();
    m_board->setContent({&tile->problem, iterate, tile->view, &m_player.state()});
    m_views->setCurrent(int(std::ranges::find(views, tile->view) - views.begin()));
    const QSignalBlocker quietTau(m_tau), quietIteration(m_iteration), quietMethod(m_method);
    m_method->setCurrentIndex(m_method->findData(QString::fromStdString(tile->options.method)));
    const SandboxMethod *known = sandboxMethodByName(tile->options.method);
    for (QWidget *each : std::initializer_list<QWidget *>{m_tau, m_tauName, m_tauValue})
        each->setVisible(known && known->isEntropic);
    m_tau->setValue(positionOf(tile->options.tau));
    m_tauValue->setText(format::real(tile->options.tau));
    const auto history = m_player.history();
    const int last = history ? int(history->iterates.size()) - 1 : 0;
    for (QWidget *each : std::initializer_list<QWidget *>{m_iteration, m_iterationName, m_iterationValue})
        each->setVisible(last > 1); // more than the start and the end
    if (!history || !iterate) {
        m_figures->setText(m_player.tileError() ? QString::fromStdString(m_player.tileError()->line()) : tr("solving …"));
        return;
    }
    m_iteration->setRange(0, last);
    m_iteration->setValue(int(iterate - history->iterates.data()));
    const QString done = stepText(iterate->step);
    m_iterationValue->setText(done.isEmpty() ? QString::number(iterate->iteration)
                                             : QStringLiteral("%1 · %2").arg(iterate->iteration).arg(done));
    // What breaks the sums may well be larger than the optimum.
    const QString gap =
        iterate->residual() <= meaningfulResidual ? format::percent(history->gap(*iterate)) : QStringLiteral("–");
    m_figures->setText(
        tr("sum %1   optimum %2   gap %3   residual %4")
            .arg(sumText(iterate->objective), sumText(history->optimum), gap, format::percent(iterate->residual())));
}

void LessonTilePanel::applyMethod()
{
    LessonTile tile = *m_player.tile();
    tile.options.method = m_method->currentData().toString().toStdString();
    tile.iteration.reset();
    m_player.setTile(tile);
}

void LessonTilePanel::applyTau(int position)
{
    LessonTile tile = *m_player.tile();
    tile.options.tau = tauAt(position);
    m_player.setTile(tile);
}

void LessonTilePanel::applyIteration(int position)
{
    const auto history = m_player.history();
    if (!history || position >= int(history->iterates.size()))
        return;
    const bool isLast = position + 1 == int(history->iterates.size());
    if (isLast)
        m_player.setIteration({});
    else
        m_player.setIteration(history->options.eachProjection ? position
                                                              : history->iterates[std::size_t(position)].iteration);
}

void LessonTilePanel::editScore(int row, int col, double score)
{
    LessonTile tile = *m_player.tile();
    tile.problem.scores(row, col) = score;
    m_player.setTile(tile);
}

} // namespace nms
