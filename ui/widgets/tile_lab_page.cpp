// SPDX-License-Identifier: Apache-2.0
#include "ui/widgets/tile_lab_page.h"

#include "ui/models/comparison_model.h"
#include "ui/models/format.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tile_picture.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>

#include <algorithm>
#include <bit>
#include <cmath>

namespace nms {

namespace {

constexpr double stepsPerDecade = 40;
constexpr double leastTau = 0.1, mostTau = 1e5;

int differences(const TileTrace &a, const TileTrace &b)
{
    int count = 0;
    for (int i = 0; i < a.rows; ++i)
        count +=
            std::popcount((a.mask.rows[std::size_t(i)] ^ b.mask.rows[std::size_t(i)]) & ~std::uint64_t(0) >> (64 - a.cols));
    return count;
}

int undecided(const TileTrace &trace)
{
    return int(std::count_if(trace.plan.data(), trace.plan.data() + trace.plan.size(),
                             [](float s) { return s > 0.01F && s < 0.99F; }));
}

} // namespace

double TileLabPage::tauAt(int position)
{
    const double tau = std::pow(10.0, position / stepsPerDecade);
    const double digits = std::pow(10.0, std::floor(std::log10(tau)) - 2); // three digits
    return std::round(tau / digits) * digits;
}

int TileLabPage::positionOf(double tau)
{
    return int(std::lround(std::log10(std::clamp(tau, leastTau, mostTau)) * stepsPerDecade));
}

TileLabPage::TileLabPage(Workspace &workspace, QWidget *parent) : QWidget(parent), m_workspace(workspace), m_lab(workspace)
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    outer->addWidget(scroll);
    auto *content = new QWidget(scroll);
    scroll->setWidget(content);
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 4, 0);
    column->setSpacing(6);

    auto *sliders = new QGridLayout;
    sliders->setHorizontalSpacing(8);
    sliders->setVerticalSpacing(4);
    sliders->setColumnStretch(1, 1);
    int row = 0;
    const auto addSlider = [&](const char *id, const QString &name, const QString &hint, int least, int most,
                               QLabel *&value) {
        auto *slider = new QSlider(Qt::Horizontal, content);
        slider->setObjectName(QString::fromLatin1(id));
        slider->setRange(least, most);
        slider->setAccessibleName(name);
        slider->setToolTip(hint);
        value = new QLabel(content);
        value->setFont(monoFont(12));
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        value->setMinimumWidth(scaled(56));
        sliders->addWidget(new QLabel(name, content), row, 0);
        sliders->addWidget(slider, row, 1);
        sliders->addWidget(value, row++, 2);
        connect(slider, &QSlider::valueChanged, this, &TileLabPage::apply);
        return slider;
    };
    m_tau = addSlider("labTau", QStringLiteral("τ"),
                      tr("Sharpness: S = min(1, exp(τ·(A − α − β)/max A)); the larger, the fewer entries are undecided"),
                      positionOf(leastTau), positionOf(mostTau), m_tauValue);
    m_n = addSlider("labN", QStringLiteral("N"), tr("N: how many of every M are kept, along rows and columns"), 1,
                    NmPattern::maxM, m_nValue);
    m_m = addSlider("labM", QStringLiteral("M"),
                    tr("M: the side of the tile; with another M it is the tile that contains the first cell of this one"), 1,
                    NmPattern::maxM, m_mValue);
    m_method = new QComboBox(content);
    m_method->setObjectName(QStringLiteral("labMethod"));
    m_method->setAccessibleName(tr("Method to try"));
    m_method->setToolTip(tr("The method that solves this tile here; the run on screen stays as it is"));
    for (const Method method : offeredMethods()) {
        SolveOptions options;
        options.method = method;
        if (canTrace(options))
            m_method->addItem(methodLabel(method), int(method));
    }
    m_method->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_method->setMinimumContentsLength(8);
    connect(m_method, &QComboBox::activated, this, &TileLabPage::apply);
    auto *reset = new QPushButton(tr("Reset"), content);
    reset->setToolTip(tr("Back to the settings of the run on screen"));
    reset->setFocusPolicy(Qt::TabFocus);
    connect(reset, &QPushButton::clicked, &m_lab, &TileLab::reset);
    auto *use = new QPushButton(tr("Use"), content);
    use->setToolTip(tr("Take these settings over for the next run of the whole matrix"));
    use->setFocusPolicy(Qt::TabFocus);
    connect(use, &QPushButton::clicked, this, [this] {
        SolveOptions options = m_lab.options();
        options.threads = m_workspace.options().threads;
        m_workspace.setOptions(options);
    });
    auto *choices = new QHBoxLayout;
    choices->setSpacing(6);
    choices->addWidget(m_method, 1);
    choices->addWidget(reset);
    choices->addWidget(use);
    column->addLayout(sliders);
    column->addLayout(choices);

    m_layers = new SegmentedControl({tr("Mask"), tr("Plan S")}, content);
    m_layers->setToolTipOf(0, tr("What is kept; framed where the two masks differ"));
    m_layers->setToolTipOf(1, tr("The plan before rounding; framed where the two masks differ"));
    m_layers->setAccessibleName(tr("What the pictures show"));
    m_layers->setCurrent(0);
    connect(m_layers, &SegmentedControl::activated, this, [this](int layer) {
        m_showsPlan = layer == 1;
        refresh();
    });
    column->addWidget(m_layers);
    auto *pictures = new QGridLayout;
    pictures->setHorizontalSpacing(8);
    m_before = new TilePicture(content);
    m_after = new TilePicture(content);
    m_before->setAccessibleName(tr("The tile in the run on screen"));
    m_after->setAccessibleName(tr("The tile with these settings"));
    m_beforeName = new QLabel(content);
    m_afterName = new QLabel(content);
    for (const auto &[picture, name, at] : {std::tuple{m_before, m_beforeName, 0}, std::tuple{m_after, m_afterName, 1}}) {
        name->setFont(monoFont(11));
        name->setObjectName(QStringLiteral("muted"));
        pictures->addWidget(name, 0, at);
        pictures->addWidget(picture, 1, at);
    }
    column->addLayout(pictures);

    auto *figures = new QGridLayout;
    figures->setVerticalSpacing(3);
    figures->setColumnStretch(0, 1);
    const std::array<std::pair<QString, QString>, FigureCount> names{
        {{tr("kept"), tr("the sum of the scores that the mask keeps")},
         {tr("kept share"), tr("the share of the tile's scores that the mask keeps")},
         {tr("bound"), tr("certified: no transposable mask of the tile keeps more")},
         {tr("mask gap"), tr("how far the mask is below the bound, at most")},
         {tr("residual"), tr("largest violation of a row or column of the plan: |sum − N| / N")},
         {tr("undecided"), tr("entries of the plan between 0.01 and 0.99")},
         {tr("entries that differ"), tr("entries that one of the masks keeps and the other does not")}}};
    for (int figure = 0; figure < FigureCount; ++figure)
        for (int at = 0; at < 3; ++at) {
            auto *label = new QLabel(content);
            m_figures[std::size_t(figure)][std::size_t(at)] = label;
            label->setToolTip(names[std::size_t(figure)].second);
            if (at == 0) {
                label->setText(names[std::size_t(figure)].first);
                label->setObjectName(QStringLiteral("muted"));
            } else {
                label->setFont(monoFont(12));
                label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
                label->setMinimumWidth(scaled(72));
                label->setObjectName((at == 1 ? QStringLiteral("before ") : QStringLiteral("after ")) +
                                     names[std::size_t(figure)].first);
            }
            figures->addWidget(label, figure, at);
        }
    column->addLayout(figures);
    column->addStretch();
    connect(&m_lab, &TileLab::changed, this, &TileLabPage::refresh);
    refresh();
}

