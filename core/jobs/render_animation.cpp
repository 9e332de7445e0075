// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/render_animation.h"

#include "core/jobs/picture.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nms::jobs {

namespace {

Status advanceTo(LiveSolve &live, int iteration, const std::stop_token &stop)
{
    std::vector<IterationStats> stats;
    while (!live.finished() && live.iteration() < iteration) {
        if (const Status done = live.advance(std::min(16, iteration - live.iteration()), stop, stats); !done)
            return done;
        if (stop.stop_requested())
            return fail(cancelled());
    }
    return {};
}

/// How many iterations there are up to `wanted`. A method that does not know it is run once to the end.
Result<int> countIterations(SolverBackend &backend, const SolvedPart &part, const SolveOptions &options,
                            std::optional<int> wanted, const std::stop_token &stop)
{
    const int limit = wanted.value_or(std::numeric_limits<int>::max());
    const auto live = backend.startLive(part.score, options, {stop, {}});
    if (!live)
        return fail(live.error());
    if ((*live)->plannedIterations() >= 0 && options.tolerance <= 0 && !traitsOf(options.method).stopsWhenConverged)
        return std::min(limit, (*live)->plannedIterations());
    if (const Status done = advanceTo(**live, limit, stop); !done)
        return fail(done.error());
    return (*live)->iteration();
}

Result<RenderedAnimation> film(const RenderSettings &picture, int frames, SolverBackend *backend, const Progress &progress,
                               const Events &events, const FrameVisitor &onFrame)
{
    if (!needsSolver(picture.view))
        return fail(ErrorKind::Usage, "--view", "does not change over the iterations", "film plan, mask or error");
    if (frames < 2)
        return fail(ErrorKind::Usage, "--frames", "is below 2", "give at least the first and the last");
    std::optional<JobProgress> counts;
    auto source = readPicture(picture, backend, frames, progress, events, counts);
    if (!source)
        return fail(source.error());
    const std::stop_token &stop = progress.stop;
    const auto inTensor = [&](const Error &error) {
        return fail(errorIn(source->fileName, source->tensor.path, error));
    };
    const auto part = partToSolve(source->weights, source->region, picture.options,
                                  source->score.rowsOf(source->tensor, picture.options.threads));
    if (!part)
        return inTensor(part.error());
    const auto last = countIterations(*backend, *part, picture.options, picture.iteration, stop);
    if (!last)
        return inTensor(last.error());
    const auto live = backend->startLive(part->score, picture.options, {stop, {}});
    if (!live)
        return inTensor(live.error());
    RenderedAnimation shown;
    for (const int iteration : filmedIterations(*last, frames)) {
        if (stop.stop_requested())
            return fail(cancelled());
        if (const Status done = advanceTo(**live, iteration, stop); !done)
            return inTensor(done.error());
        auto cells = cellsOf(picture.view, **live, *part, source->weights, source->region, picture.options, {stop, {}});
        if (!cells)
            return inTensor(cells.error());
        const HeatmapScene scene = makeScene(picture.view, source->weights, source->region, std::move(*cells),
                                             picture.options.pattern, picture.tileBorders, picture.pixels);
        if (const Status taken = onFrame(scene, (*live)->iteration(), *last); !taken)
            return fail(taken.error());
        shown.iterations.push_back((*live)->iteration());
        counts->endStep(source->cells());
    }
    counts->endStep((frames - std::int64_t(shown.iterations.size())) * source->cells()); // fewer iterations than frames
    shown.tensor = std::move(source->tensor);
    return shown;
}

} // namespace

std::vector<int> filmedIterations(int last, int frames)
{
    std::vector<int> iterations;
    if (last < frames) {
        for (int iteration = 0; iteration <= last; ++iteration)
            iterations.push_back(iteration);
        return iterations;
    }
    // Where geometric distances are below 1, one by one; the rest of the frames shares what remains.
    iterations.push_back(0);
    for (int left = frames - 1; left > 0; --left) {
        const double from = iterations.back();
        const double next = (from + 1) * std::pow((last + 1.0) / (from + 1), 1.0 / left) - 1;
        iterations.push_back(std::min(last, std::max(int(from) + 1, int(std::lround(next)))));
    }
    return iterations;
}

Result<RenderedAnimation> renderAnimation(const RenderSettings &picture, int frames, SolverBackend *backend,
                                          const Progress &progress, const Events &events, const FrameVisitor &onFrame)
{
    return guarded([&] { return film(picture, frames, backend, progress, events, onFrame); });
}

} // namespace nms::jobs
