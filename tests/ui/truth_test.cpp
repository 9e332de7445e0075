// SPDX-License-Identifier: Apache-2.0
// Whatever is done in the window, every figure on screen is the one that core computes for the settings of the run on
// screen. Random settings, tensors, runs and scrubs from fixed seeds; core solves the same again, beside the window.
#include "core/jobs/tile_statements.h"
#include "core/methods/tile_trace.h"
#include "tests/ui/npy_support.h"
#include "tests/ui/window_support.h"
#include "ui/models/format.h"
#include "ui/models/rounding_steps_model.h"
#include "ui/models/run_list_model.h"
#include "ui/models/tile_facts.h"
#include "ui/models/tiles_model.h"
#include "ui/models/transport.h"
#include "ui/viewport/viewport_controller.h"

#include <QComboBox>
#include <QDockWidget>
#include <QHeaderView>
#include <QTableView>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

using namespace nms;

namespace {

/// The run on screen, solved by core alone.
class Reference
{
public:
    /// The state after `iteration`, with the mask where that is the end.
    void follow(const std::shared_ptr<const Matrix<float>> &score, const SolveOptions &options, int iteration, bool hasPlan,
                bool hasMask)
    {
        if (score != m_score || !(options == m_options) || (m_live && m_live->iteration() > iteration)) {
            m_score = score;
            m_options = options;
            m_solution.reset();
            m_live.reset();
            if (m_backend->canWatch(options))
                m_live = std::move(*m_backend->startLive(score, options, {}));
        }
        std::vector<IterationStats> stats;
        const bool isThere = !m_live || m_live->advance(iteration - m_live->iteration(), {}, stats);
        if (hasMask && !m_solution)
            m_solution = m_live ? std::move(*m_live->round({})) : std::move(*m_backend->solve(score->span(), options, {}));
        m_hasPlan = m_live && hasPlan;
        const TileRegion all = TileRegion::all({score->rows(), score->cols(), options.pattern.m});
        ASSERT_TRUE(isThere && (!m_hasPlan || m_live->capture(all, m_snapshot)));
        m_hasMask = hasMask;
    }

