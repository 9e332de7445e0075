// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/render_scene.h"

#include "core/jobs/picture.h"

#include <algorithm>
#include <utility>

namespace nms::jobs {

namespace {

Result<RenderedScene> render(const RenderSettings &settings, SolverBackend *backend, const Progress &progress,
                             const Events &events)
{
    std::optional<JobProgress> counts;
    auto picture = readPicture(settings, backend, needsSolver(settings.view) ? 1 : 0, progress, events, counts);
    if (!picture)
        return fail(picture.error());
    const std::int64_t toSolve = needsSolver(settings.view) ? picture->cells() : 0;
    const Progress step = counts->step();
    Progress solving{step.stop, {}};
    if (step.report)
        solving.report = [&](std::int64_t done, std::int64_t total) {
            step.report(static_cast<std::int64_t>(static_cast<double>(toSolve) * static_cast<double>(done) /
                                                  static_cast<double>(std::max<std::int64_t>(1, total))),
                        toSolve);
        };
    auto values = valuesOf(settings.view, picture->weights, picture->region, backend, settings.options, settings.iteration,
                           picture->score.rowsOf(picture->tensor, settings.options.threads), solving);
    if (!values)
        return fail(errorIn(picture->fileName, picture->tensor.path, values.error()));
    counts->endStep(toSolve);
    return RenderedScene{makeScene(settings.view, picture->weights, picture->region, std::move(values->cells),
                                   settings.options.pattern, settings.tileBorders, settings.pixels),
                         std::move(picture->tensor), values->totals};
}

} // namespace

Result<RenderedScene> renderScene(const RenderSettings &settings, SolverBackend *backend, const Progress &progress,
                                  const Events &events)
{
    return guarded([&] { return render(settings, backend, progress, events); });
}

} // namespace nms::jobs
