// SPDX-License-Identifier: Apache-2.0
// No action of the user blocks the window while 8192 × 8192 weights are solved: the processor time that the GUI thread
// spends on one event, which does not depend on what else the machine does.
#include "tests/ui/npy_support.h"
#include "tests/ui/turn_watch.h"
#include "tests/ui/window_fixture.h"
#include "ui/models/mask_comparison.h"
#include "ui/models/transport.h"

#include <QTemporaryDir>

#include <random>
#include <utility>
#include <vector>

namespace nms::test {

class WatchdogTest : public WindowTest
{
protected:
    void SetUp() override { start(MainWindow::Start::Fresh); }
};

TEST_F(WatchdogTest, NothingBlocksTheWindowDuringALargeRun)
{
    constexpr std::int64_t side = 8192;
    QTemporaryDir folder;
    std::vector<float> weights(std::size_t(side * side));
    std::uint32_t state = 1;
    for (float &weight : weights) { // quick, and of every magnitude
        state = state * 1664525U + 1013904223U;
        weight = float(std::int32_t(state)) * 1e-9F;
    }
    const QString file = writeNpy(folder.filePath(QStringLiteral("large.npy")), side, side, weights);
    weights = {};

    TurnWatch watchdog;
    watchdog.during("opening", [&] { workspace->openFile(file); });
    while (!workspace->tensor() || workspace->isLoading())
        watchdog.turn("loading", 50);
    watchdog.turn("the first picture", 1000);
    watchdog.during("run", [&] { press(Qt::Key_Space); });
    while (workspace->sessionStatus().iteration < 12)
        watchdog.turn("running", 50);

    Transport &transport = Transport::of(*workspace);
    std::mt19937 random(7);
    for (int i = 0; i < 12; ++i) {
        const int done = workspace->sessionStatus().iteration;
        watchdog.during("scrubbing", [&] { transport.scrubTo(int(random() % std::uint32_t(done))); });
        watchdog.turn("after scrubbing", 120);
        watchdog.during("switching the view", [&] { press(Qt::Key(Qt::Key_1 + i % 5)); });
        watchdog.turn("after switching the view", 120);
        watchdog.during("zooming", [&] { press(i % 2 == 0 ? Qt::Key_Plus : Qt::Key_Home); });
        watchdog.turn("after zooming", 120);
        watchdog.during("selecting a tile",
                        [&] { workspace->flyToTile(random() % std::uint32_t(workspace->grid().count())); });
        watchdog.turn("flying", 300);
    }
    watchdog.during("following", [&] { transport.followLive(); });
    watchdog.during("pausing", [&] { transport.toggle(); });
    watchdog.turn("pausing", 300);
    watchdog.during("other settings", [&] {
        SolveOptions options = workspace->options();
        options.pattern = {16, 32};
        workspace->setOptions(options);
    });
    watchdog.turn("after other settings", 300);
    watchdog.during("a new run", [&] { workspace->restart(); });
    watchdog.turn("the new run", 1500);
    watchdog.during("cancelling", [&] { transport.cancel(); });
    watchdog.turn("after cancelling", 300);
    watchdog.during("another method", [&] {
        SolveOptions options = workspace->options();
        options.method = Method::Greedy;
        workspace->setOptions(options);
        workspace->restart();
    });
    while (workspace->sessionStatus().state != SessionState::Finished)
        watchdog.turn("greedy", 50);
    MaskComparison &comparison = MaskComparison::of(*workspace);
    watchdog.during("comparing with the optimum", [&] { comparison.compareWithOptimum(); });
    while (!comparison.difference())
        watchdog.turn("solving the optimum", 50);
    watchdog.turn("the difference", 500);
    for (int i = 0; i < 8; ++i) {
        watchdog.during("another mode of comparing", [&] { comparison.nextMode(); });
        watchdog.turn("after another mode of comparing", 120);
        watchdog.during("zooming two masks", [&] { press(i % 2 == 0 ? Qt::Key_Plus : Qt::Key_Home); });
        watchdog.turn("after zooming two masks", 120);
        watchdog.during("selecting a tile of two masks",
                        [&] { workspace->flyToTile(random() % std::uint32_t(workspace->grid().count())); });
        watchdog.turn("flying over two masks", 300);
    }
    watchdog.during("ending the comparison", [&] { comparison.end(); });
    watchdog.turn("after ending the comparison", 200);
    watchdog.during("closing the file", [&] { workspace->closeFile(file); });
    watchdog.turn("after closing", 300);
    watchdog.print();
    watchdog.expectBelow(0.1);
}

} // namespace nms::test