    const Snapshot *plan() const { return m_hasPlan ? &m_snapshot : nullptr; }
    const Solution *mask() const { return m_hasMask ? &*m_solution : nullptr; }

private:
    std::shared_ptr<SolverBackend> m_backend = makeCpuBackend();
    std::shared_ptr<const Matrix<float>> m_score;
    SolveOptions m_options;
    std::unique_ptr<LiveSolve> m_live;
    std::optional<Solution> m_solution;
    Snapshot m_snapshot;
    bool m_hasPlan = false;
    bool m_hasMask = false;
};

class Truth : public testing::TestWithParam<unsigned>
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(test.isExposed);
        // Awkward sides: one less and one more than tiles, primes, a single tile.
        const std::pair<int, int> sizes[] = {{16, 16}, {31, 33}, {17, 47}, {64, 7}};
        unsigned seed = GetParam();
        for (const auto &[rows, cols] : sizes) {
            const QString name = folder.filePath(QStringLiteral("t%1x%2.npy").arg(rows).arg(cols));
            writeNpy(name, rows, cols, ++seed, rows % 2 == 0);
            ASSERT_TRUE(test.open(name));
            files << name;
        }
        auto *tiles = test.child<QDockWidget>(QStringLiteral("tiles"));
        tiles->raise();
        table = tiles->findChild<QTableView *>();
        runs = test.child<QDockWidget>(QStringLiteral("runs"))->findChild<QTableView *>();
    }

    int upTo(int most) { return std::uniform_int_distribution<int>(0, most)(random); }
    Workspace &workspace() { return test.workspace; }

    QString act()
    {
        static const Qt::Key views[] = {Qt::Key_1, Qt::Key_2, Qt::Key_3, Qt::Key_4, Qt::Key_5};
        switch (upTo(15)) {
        case 0: {
            const OpenFile &file = workspace().files()[std::size_t(upTo(int(workspace().files().size()) - 1))];
            workspace().selectTensor(file.fileName, QString::fromStdString(file.tensors.front().path));
            return QStringLiteral("tensor ") + file.fileName;
        }
        case 1: {
            const std::pair<int, int> patterns[] = {{2, 4}, {1, 5}, {3, 7}, {4, 8}, {6, 7}, {8, 16}};
            const auto &[n, m] = patterns[upTo(int(std::size(patterns)) - 1)];
            test.type(QStringLiteral("of"), QString::number(m));
            test.type(QStringLiteral("keep"), QString::number(n));
            return QStringLiteral("pattern %1:%2").arg(n).arg(m);
        }
        case 2: {
            auto *method = test.child<QComboBox>(QStringLiteral("method"));
            const Method methods[] = {Method::Dykstra, Method::Capped, Method::Exact, Method::Greedy, Method::RowNm};
            const int wanted = method->findData(int(methods[upTo(int(std::size(methods)) - 1)]));
            method->setFocus();
            while (method->currentIndex() != wanted)
                QTest::keyClick(method, method->currentIndex() < wanted ? Qt::Key_Down : Qt::Key_Up);
            test.window.setFocus();
            return QStringLiteral("method %1").arg(method->currentText());
        }
        case 3: {
            const QString tau = QString::number(std::pow(10.0, upTo(3) - 1) * (1 + upTo(8)), 'g', 8);
            if (test.child<QWidget>(QStringLiteral("tau"))->isEnabled())
                test.type(QStringLiteral("tau"), tau);
            return QStringLiteral("tau ") + tau;
        }
        case 4: {
            const QString iterations = QString::number(1 + upTo(60));
            if (test.child<QWidget>(QStringLiteral("iterations"))->isEnabled())
                test.type(QStringLiteral("iterations"), iterations);
            return QStringLiteral("iterations ") + iterations;
        }
        case 5:
        case 6:
            test.press(Qt::Key_Space);
            return QStringLiteral("Space");
        case 7: {
            test.window.setFocus();
            const int steps = 1 + upTo(3);
            for (int i = 0; i < steps; ++i)
                test.press(Qt::Key_Period);
            return QStringLiteral("%1 steps").arg(steps);
        }
        case 8:
            Transport::of(workspace()).scrubTo(upTo(std::max(1, workspace().history().lastIteration)));
            return QStringLiteral("scrub to %1").arg(workspace().scrubbedTo().value_or(-1));
        case 9:
            test.window.setFocus();
            test.press(upTo(1) ? Qt::Key_Comma : Qt::Key_End);
            return QStringLiteral("look back, or no more");
        case 10: {
            const int rows = table->model()->rowCount();
            if (rows > 0)
                QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                                  table->visualRect(table->model()->index(upTo(std::min(rows, 6) - 1), 1)).center());
            return QStringLiteral("tile");
        }
        case 11: {
            QHeaderView *header = table->horizontalHeader();
            const int column = upTo(header->count() - 1);
            if (!header->isSectionHidden(column) && header->isVisible())
                QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                                  QPoint(header->sectionViewportPosition(column) + 8, header->height() / 2));
            return QStringLiteral("rank by column %1").arg(column);
        }
        case 12: {
            if (runs->model()->rowCount() == 0)
                return QStringLiteral("no run");
            test.child<QDockWidget>(QStringLiteral("runs"))->raise();
            QTest::qWait(20);
            const QModelIndex row = runs->model()->index(upTo(runs->model()->rowCount() - 1), RunListModel::Pattern);
            runs->scrollTo(row);
            QTest::mouseClick(runs->viewport(), Qt::LeftButton, {}, runs->visualRect(row).center());
            QTest::mouseDClick(runs->viewport(), Qt::LeftButton, {}, runs->visualRect(row).center());
            test.child<QDockWidget>(QStringLiteral("tiles"))->raise();
            return QStringLiteral("run %1").arg(row.row());
        }
        case 13:
        case 14: {
            test.window.setFocus();
            const bool isRedo = upTo(2) == 0;
            test.press(Qt::Key_Z,
                       isRedo ? Qt::ControlModifier | Qt::ShiftModifier : Qt::KeyboardModifiers(Qt::ControlModifier));
            return isRedo ? QStringLiteral("redo") : QStringLiteral("undo");
        }
        default: {
            test.window.setFocus();
            const Qt::Key key = views[upTo(4)];
            test.press(key);
            return QStringLiteral("view %1").arg(int(key - Qt::Key_1));
        }
        }
    }

    bool settle()
    {
        const bool isThere = test.waitFor([&] {
            const SessionStatus status = workspace().sessionStatus();
            const bool goesOn = status.state == SessionState::Running || status.state == SessionState::Rounding;
            const auto shown = workspace().shownSnapshot();
            const int wanted = workspace().scrubbedTo().value_or(status.iteration);
            return !workspace().isLoading() && !goesOn && !Transport::of(workspace()).isPlaying() && !status.starting &&
                !workspace().refining() &&
                (status.iteration == 0 || workspace().showsKeptRun() || (shown && shown->iteration == wanted));
        });
        QTest::qWait(330); // every panel's timer
        return isThere;
    }

    void expectLabel(const QString &dock, const QString &text)
    {
        const auto labels = test.child<QWidget>(dock)->findChildren<QLabel *>();
        EXPECT_TRUE(std::any_of(labels.begin(), labels.end(),
                                [&](const QLabel *label) {
                                    return label->isVisible() &&
                                        (label->text() == text || label->text().contains(text.toHtmlEscaped() + "</span>"));
                                }))
            << dock.toStdString() << " does not say: " << text.toStdString();
    }

    void check();
    void checkVerdict(const SessionStatus &status);
    void checkTable();
    void checkRuns();
    void checkTile(std::int64_t tile);
    void checkReasons(std::int64_t tile);
    float figure(std::int64_t tile, TileFigure figure) const;
    std::int64_t rankOf(std::int64_t tile, TileFigure by) const;

    std::mt19937 random{GetParam()};
    QTemporaryDir folder;
    QStringList files;
    test::WindowUnderTest test;
    ViewportController controller{test.workspace}; // what the viewport's panels are told
    QTableView *table = nullptr;
    QTableView *runs = nullptr;
    Reference reference;
    TileGrid grid;
    std::vector<double> scores; // Σ of each tile
    double total = 0;
};

