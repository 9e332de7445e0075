// SPDX-License-Identifier: Apache-2.0
// How soon the window answers a scrub of a large run, printed: nms_window_tests --gtest_also_run_disabled_tests
// --gtest_filter=ScrubMeasurement.* on a machine that does nothing else.
#include "tests/ui/npy_support.h"
#include "tests/ui/window_fixture.h"
#include "ui/models/transport.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

namespace nms::test {

class ScrubMeasurement : public WindowTest
{
protected:
    void SetUp() override { start(MainWindow::Start::Fresh); }

    struct Figures {
        std::vector<double> first; // ms to a picture: the nearest key frame, or the iteration itself
        std::vector<double> exact; // ms to the iteration itself
    };
    static void print(const char *name, std::vector<double> figures)
    {
        std::sort(figures.begin(), figures.end());
        std::printf("%s: median %.0f ms, largest %.0f ms (%zu scrubs)\n", name, figures[figures.size() / 2], figures.back(),
                    figures.size());
    }
    Figures scrub(int lowest, int highest, int count, bool waitsForExact)
    {
        Figures figures;
        Transport &transport = Transport::of(*workspace);
        std::mt19937 random(3);
        for (int i = 0; i < count; ++i) {
            const int wanted = lowest + int(random() % std::uint32_t(highest - lowest));
            const auto before = workspace->shownSnapshot();
            if (before && before->iteration == wanted)
                continue;
            QElapsedTimer clock;
            clock.start();
            transport.scrubTo(wanted);
            while (workspace->shownSnapshot() == before && clock.elapsed() < patience)
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            figures.first.push_back(double(clock.nsecsElapsed()) * 1e-6);
            if (waitsForExact) {
                EXPECT_TRUE(waitFor([&] { return workspace->shownSnapshot()->iteration == wanted; }));
                figures.exact.push_back(double(clock.nsecsElapsed()) * 1e-6);
            }
        }
        return figures;
    }
};

TEST_F(ScrubMeasurement, DISABLED_OfALargeRun)
{
    constexpr std::int64_t side = 8192;
    QTemporaryDir folder;
    std::vector<float> weights(std::size_t(side * side));
    std::mt19937 random(1);
    std::normal_distribution<float> gaussian;
    for (float &weight : weights)
        weight = gaussian(random);
    workspace->openFile(writeNpy(folder.filePath(QStringLiteral("large.npy")), side, side, weights));
    weights = {};
    ASSERT_TRUE(waitFor([&] { return workspace->tensor() && !workspace->isLoading(); }));
    workspace->runTo(60);
    ASSERT_TRUE(QTest::qWaitFor([&] { return workspace->sessionStatus().iteration >= 60; }, 10 * patience));
    for (const bool isNear : {false, true}) {
        if (isNear) { // cells instead of tile values
            workspace->flyToTile(1000);
            QTest::qWait(1500);
        }
        const char *place = isNear ? "cells" : "whole matrix";
        const Figures paused = scrub(1, 59, 24, true);
        std::printf("paused, %s\n", place);
        print("  a picture", paused.first);
        print("  the iteration itself", paused.exact);
    }
    workspace->runTo(300);
    const Figures running = scrub(1, 59, 24, false);
    std::printf("while the run goes on\n");
    print("  a picture", running.first);
}

} // namespace nms::test