void TileLabPage::setActive(bool isActive)
{
    m_lab.setActive(isActive);
    if (isActive)
        m_tau->setFocus();
}

/// N and M push each other, so that 1 ≤ N ≤ M.
void TileLabPage::apply()
{
    SolveOptions options = m_lab.options();
    if (sender() == m_tau)
        options.tau = tauAt(m_tau->value());
    int n = m_n->value(), m = m_m->value();
    if (sender() == m_n)
        m = std::max(n, m);
    else
        n = std::min(n, m);
    options.pattern = {n, m};
    options.method = Method(m_method->currentData().toInt());
    const auto starts = warmStartsOf(options.method);
    if (options.warmStart && std::find(starts.begin(), starts.end(), *options.warmStart) == starts.end())
        options.warmStart.reset();
    if (!isEntropic(options.method))
        options.paperSwaps.reset();
    m_lab.setOptions(options);
}

void TileLabPage::refresh()
{
    const SolveOptions options = m_lab.options();
    {
        const QSignalBlocker quietTau(m_tau), quietN(m_n), quietM(m_m);
        m_tau->setValue(positionOf(options.tau));
        m_n->setValue(options.pattern.n);
        m_m->setValue(options.pattern.m);
        m_method->setCurrentIndex(m_method->findData(int(options.method)));
    }
    m_tau->setEnabled(isEntropic(options.method));
    m_tauValue->setText(isEntropic(options.method) ? format::real(options.tau) : QStringLiteral("–"));
    m_nValue->setNum(options.pattern.n);
    m_mValue->setNum(options.pattern.m);
    const TileLab::Side &before = m_lab.before(), &after = m_lab.after();
    const bool isSameTile = before.options.pattern.m == after.options.pattern.m;
    const auto nameOfSide = [](const TileLab::Side &side, const QString &what) {
        return tr("%1: %2, tile %3, %4")
            .arg(what, QString::fromStdString(side.options.pattern.text()))
            .arg(side.tileRow)
            .arg(side.tileCol);
    };
    m_beforeName->setText(nameOfSide(before, tr("run")));
    m_afterName->setText(m_lab.isSolving() ? tr("solving …") : nameOfSide(after, tr("here")));
    m_before->setTile(before.trace, m_showsPlan, isSameTile ? after.trace : nullptr);
    m_after->setTile(after.trace, m_showsPlan, isSameTile ? before.trace : nullptr);
    showFigures();
}