/// By the definitions of the figures, from what core gives; NaN where there is none.
float Truth::figure(std::int64_t tile, TileFigure figure) const
{
    const Snapshot *plan = reference.plan();
    const Solution *mask = reference.mask();
    const std::size_t i = std::size_t(tile);
    switch (figure) {
    case TileFigure::PlanGap:
        return plan ? plan->tiles[i].gap : NAN;
    case TileFigure::Residual:
        return plan ? plan->tiles[i].residual : NAN;
    case TileFigure::PlanLost:
        return plan ? plan->tiles[i].lost : NAN;
    case TileFigure::Undecided: {
        if (!plan)
            return NAN;
        int undecided = 0, entries = 0;
        for (std::int64_t row = grid.rowOf(tile) * grid.m; row < std::min(grid.rows, (grid.rowOf(tile) + 1) * grid.m); ++row)
            for (std::int64_t col = grid.colOf(tile) * grid.m; col < std::min(grid.cols, (grid.colOf(tile) + 1) * grid.m);
                 ++col, ++entries)
                undecided += plan->plan(row, col) > 0.01F && plan->plan(row, col) < 0.99F;
        return float(undecided) / float(entries);
    }
    case TileFigure::MaskGap:
        return mask
            ? float((mask->tiles[i].upperBound - mask->tiles[i].objective) / std::max(1e-300, mask->tiles[i].upperBound))
            : NAN;
    case TileFigure::MaskLost:
        break;
    }
    return mask ? float(1 - mask->tiles[i].objective / scores[i]) : NAN;
}

std::int64_t Truth::rankOf(std::int64_t tile, TileFigure by) const
{
    std::int64_t rank = 1;
    for (std::int64_t other = 0; other < grid.count(); ++other)
        rank += figure(other, by) > figure(tile, by);
    return rank;
}

