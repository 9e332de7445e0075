// SPDX-License-Identifier: Apache-2.0
// The questions that one has about a tile, each answered in at most three actions of mouse and keyboard.
#include "core/methods/tile_trace.h"
#include "tests/ui/window_support.h"
#include "ui/models/comparison_model.h"
#include "ui/models/format.h"
#include "ui/models/rounding_steps_model.h"
#include "ui/models/tile_figures.h"
#include "ui/models/tile_inspection.h"
#include "ui/models/transport.h"
#include "ui/viewport/viewport_controller.h"

#include <QSlider>
#include <QTableView>

#include <gtest/gtest.h>

#include <cmath>

using namespace nms;

namespace {

const QString sample = QStringLiteral(NMS_SOURCE_DIR "/assets/samples/minilm-layer0.h5");

class TileWindow : public testing::Test
{
protected:
    void SetUp() override
    {
        ASSERT_TRUE(test.isExposed);
        ASSERT_TRUE(test.open(sample));
    }

    /// Chooses a method and runs it to the end, or step by step to an iteration; by mouse and keyboard.
    void run(Method method, std::optional<int> iteration = {})
    {
        ASSERT_TRUE(test.choose(QStringLiteral("method"), methodLabel(method)));
        if (iteration)
            for (int k = 1; k <= *iteration; ++k) {
                test.window.setFocus();
                test.press(Qt::Key_Period);
                ASSERT_TRUE(test.waitFor([&] {
                    const auto snapshot = test.workspace.shownSnapshot();
                    return snapshot && snapshot->iteration == k;
                }));
            }
        else
            QTest::mouseClick(test.button(QStringLiteral("Run")), Qt::LeftButton);
        ASSERT_TRUE(test.waitForState(iteration ? SessionState::Paused : SessionState::Finished));
        test.window.setFocus();
    }

    QLabel *label(const QString &name) { return test.child<QWidget>(QStringLiteral("tile"))->findChild<QLabel *>(name); }
    bool says(const QString &text)
    {
        return test.waitFor([&] {
            const auto labels = test.child<QWidget>(QStringLiteral("tile"))->findChildren<QLabel *>();
            return std::any_of(labels.begin(), labels.end(),
                               [&](const QLabel *each) { return each->isVisible() && each->text().contains(text); });
        });
    }
    TileInspection &inspection() { return TileInspection::of(test.workspace); }
    Span2d<const float> cells(std::int64_t tile)
    {
        const TileGrid grid = test.workspace.grid();
        return test.workspace.tensor()->score->span().block(grid.rowOf(tile) * grid.m, grid.colOf(tile) * grid.m,
                                                            grid.realRows(tile), grid.realCols(tile));
    }