void TileLabPage::showFigures()
{
    const TileLab::Side &before = m_lab.before(), &after = m_lab.after();
    for (const int at : {1, 2}) {
        const TileLab::Side &side = at == 1 ? before : after;
        const TileTrace *trace = side.trace.get();
        const auto put = [&](Figure figure, const QString &text) {
            m_figures[std::size_t(figure)][std::size_t(at)]->setText(trace ? text : QStringLiteral("–"));
        };
        const bool hasPlan = trace && !trace->plan.empty();
        put(Kept, trace ? format::real(trace->result.objective) : QString());
        put(Share, trace && side.total > 0 ? format::share(trace->result.objective / side.total) : QStringLiteral("–"));
        put(Bound, trace ? format::real(trace->result.upperBound) : QString());
        put(Gap, trace ? format::percent(trace->result.gap()) : QString());
        put(Residual, hasPlan ? format::percent(double(trace->result.residual)) : QStringLiteral("–"));
        put(Undecided, hasPlan ? tr("%1 of %2").arg(undecided(*trace)).arg(trace->plan.size()) : QStringLiteral("–"));
        put(Differs, QString());
    }
    const bool compares = before.trace && after.trace && before.options.pattern.m == after.options.pattern.m;
    m_figures[Differs][2]->setText(compares ? QString::number(differences(*before.trace, *after.trace))
                                            : QStringLiteral("–"));
}

} // namespace nms