void Truth::check()
{
    const auto tensor = workspace().tensor();
    const SessionStatus status = workspace().sessionStatus();
    const SolveOptions options = workspace().shownOptions();
    const int iteration = workspace().scrubbedTo().value_or(status.iteration);
    grid = {tensor->info.rows(), tensor->info.cols(), options.pattern.m};
    scores.assign(std::size_t(grid.count()), 0);
    total = 0;
    for (std::int64_t row = 0; row < grid.rows; ++row)
        for (std::int64_t col = 0; col < grid.cols; ++col) {
            scores[std::size_t(grid.index(row / grid.m, col / grid.m))] += double((*tensor->score)(row, col));
            total += double((*tensor->score)(row, col));
        }
    const bool hasRun = status.state != SessionState::Idle;
    const bool hasMask = status.state == SessionState::Finished && !workspace().isScrubbing();
    if (hasRun)
        reference.follow(tensor->score, options, iteration, workspace().shownSnapshot() != nullptr, hasMask);
    if (HasFatalFailure())
        return;
    if (!hasRun) {
        reference = {};
        EXPECT_EQ(table->model()->rowCount(), 0);
        expectLabel(QStringLiteral("run"), QStringLiteral("not run yet"));
        return;
    }
    checkVerdict(status);
    checkTable();
    checkRuns();
    if (const auto tile = workspace().selectedTile())
        checkTile(*tile);
    if (const Snapshot *plan = reference.plan()) {
        const std::pair<const char *, double> readings[] = {
            {"– rows ", plan->stats.rowResidual},
            {"– columns ", plan->stats.columnResidual},
            {"– capacity ", plan->stats.capacityResidual},
            {"– plan gap ",
             std::abs(plan->stats.upperBound - plan->stats.objective) / std::max(1e-300, plan->stats.upperBound)}};
        for (const auto &[name, value] : readings)
            expectLabel(QStringLiteral("convergence"), QString::fromUtf8(name) + format::percent(value));
    }
}

void Truth::checkVerdict(const SessionStatus &status)
{
    const Snapshot *plan = reference.plan();
    const Solution *mask = reference.mask();
    SessionStatus shown = status;
    if (workspace().isScrubbing())
        shown.state = SessionState::Paused;
    const Verdict verdict = verdictOf(workspace().shownOptions(), shown, plan ? &plan->stats : nullptr, mask, {});
    expectLabel(QStringLiteral("run"), verdict.text);
    const std::string timeline = controller.overlayView().timeline->verdict;
    EXPECT_EQ(timeline, verdict.text.toStdString());
    double kept = 0;
    if (mask)
        for (const TileResult &tile : mask->tiles)
            kept += tile.objective;
    else if (plan)
        for (std::int64_t row = 0; row < grid.rows; ++row)
            for (std::int64_t col = 0; col < grid.cols; ++col)
                kept += double(plan->plan(row, col)) * double((*workspace().tensor()->score)(row, col));
    const bool isTold =
        mask || (plan && (!traitsOf(workspace().shownOptions().method).provesOptimum || plan->stats.openTiles == 0));
    if (isTold)
        expectLabel(QStringLiteral("run"),
                    QStringLiteral("The %1 keeps %2 of |W|")
                        .arg(mask ? QStringLiteral("mask") : QStringLiteral("plan"), format::share(kept / total)));
    if (mask) {
        // What is written is what the mask keeps, entry by entry.
        double entries = 0;
        for (std::int64_t row = 0; row < grid.rows; ++row)
            for (std::int64_t col = 0; col < grid.cols; ++col)
                entries += mask->mask.at(row, col) ? double((*workspace().tensor()->score)(row, col)) : 0;
        EXPECT_NEAR(entries, kept, 1e-9 * total);
    }
}

void Truth::checkTable()
{
    const QAbstractItemModel &model = *table->model();
    ASSERT_EQ(model.rowCount(), std::min<std::int64_t>(grid.count(), 256));
    std::optional<TileFigure> by;
    for (const TileFigure each : allTileFigures) {
        const int column = TilesModel::columnOf(each);
        EXPECT_EQ(table->isColumnHidden(column), std::isnan(figure(0, each))) << nameOf(each);
        if (model.headerData(column, Qt::Horizontal).toString().endsWith(QStringLiteral("▾")))
            by = each;
    }
    ASSERT_TRUE(by);
    ASSERT_FALSE(std::isnan(figure(0, *by))) << "ranked by what is not known";
    std::vector<bool> isListed(std::size_t(grid.count()));
    for (int row = 0; row < model.rowCount(); ++row) {
        const std::int64_t tile = model.index(row, 0).data(TilesModel::TileRole).toLongLong();
        isListed[std::size_t(tile)] = true;
        EXPECT_EQ(model.index(row, TilesModel::Tile).data().toString(),
                  QStringLiteral("%1, %2").arg(grid.rowOf(tile)).arg(grid.colOf(tile)));
        EXPECT_EQ(model.index(row, TilesModel::Rank).data().toString(), format::count(rankOf(tile, *by)));
        for (const TileFigure each : allTileFigures)
            EXPECT_EQ(model.index(row, TilesModel::columnOf(each)).data().toString(),
                      format::percent(double(figure(tile, each))))
                << nameOf(each) << " of tile " << tile;
    }
    EXPECT_EQ(std::count(isListed.begin(), isListed.end(), true), model.rowCount());
}

