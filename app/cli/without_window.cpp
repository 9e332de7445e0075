// SPDX-License-Identifier: Apache-2.0
// In the program without the window, which has neither Qt nor Vulkan: pictures are painted on the CPU, and what holds text
// is not drawn.
#include "app/cli/bench_plot.h"
#include "app/cli/heatmap_drawer.h"
#include "app/cli/scene_film.h"
#include "core/view/heatmap_scene.h"

namespace nms::cli {

static Unexpected<Error> needsQt(const std::string &what)
{
    return fail(ErrorKind::Unsupported, what, "is drawn with Qt, without which this nmscope is built",
                "use the program with the window");
}

HeatmapDrawer makeHeatmapDrawer()
{
    return paintHeatmap;
}

Result<std::unique_ptr<SceneFilm>> createSceneFilm(const std::string &target, const std::string &, int)
{
    return needsQt(target);
}

Result<BenchPlotter> benchPlotter()
{
    return needsQt("--plot");
}

} // namespace nms::cli
