// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/sandbox_solve.h"

#include "core/sandbox/histories.h"
#include "core/sandbox/history_recorder.h"
#include "core/sandbox/tile_feasibility.h"
#include "core/sandbox/transport_flow.h"
#include "core/tile/masks/rounding.h"

#include <algorithm>
#include <memory>
#include <numeric>

namespace nms {

namespace {

using Step = TileIterate::Step;

void recordExact(const TileProblem &tile, const std::stop_token &stop, TileHistory &history)
{
    HistoryRecorder recorder(tile);
    const auto iterate = [](const OptimalFlow &flow, Step step) {
        TileIterate out;
        out.iteration = flow.augmentations;
        out.step = step;
        out.plan = flow.plan;
        out.alpha = flow.alpha;
        out.beta = flow.beta;
        return out;
    };
    OptimalFlow nothing;
    nothing.plan = Matrix<double>(tile.rows(), tile.cols());
    recorder.add([&] { return iterate(nothing, Step::Start); });
    const OptimalFlow flow = maximiseScore(
        tile, stop, [&](const OptimalFlow &seen) { recorder.add([&] { return iterate(seen, Step::Augmentation); }); });
    history.every = recorder.every();
    history.iterates = recorder.take();
    if (history.iterates.back().iteration != flow.augmentations) {
        history.iterates.push_back(iterate(flow, Step::Augmentation));
        judge(tile, history.iterates.back());
    } else if (flow.augmentations == 0) { // all sums are 0: the start is the optimum
        history.iterates.back().alpha = flow.alpha;
        history.iterates.back().beta = flow.beta;
        judge(tile, history.iterates.back());
    }
}

void recordGreedy(const TileProblem &tile, const std::stop_token &stop, TileHistory &history)
{
    std::vector<int> order(std::size_t(tile.scores.size()));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](int a, int b) { return tile.scores.data()[a] > tile.scores.data()[b]; });
    std::vector<double> rowLeft = tile.rowSums, colLeft = tile.colSums;
    TileIterate state;
    state.plan = Matrix<double>(tile.rows(), tile.cols());
    HistoryRecorder recorder(tile);
    recorder.add([&] { return state; });
    state.step = Step::Entry;
    bool isRecorded = true;
    for (const int entry : order) {
        if (stop.stop_requested())
            return;
        const int row = entry / tile.cols(), col = entry % tile.cols();
        const double amount = std::min({tile.caps(row, col), rowLeft[std::size_t(row)], colLeft[std::size_t(col)]});
        if (amount <= 0)
            continue;
        state.plan(row, col) = amount;
        rowLeft[std::size_t(row)] -= amount;
        colLeft[std::size_t(col)] -= amount;
        ++state.iteration;
        isRecorded = false;
        recorder.add([&] {
            isRecorded = true;
            return state;
        });
    }
    if (!isRecorded)
        recorder.add([&] { return state; }, true);
    history.every = recorder.every();
    history.iterates = recorder.take();
}

} // namespace

Result<TileHistory> solveTile(const TileProblem &tile, const SandboxOptions &options, const std::stop_token &stop)
{
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    if (const Status valid = validateTile(tile); !valid)
        return fail(valid.error());
    const SandboxMethod &method = *sandboxMethodByName(options.method);
    if (method.program && !tile.pattern())
        return fail(ErrorKind::Unsupported, std::string(method.title),
                    "solves N:M tiles alone: sums N and caps 1 everywhere", "choose a method for any tile");
    TileHistory history;
    history.options = options;
    OptimalFlow best = maximiseScore(tile, stop);
    history.optimalPlan = std::move(best.plan);
    history.optimalAlpha = std::move(best.alpha);
    history.optimalBeta = std::move(best.beta);
    history.optimum =
        std::inner_product(tile.scores.data(), tile.scores.data() + tile.scores.size(), history.optimalPlan.data(), 0.0);
    if (method.kind == SandboxMethod::Kind::Program) {
        if (const Status recorded = recordProgram(tile, *method.program, stop, history); !recorded)
            return fail(recorded.error());
    } else if (method.kind == SandboxMethod::Kind::Exact) {
        recordExact(tile, stop, history);
    } else if (method.kind == SandboxMethod::Kind::Greedy) {
        recordGreedy(tile, stop, history);
    } else {
        recordEntropic(tile, method.kind, stop, history);
    }
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, "tile", "was not solved to the end");
    return history;
}

Matrix<double> roundedPlan(const TileProblem &tile, const Matrix<double> &plan)
{
    const auto pattern = tile.pattern();
    const bool isNonNegative =
        std::all_of(tile.scores.data(), tile.scores.data() + tile.scores.size(), [](double score) { return score >= 0; });
    if (!pattern || !isNonNegative) {
        TileProblem nearest = tile;
        nearest.scores = plan;
        return maximiseScore(nearest).plan;
    }
    Matrix<float> cells(tile.rows(), tile.cols());
    std::transform(tile.scores.data(), tile.scores.data() + tile.scores.size(), cells.data(),
                   [](double score) { return float(score); });
    const auto scores = std::make_unique<TileScores>();
    scores->gather(cells.span(), pattern->m);
    const auto keys = std::make_unique<TileArray<double>>();
    keys->values.fill(0);
    for (int row = 0; row < tile.rows(); ++row)
        std::ranges::copy(plan.span().row(row), keys->row(row, scores->stride()));
    Rounding rounding(simdLevel());
    TileMask mask = rounding.greedy(keys->values.data(), scores->stride(), *pattern);
    Rounding::swapUntilFull(*scores, pattern->n, mask, Rounding::Choice::Best, simdLevel());
    Matrix<double> out(tile.rows(), tile.cols());
    for (int row = 0; row < tile.rows(); ++row)
        for (int col = 0; col < tile.cols(); ++col)
            out(row, col) = mask.at(row, col);
    return out;
}

} // namespace nms