/// The row of the run on screen.
void Truth::checkRuns()
{
    const Solution *mask = reference.mask();
    if (!mask)
        return;
    const auto shown = workspace().shownRun();
    ASSERT_TRUE(shown) << "a finished run is in the list";
    double kept = 0, bound = 0;
    for (const TileResult &tile : mask->tiles) {
        kept += tile.objective;
        bound += tile.upperBound;
    }
    const QAbstractItemModel &model = *runs->model();
    int rows = 0;
    for (int row = 0; row < model.rowCount(); ++row) {
        const auto text = [&](int column) {
            return model.index(row, column).data().toString();
        };
        const bool isShown = model.index(row, 0).data(RunListModel::IsShownRole).toBool();
        EXPECT_EQ(isShown, model.index(row, 0).data(RunListModel::IdRole).toInt() == *shown);
        if (!isShown)
            continue;
        ++rows;
        const SolveOptions options = workspace().shownOptions();
        EXPECT_EQ(text(RunListModel::Pattern).toStdString(), options.pattern.text());
        EXPECT_EQ(text(RunListModel::Kept), format::share(kept / total));
        if (isTransposable(options.method)) {
            EXPECT_EQ(text(RunListModel::Gap), format::percent((bound - kept) / bound));
        }
        EXPECT_EQ(text(RunListModel::VerdictText), verdictOf(options, {SessionState::Finished}, nullptr, mask, {}).text);
    }
    EXPECT_EQ(rows, 1);
}

void Truth::checkTile(std::int64_t tile)
{
    const Matrix<float> &score = *workspace().tensor()->score;
    std::map<QString, QString> wanted;
    const auto share = [&](TileFigure each) {
        const double value = double(figure(tile, each));
        wanted[QString::fromUtf8(nameOf(each))] = format::percent(value);
    };
    for (const TileFigure each :
         {TileFigure::PlanGap, TileFigure::MaskGap, TileFigure::Residual, TileFigure::PlanLost, TileFigure::MaskLost})
        share(each);
    const QString none = QStringLiteral("–");
    wanted[QStringLiteral("plan keeps")] = wanted[QStringLiteral("undecided")] = none;
    wanted[QStringLiteral("mask keeps")] = wanted[QStringLiteral("mask bound")] = none;
    if (const Snapshot *plan = reference.plan()) {
        double objective = 0;
        int undecided = 0;
        const std::int64_t row0 = grid.rowOf(tile) * grid.m, col0 = grid.colOf(tile) * grid.m;
        for (int i = 0; i < grid.realRows(tile); ++i)
            for (int j = 0; j < grid.realCols(tile); ++j) {
                objective += double(plan->plan(row0 + i, col0 + j)) * double(score(row0 + i, col0 + j));
                undecided += plan->plan(row0 + i, col0 + j) > 0.01F && plan->plan(row0 + i, col0 + j) < 0.99F;
            }
        const bool breaks =
            traitsOf(workspace().shownOptions().method).provesOptimum && plan->tiles[std::size_t(tile)].residual > 0;
        if (!breaks)
            wanted[QStringLiteral("plan keeps")] = format::real(objective);
        wanted[QStringLiteral("undecided")] =
            QStringLiteral("%1 of %2").arg(undecided).arg(grid.realRows(tile) * grid.realCols(tile));
    }
    if (const Solution *mask = reference.mask()) {
        wanted[QStringLiteral("mask keeps")] = format::real(mask->tiles[std::size_t(tile)].objective);
        wanted[QStringLiteral("mask bound")] = format::real(mask->tiles[std::size_t(tile)].upperBound);
    }
    for (const auto &[name, value] : wanted) {
        const auto *label = test.child<QWidget>(QStringLiteral("tile"))->findChild<QLabel *>(name);
        ASSERT_TRUE(label) << name.toStdString();
        EXPECT_EQ(label->text().toStdString(), value.toStdString()) << name.toStdString();
    }
    checkReasons(tile);
    const TileFigure by = TileFigures::of(workspace()).rankedBy(workspace());
    const QString rank = QStringLiteral("%1 of %2").arg(format::count(rankOf(tile, by)), format::count(grid.count()));
    expectLabel(QStringLiteral("tile"), QStringLiteral("rank by %1: %2").arg(QString::fromUtf8(nameOf(by)), rank));
}