    test::WindowUnderTest test;
};

TEST_F(TileWindow, TheWorstTileAndItsCauseTakeOneKey)
{
    run(Method::Greedy);
    test.press(Qt::Key_W);
    const auto solution = test.workspace.solution();
    const SolutionTotals totals = solution->totals();
    ASSERT_EQ(test.workspace.selectedTile(), totals.worstTile);
    const TileResult &worst = solution->tiles[std::size_t(totals.worstTile)];
    EXPECT_TRUE(says(QStringLiteral("At most %1 below the optimum").arg(format::percent(worst.gap()))));
    const auto trace = traceTile(cells(totals.worstTile), test.workspace.shownOptions());
    ASSERT_TRUE(trace);
    // The cause: the entry that deviates most from the potentials, computed here once more.
    double most = 0;
    int row = -1, col = -1;
    for (int i = 0; i < trace->rows; ++i)
        for (int j = 0; j < trace->cols; ++j) {
            const double slack =
                double(cells(totals.worstTile)(i, j)) - trace->maskAlpha[std::size_t(i)] - trace->maskBeta[std::size_t(j)];
            if ((trace->mask.at(i, j) ? -slack : slack) > most) {
                most = trace->mask.at(i, j) ? -slack : slack;
                row = i;
                col = j;
            }
        }
    ASSERT_GT(most, 0);
    const TileGrid grid = test.workspace.grid();
    EXPECT_TRUE(says(QStringLiteral("Most of all by (%1, %2), %3 with A − α − β")
                         .arg(grid.rowOf(totals.worstTile) * grid.m + row)
                         .arg(grid.colOf(totals.worstTile) * grid.m + col)
                         .arg(trace->mask.at(row, col) ? QStringLiteral("kept") : QStringLiteral("dropped"))));
}

TEST_F(TileWindow, TheConstraintViolatedNowTakesOneKey)
{
    run(Method::Dykstra, 7);
    test.press(Qt::Key_V);
    const auto snapshot = test.workspace.shownSnapshot();
    std::size_t worst = 0;
    for (std::size_t tile = 1; tile < snapshot->tiles.size(); ++tile)
        if (snapshot->tiles[tile].residual > snapshot->tiles[worst].residual)
            worst = tile;
    ASSERT_EQ(test.workspace.selectedTile(), std::int64_t(worst));
    ASSERT_TRUE(test.waitFor([&] { return inspection().explanation().plan.has_value(); }));
    const TileGrid grid = snapshot->grid;
    double most = 0, sumOfMost = 0;
    QString line;
    for (const bool isRow : {true, false})
        for (int k = 0; k < grid.m; ++k) {
            double sum = 0;
            for (int l = 0; l < grid.m; ++l)
                sum += double(inspection().explained().plan(isRow ? k : l, isRow ? l : k));
            if (std::abs(sum - 8) > most) {
                most = std::abs(sum - 8);
                sumOfMost = sum;
                line = isRow ? QStringLiteral("Row %1").arg(grid.rowOf(std::int64_t(worst)) * grid.m + k)
                             : QStringLiteral("Column %1").arg(grid.colOf(std::int64_t(worst)) * grid.m + k);
            }
        }
    EXPECT_NEAR(most / 8, double(snapshot->tiles[worst].residual), 1e-4);
    EXPECT_TRUE(says(line + QStringLiteral(" sums to ") + QString::fromStdString(formatReading(sumOfMost)) +
                     QStringLiteral(", ") + QString::fromStdString(formatNumber(most, 2)) +
                     (sumOfMost > 8 ? QStringLiteral(" over N = 8") : QStringLiteral(" short of N = 8"))));
}

TEST_F(TileWindow, TheEffectOfTauOnOneTileTakesThreeActions)
{
    run(Method::Dykstra);
    const auto clicked = test.clickTile(0.45, 0.55);
    ASSERT_TRUE(clicked);
    const std::int64_t tile = *clicked;
    test.press(Qt::Key_T);
    auto *slider = test.child<QSlider>(QStringLiteral("labTau"));
    ASSERT_TRUE(test.waitFor([&] { return slider->hasFocus(); }));
    ASSERT_TRUE(says(format::real(test.workspace.solution()->tiles[std::size_t(tile)].objective)));
    QTest::keyClick(slider, Qt::Key_PageDown);
    const double tau = std::pow(10.0, slider->value() / 40.0);
    ASSERT_LT(tau, 99);
    SolveOptions options = test.workspace.shownOptions();
    const QString shown = label(QStringLiteral("after kept"))->text();
    double tried = 0;
    for (QLabel *each : slider->parentWidget()->findChildren<QLabel *>())
        if (bool isNumber = false; std::abs(each->text().toDouble(&isNumber) / tau - 1) < 0.01 && isNumber)
            tried = each->text().toDouble();
    ASSERT_GT(tried, 0) << "τ is told beside the slider";
    options.tau = tried;
    const auto wanted = traceTile(cells(tile), options);
    ASSERT_TRUE(wanted);
    EXPECT_EQ(shown, format::real(wanted->result.objective));
    EXPECT_EQ(label(QStringLiteral("after residual"))->text(), format::percent(double(wanted->result.residual)));
    const auto run = traceTile(cells(tile), test.workspace.shownOptions());
    EXPECT_EQ(label(QStringLiteral("before kept"))->text(), format::real(run->result.objective));
    EXPECT_EQ(test.workspace.options().tau, 100) << "the run stays as it is";
}

TEST_F(TileWindow, NAndMAreTriedOnTheTileAtTheSamePlace)
{
    run(Method::Dykstra);
    const TileGrid grid = test.workspace.grid();
    const std::int64_t tile = grid.index(5, 7);
    test.workspace.selectTile(tile);
    test.press(Qt::Key_T);
    auto *m = test.child<QSlider>(QStringLiteral("labM"));
    auto *n = test.child<QSlider>(QStringLiteral("labN"));
    ASSERT_TRUE(test.waitFor([&] { return m->value() == 16 && n->value() == 8; }));
    m->setValue(7); // below N: N follows
    EXPECT_EQ(n->value(), 7);
    n->setValue(3);
    const TileGrid other = test.workspace.grid(7);
    const std::int64_t there = other.index(5 * 16 / 7, 7 * 16 / 7);
    SolveOptions options = test.workspace.shownOptions();
    options.pattern = {3, 7};
    const auto wanted =
        traceTile(test.workspace.tensor()->score->span().block(other.rowOf(there) * 7, other.colOf(there) * 7,
                                                               other.realRows(there), other.realCols(there)),
                  options);
    ASSERT_TRUE(wanted);
    EXPECT_EQ(label(QStringLiteral("after kept"))->text(), format::real(wanted->result.objective));
    EXPECT_TRUE(says(QStringLiteral("3:7, tile 11, 16")));
    n->setValue(9); // above M: M follows
    EXPECT_EQ(m->value(), 9);
}

TEST_F(TileWindow, TheGainOfEachSwapTakesTwoActions)
{
    run(Method::GreedySwap);
    std::int64_t tile = -1; // one with swaps, as the sequential rule finds them
    std::shared_ptr<const TileTrace> trace;
    for (int k = 0;; ++k) {
        const int line = k / 12, place = k % 12;
        const auto clicked = test.clickTile(0.4 + 0.01 * place, 0.5 + 0.02 * line);
        ASSERT_TRUE(clicked && k < 120);
        tile = *clicked;
        trace = std::make_shared<const TileTrace>(std::move(*traceTile(cells(tile), test.workspace.shownOptions())));
        if (std::any_of(trace->steps.begin(), trace->steps.end(),
                        [](const RoundingStep &step) { return step.kind == RoundingStep::Kind::Swap; }))
            break;
    }
    auto *table = test.child<QTableView>(QStringLiteral("steps"));
    std::size_t swaps = 0;
    for (std::size_t k = 0; k < trace->steps.size(); ++k) {
        if (trace->steps[k].kind != RoundingStep::Kind::Swap)
            continue;
        ++swaps;
        test.press(Qt::Key_F8, Qt::ShiftModifier);
        ASSERT_TRUE(table->isVisible());
        EXPECT_EQ(table->currentIndex().row(), int(k));
        double gain = 0;
        for (const TileCell &cell : trace->steps[k].added())
            gain += double(cells(tile)(cell.row, cell.col));
        for (const TileCell &cell : trace->steps[k].removed())
            gain -= double(cells(tile)(cell.row, cell.col));
        EXPECT_EQ(table->model()->index(int(k), RoundingStepsModel::Gain).data().toString(), format::gain(gain));
        ViewportController controller(test.workspace);
        controller.advance();
        const auto inspector = controller.overlayView().inspector;
        ASSERT_TRUE(inspector);
        EXPECT_EQ(inspector->marks.size(), 3U) << "two entries in, one out";
        EXPECT_TRUE(QString::fromStdString(inspector->verdict).endsWith(format::gain(gain)));
    }
    EXPECT_GT(swaps, 0U);
}

TEST_F(TileWindow, DecisionsAreSteppedThroughAndTheTileShowsTheMaskSoFar)
{
    run(Method::Greedy);
    test.workspace.selectTile(3);
    test.press(Qt::Key_F8);
    ASSERT_EQ(inspection().step(), 0);
    const auto trace = inspection().trace();
    ASSERT_TRUE(trace);
    auto *table = test.child<QTableView>(QStringLiteral("steps"));
    ASSERT_EQ(table->model()->rowCount(), int(trace->steps.size()));
    EXPECT_EQ(table->currentIndex().row(), 0);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Down);
    QTest::keyClick(table, Qt::Key_Down);
    ASSERT_EQ(inspection().step(), 2);
    TileMask mask;
    for (int k = 0; k <= 2; ++k)
        for (const TileCell &cell : trace->steps[std::size_t(k)].added())
            mask.add(cell.row, cell.col);
    EXPECT_EQ(inspection().maskAtStep()->rows, mask.rows);
    ViewportController controller(test.workspace);
    controller.advance();
    const auto inspector = controller.overlayView().inspector;
    ASSERT_TRUE(inspector);
    EXPECT_EQ(inspector->layer, overlay::TileLayer::Mask);
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 16; ++j)
            EXPECT_EQ(inspector->mask[std::size_t(i * 16 + j)] > 0, mask.at(i, j));
    test.press(Qt::Key_F7);
    test.press(Qt::Key_F7);
    EXPECT_EQ(inspection().step(), 0);
    test.press(Qt::Key_F7);
    EXPECT_FALSE(inspection().step()) << "before the first";
    QTest::keyClick(table, Qt::Key_End);
    test.workspace.selectTile(4);
    EXPECT_FALSE(inspection().step()) << "another tile, another log";
}

