// SPDX-License-Identifier: Apache-2.0
#include "core/methods/tile_trace.h"

#include "core/methods/factory.h"
#include "core/methods/selection_log.h"
#include "core/tile/masks/bound.h"

#include <algorithm>
#include <limits>
#include <memory>

namespace nms {

namespace {

/// What one thread needs for one trace; too large for the stack.
struct Scratch {
    TileScores scores;
    TileArray<double> plan;
    RoundingBasis basis;
};

/// Adds the potentials after `sweeps` sweeps, if it is they that certify the bound.
void addCertificate(TileTrace &trace, const TileScores &scores, TileLine<double> alpha, TileLine<double> beta, int sweeps,
                    SimdLevel level)
{
    const int n = trace.options.pattern.n;
    const std::size_t m = std::size_t(trace.options.pattern.m);
    auto lines = std::make_unique<ThresholdSweeps>(level);
    lines->bound(scores, n, alpha.data(), beta.data(), sweeps);
    const double bound = dualBound(scores, n, alpha.data(), beta.data(), level);
    if (std::max(bound, trace.result.objective) != trace.result.upperBound)
        return;
    trace.maskAlpha.assign(alpha.data(), alpha.data() + m);
    trace.maskBeta.assign(beta.data(), beta.data() + m);
}

void logRoundingOf(TileTrace &trace, const Scratch &work, const std::optional<int> &paperSwaps)
{
    RoundingLog log(work.scores, trace.options.pattern);
    if (work.scores.maximum() > 0) {
        log.selectGreedily(work.basis.keys.values.data(), work.scores.stride());
        if (paperSwaps)
            log.swapWhileGaining(*paperSwaps);
        else
            log.swapUntilFull(Rounding::Choice::Best);
    } else {
        log.takeBand();
    }
    trace.steps = log.steps();
}

void traceIterations(TileTrace &trace, Scratch &work, int iterations, const std::stop_token &stop, SimdLevel level)
{
    const SolveOptions &options = trace.options;
    const std::size_t m = std::size_t(options.pattern.m);
    const std::unique_ptr<IterativeTile> tile = makeIterativeTile(options, level);
    tile->runTo(work.scores, iterations, stop);
    if (stop.stop_requested())
        return;
    trace.result = tile->round(trace.mask);
    tile->basis(work.basis);
    if (work.basis.isGreedy)
        logRoundingOf(trace, work, options.paperSwaps);
    const PlanFigures figures = tile->figures();
    trace.rowResidual = figures.rowResidual;
    trace.columnResidual = figures.columnResidual;
    trace.planBound = figures.upperBound;
    tile->plan(work.plan);
    trace.plan = Matrix<float>(trace.rows, trace.cols);
    for (int i = 0; i < trace.rows; ++i)
        for (int j = 0; j < trace.cols; ++j)
            trace.plan(i, j) = float(work.plan.row(i, work.scores.stride())[j]);
    TileLine<double> alpha{}, beta{};
    tile->thresholds(alpha.data(), beta.data());
    trace.alpha.assign(alpha.data(), alpha.data() + m);
    trace.beta.assign(beta.data(), beta.data() + m);
    if (traitsOf(options.method).provesOptimum && trace.result.converged) {
        trace.maskAlpha = trace.alpha; // proven in integers: the bound at these is that of the scores as rounded to them
        trace.maskBeta = trace.beta;
    } else {
        addCertificate(trace, work.scores, work.basis.alpha, work.basis.beta, work.basis.sweeps, level);
    }
}

void traceSelection(TileTrace &trace, const Scratch &work, const std::stop_token &stop, SimdLevel level)
{
    const SolveOptions &options = trace.options;
    const MethodTraits &traits = traitsOf(options.method);
    constexpr std::int64_t unknownTile = 0;
    trace.result = traits.makeTile(options, level)->solve(work.scores, unknownTile, stop, trace.mask);
    if (stop.stop_requested())
        return;
    if (RoundingLog log(work.scores, options.pattern); logSelection(options, level, stop, log))
        trace.steps = log.steps();
    if (traits.lines == MaskPromise::Lines::RowsAndColumns)
        addCertificate(trace, work.scores, {}, {}, ThresholdSweeps::usualSweeps, level);
}

} // namespace

bool canTrace(const SolveOptions &options)
{
    const MethodTraits &traits = traitsOf(options.method);
    return !traits.takesWholeMatrix && (traits.makeIterative || traits.makeTile);
}

Result<TileTrace> traceTile(Span2d<const float> cells, const SolveOptions &options, std::optional<int> iterations,
                            const std::stop_token &stop, SimdLevel level)
{
    if (const Status valid = options.validate(); !valid)
        return fail(valid.error());
    if (!canTrace(options))
        return fail(ErrorKind::Unsupported, std::string(nameOf(options.method)),
                    "ranks the whole matrix: no tile can be solved by itself", "choose another method");
    auto work = std::make_unique<Scratch>();
    work->scores.gather(cells, options.pattern.m);
    if (!work->scores.valid())
        return fail(ErrorKind::Input, "tile", "has scores that are negative or not finite", "repair the weights");
    TileTrace trace;
    trace.options = options;
    trace.rows = int(cells.rows);
    trace.cols = int(cells.cols);
    if (hasIterations(options.method)) {
        const int end = traitsOf(options.method).provesOptimum ? std::numeric_limits<int>::max() : options.iterations;
        traceIterations(trace, *work, std::min(end, iterations.value_or(end)), stop, level);
    } else {
        traceSelection(trace, *work, stop, level);
    }
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, "tile", "was not solved to the end", "");
    return trace;
}

double traceWork(const SolveOptions &options)
{
    const MethodTraits &traits = traitsOf(options.method);
    double passes = isEntropic(options.method) ? options.iterations : traits.passes;
    if (options.warmStart)
        passes += isEntropic(*options.warmStart) ? SolveOptions().iterations : traitsOf(*options.warmStart).passes;
    return passes;
}

} // namespace nms