/// The sentences are those that core says of the same tile, and the decisions lead to the mask.
void Truth::checkReasons(std::int64_t tile)
{
    const SolveOptions options = workspace().shownOptions();
    const std::int64_t row0 = grid.rowOf(tile) * grid.m, col0 = grid.colOf(tile) * grid.m;
    jobs::ExplainedTile explained;
    explained.pattern = options.pattern;
    explained.lines = traitsOf(options.method).lines;
    explained.provesOptimum = traitsOf(options.method).provesOptimum;
    explained.tau = isEntropic(options.method) ? options.tau : 0;
    explained.residualLimit = options.residualLimit();
    explained.row0 = row0;
    explained.col0 = col0;
    explained.score = workspace().tensor()->score->span().block(row0, col0, grid.realRows(tile), grid.realCols(tile));
    Matrix<float> plan;
    if (const Snapshot *snapshot = reference.plan()) {
        plan = snapshot->plan.block(row0, col0, explained.score.rows, explained.score.cols);
        explained.plan = plan.span();
        const auto potentials = std::span(snapshot->potentials).subspan(std::size_t(2 * grid.m * tile));
        explained.alpha = potentials.first(std::size_t(grid.m));
        explained.beta = potentials.subspan(std::size_t(grid.m), std::size_t(grid.m));
    }
    std::optional<int> iterations;
    if (reference.plan())
        iterations = reference.plan()->iteration;
    const auto trace = traceTile(explained.score, options, iterations);
    ASSERT_TRUE(trace);
    if (const Solution *solution = reference.mask()) {
        const TileMask mask = loadTile(solution->mask, grid, tile);
        explained.mask.assign(mask.rows.begin(), mask.rows.begin() + grid.m);
        explained.maskResult = solution->tiles[std::size_t(tile)];
        explained.maskAlpha = trace->maskAlpha;
        explained.maskBeta = trace->maskBeta;
    }
    const jobs::TileStatements statements = jobs::statementsOf(explained, jobs::explainTile(explained));
    const auto inspector = controller.overlayView().inspector;
    ASSERT_TRUE(inspector);
    EXPECT_EQ(inspector->verdict, statements.headline.text);
    expectLabel(QStringLiteral("tile"), QString::fromStdString(statements.headline.text));
    for (const auto *all : {&statements.ofPlan, &statements.ofMask})
        for (const jobs::Statement &statement : *all)
            expectLabel(QStringLiteral("tile"), QString::fromStdString(statement.text));
    const QAbstractItemModel &steps = *test.child<QTableView>(QStringLiteral("steps"))->model();
    EXPECT_EQ(steps.rowCount(), int(trace->steps.size()));
    if (reference.mask() && steps.rowCount() > 0) {
        EXPECT_EQ(steps.index(steps.rowCount() - 1, RoundingStepsModel::Kept).data().toString(),
                  format::real(reference.mask()->tiles[std::size_t(tile)].objective));
    }
}

TEST_P(Truth, EveryFigureOnScreenIsCores)
{
    QStringList done;
    for (int step = 0; step < 45; ++step) {
        done << act();
        ASSERT_TRUE(settle()) << done.join(QStringLiteral(", ")).toStdString();
        controller.advance();
        check();
        ASSERT_FALSE(HasFailure()) << done.join(QStringLiteral(", ")).toStdString();
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Truth, testing::Values(1U, 2U, 3U));

} // namespace