TEST_F(TileWindow, APausedRunIsRoundedAsItStands)
{
    run(Method::Dykstra, 5);
    test.workspace.selectTile(10);
    test.press(Qt::Key_F8);
    const auto wanted = traceTile(cells(10), test.workspace.shownOptions(), 5);
    ASSERT_TRUE(wanted && inspection().trace());
    EXPECT_EQ(inspection().trace()->mask.rows, wanted->mask.rows);
    EXPECT_TRUE(says(QStringLiteral("As it would be rounded at this iteration")));
    ViewportController controller(test.workspace);
    controller.advance();
    const auto projections = controller.overlayView().inspector->projections;
    ASSERT_TRUE(projections);
    EXPECT_EQ(projections->names, (std::vector<std::string>{"rows", "columns", "cap"}));
    EXPECT_EQ(projections->last, 2U);
    EXPECT_EQ(projections->place, overlay::ProjectionsView::Place::Cells);
}

TEST_F(TileWindow, ATileIsSelectedWhileThePruningIsShown)
{
    run(Method::Greedy);
    test.workspace.setShowsPruning(true);
    test.workspace.flyToTile(25); // of 24 × 24
    EXPECT_TRUE(says(QStringLiteral("Tile 1, 1")));
    test.workspace.setShowsPruning(false);
    EXPECT_TRUE(says(QStringLiteral("Tile 1, 1")));
}

TEST_F(TileWindow, WithoutARunTheKeysSayWhatIsMissing)
{
    test.window.setFocus();
    test.press(Qt::Key_W);
    EXPECT_FALSE(test.workspace.selectedTile());
    test.press(Qt::Key_F8);
    test.press(Qt::Key_T);
    test.workspace.selectTile(0);
    EXPECT_TRUE(test.button(QStringLiteral("Reset")));
    EXPECT_FALSE(inspection().trace());
}

} // namespace
