// SPDX-License-Identifier: Apache-2.0
// The program's own methods, iteration by iteration or decision by decision.
#include "core/sandbox/histories.h"

#include "core/methods/factory.h"
#include "core/methods/tile_trace.h"
#include "core/sandbox/history_recorder.h"

#include <algorithm>
#include <memory>

namespace nms {

namespace {

using Step = TileIterate::Step;

/// Too large for the stack.
struct Scratch {
    TileScores scores;
    TileArray<double> plan;
};

Matrix<double> planOf(const TileMask &mask, int m)
{
    Matrix<double> plan(m, m);
    for (int row = 0; row < m; ++row)
        for (int col = 0; col < m; ++col)
            plan(row, col) = mask.at(row, col);
    return plan;
}

TileIterate maskIterate(const TileMask &mask, int m, int number, Step step)
{
    TileIterate out;
    out.iteration = number;
    out.step = step;
    out.plan = planOf(mask, m);
    return out;
}

void recordIterations(const SolveOptions &options, Scratch &work, const std::stop_token &stop, HistoryRecorder &recorder)
{
    const int m = options.pattern.m;
    const std::unique_ptr<IterativeTile> tile = makeIterativeTile(options);
    const auto iterate = [&](int number, Step step) {
        TileIterate out;
        out.iteration = number;
        out.step = step;
        tile->plan(work.plan);
        out.plan = Matrix<double>(m, m);
        for (int row = 0; row < m; ++row)
            std::copy_n(work.plan.row(row, work.scores.stride()), m, out.plan.span().row(row).begin());
        TileLine<double> alpha{}, beta{};
        tile->thresholds(alpha.data(), beta.data());
        out.alpha.assign(alpha.data(), alpha.data() + m);
        out.beta.assign(beta.data(), beta.data() + m);
        return out;
    };
    tile->start(work.scores);
    recorder.add([&] { return iterate(0, Step::Start); });
    // An exact method ends by itself.
    const int most = traitsOf(options.method).provesOptimum ? std::numeric_limits<int>::max() : options.iterations;
    int number = 0;
    while (number < most && !tile->done() && !stop.stop_requested()) {
        tile->iterate();
        ++number;
        recorder.add([&] { return iterate(number, Step::Iteration); }, number == most || tile->done());
    }
    TileMask mask;
    tile->round(mask);
    recorder.add([&] { return maskIterate(mask, m, number, Step::Mask); }, true);
}

Status recordDecisions(Span2d<const float> cells, const SolveOptions &options, const std::stop_token &stop,
                       HistoryRecorder &recorder)
{
    const int m = options.pattern.m;
    const auto trace = traceTile(cells, options, {}, stop);
    if (!trace)
        return fail(trace.error());
    TileMask mask;
    int number = 0;
    recorder.add([&] { return maskIterate(mask, m, 0, Step::Start); });
    for (const RoundingStep &step : trace->steps) {
        if (step.added().empty() && step.removed().empty())
            continue; // an entry that was not taken
        for (const TileCell &cell : step.removed())
            mask.remove(cell.row, cell.col);
        for (const TileCell &cell : step.added())
            mask.add(cell.row, cell.col);
        ++number;
        recorder.add([&] { return maskIterate(mask, m, number, Step::Decision); });
    }
    recorder.add([&] { return maskIterate(trace->mask, m, number, Step::Mask); }, true);
    return {};
}

} // namespace

Status recordProgram(const TileProblem &tile, Method method, const std::stop_token &stop, TileHistory &history)
{
    SolveOptions options;
    options.pattern = *tile.pattern();
    options.method = method;
    options.tau = history.options.tau;
    options.iterations = history.options.iterations;
    if (const Status valid = options.validate(); !valid)
        return valid;
    Matrix<float> cells(tile.rows(), tile.cols());
    std::transform(tile.scores.data(), tile.scores.data() + tile.scores.size(), cells.data(),
                   [](double score) { return float(score); });
    auto work = std::make_unique<Scratch>();
    work->scores.gather(cells.span(), options.pattern.m);
    if (!work->scores.valid())
        return fail(ErrorKind::Input, "tile", "has negative scores, which methods for N:M masks do not take",
                    "choose a method for any tile, or take the magnitudes");
    HistoryRecorder recorder(tile);
    if (hasIterations(method))
        recordIterations(options, *work, stop, recorder);
    else if (const Status decided = recordDecisions(cells.span(), options, stop, recorder); !decided)
        return decided;
    history.every = recorder.every();
    history.iterates = recorder.take();
    return {};
}

} // namespace nms
