// SPDX-License-Identifier: Apache-2.0
// Everything that the viewport tells of a plan, from one that stays on the solve's device as from one on the host.
#include "gpu/cuda/warp_backend.h"
#include "tests/backend/simulated_queue.h"
#include "tests/ui/viewport_support.h"
#include "ui/models/tile_facts.h"
#include "ui/viewport/viewport_controller.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nms {
namespace {

std::vector<BackendChoice> sharingBackend()
{
    const test::SimulatedDevice sharing{.sharingId = test::simulatedDeviceId};
    return {{QStringLiteral("fake"), QStringLiteral("Fake"),
             std::shared_ptr<SolverBackend>(
                 warp::makeWarpBackend("fake", "Fake", {test::simulatedQueues(sharing)}, [](const std::string &) {}))}};
}

/// Shows the plan of the same run, zoomed in until cells have their numbers.
struct Shown {
    explicit Shown(const std::optional<DeviceId> &viewer) : workspace(sharingBackend())
    {
        workspace.setViewerDevice(viewer);
        controller.resize(1000, 660, 1);
        workspace.setView(MatrixView::Plan);
        workspace.finish();
        workspace.selectTile(workspace.grid().index(12, 12));
        waitFor([this] { return !controller.advance(); }, 5000);
        controller.zoomAt({500, 330}, 100);
        controller.pointerMoved({510, 320});
        controller.advance();
    }
    SampleWorkspace workspace;
    ViewportController controller{workspace};
};

TEST(SharedPlanView, TellsTheSameAsOverTheHost)
{
    Shown shared(test::simulatedDeviceId);
    Shown plain(std::nullopt);
    const HeatmapField field = shared.controller.scene().field;
    const HeatmapField wantedField = plain.controller.scene().field;
    ASSERT_TRUE(field.onDevice && !field.values);
    ASSERT_TRUE(wantedField.values && !wantedField.onDevice);
    const auto *memory = dynamic_cast<const test::HostSharedMemory *>(field.onDevice->memory().get());
    ASSERT_TRUE(memory);

    const auto view = shared.controller.overlayView();
    const auto wanted = plain.controller.overlayView();
    ASSERT_TRUE(view.readout && view.readout->plan && wanted.readout);
    EXPECT_EQ(view.readout->row, wanted.readout->row);
    EXPECT_EQ(view.readout->plan, wanted.readout->plan);
    ASSERT_TRUE(view.cellValues && wanted.cellValues);
    EXPECT_GT(view.cellValues->values.size(), 20u);
    EXPECT_EQ(view.cellValues->values, wanted.cellValues->values);
    ASSERT_TRUE(view.inspector && wanted.inspector);
    EXPECT_EQ(view.inspector->plan, wanted.inspector->plan);
    ASSERT_TRUE(view.legend && wanted.legend);
    EXPECT_EQ(view.legend->histogram.size(), wanted.legend->histogram.size());
    const auto most = std::max_element(wanted.legend->histogram.begin(), wanted.legend->histogram.end());
    EXPECT_EQ(view.legend->histogram[std::size_t(most - wanted.legend->histogram.begin())], 1) << "of some rows";

    const std::int64_t tile = shared.workspace.grid().index(12, 12);
    const auto facts = [&](Shown &one) {
        return tileFacts(one.workspace, tile);
    };
    EXPECT_TRUE(facts(shared).planObjective);
    EXPECT_EQ(facts(shared).planObjective, facts(plain).planObjective);
    EXPECT_LT(memory->bytesRead(), 384 * 384 * 4) << "the whole of it need not come to the host";

    for (Shown *each : {&shared, &plain}) {
        each->workspace.setView(MatrixView::Error);
        each->controller.advance();
    }
    const Matrix<float> &lost = *shared.controller.scene().field.values;
    const Matrix<float> &wantedLost = *plain.controller.scene().field.values;
    ASSERT_EQ(lost.size(), wantedLost.size());
    EXPECT_TRUE(std::equal(lost.data(), lost.data() + lost.size(), wantedLost.data()));
}

} // namespace
} // namespace nms
