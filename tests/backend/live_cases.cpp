// SPDX-License-Identifier: Apache-2.0
#include "core/reference/reference_backend.h"
#include "core/solver/cpu_backend.h"
#include "core/sparsity/metrics.h"
#include "core/tile/exact/exact_kernels.h"
#include "tests/backend/cases.h"

#include <algorithm>
#include <cmath>

namespace nms::test {

namespace {

/// Calls what(options, scores, name) for each method that can be watched, over a few patterns and score matrices.
template <class F> void forEachLive(SolverBackend &backend, Checks &checks, F &&what)
{
    bool any = false;
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Exact}) {
        if (!backend.supportsLive(method))
            continue;
        any = true;
        for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{8, 16}, NmPattern{20, 40}}) {
            const SolveOptions options = optionsFor(method, pattern, 37);
            what(options, gaussianScores(3 * pattern.m - 1, 2 * pattern.m, 31), label(options, "Gaussian"));
        }
        for (const HardScores &hard : hardScores()) {
            const SolveOptions options = optionsFor(method, {4, 8}, 37);
            what(options, hard.make(options.pattern), label(options, hard.name));
        }
        SolveOptions steep = optionsFor(method, {4, 8}, 37);
        steep.tau = 2e4; // needs log-sum-exp in some iterations
        what(steep, gaussianScores(32, 32, 32), label(steep, "Gaussian, steep"));
        SolveOptions tolerant = optionsFor(method, {4, 8}, 37);
        tolerant.tolerance = 0.1; // some tiles end before the others
        if (backend.canWatch(tolerant))
            what(tolerant, gaussianScores(40, 39, 33), label(tolerant, "Gaussian, with a tolerance"));
    }
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Exact})
        for (const Method source : warmStartsOf(method)) {
            SolveOptions warm = optionsFor(method, {4, 8}, 37);
            warm.warmStart = source;
            const std::string from = ", from " + std::string(nameOf(source));
            if (!backend.canWatch(warm))
                continue;
            what(warm, gaussianScores(40, 39, 34), label(warm, "Gaussian") + from);
            SolveOptions tolerant = warm; // most tiles are within the tolerance from the beginning
            tolerant.tolerance = 0.02;
            what(tolerant, gaussianScores(40, 39, 34), label(tolerant, "Gaussian, with a tolerance") + from);
            for (const HardScores &hard : hardScores())
                what(warm, hard.make(warm.pattern), label(warm, hard.name) + from);
        }
    if (!any)
        checks.skip("nothing live");
}

constexpr int toTheEnd = 100000;

} // namespace

void liveEqualsBatch(SolverBackend &backend, Checks &checks)
{
    forEachLive(backend, checks, [&](const SolveOptions &options, const Matrix<float> &scores, const std::string &what) {
        const auto batch = solved(backend, scores, options, checks, what);
        const auto live = started(backend, scores, options, checks, what);
        if (!batch || !live || !advanced(*live, toTheEnd, checks, what))
            return;
        checks.expect(live->finished(), what + ": not finished");
        checks.expect(live->plannedIterations() == live->iteration(), what + ": planned iterations");
        Result<Solution> rounded = live->round({});
        checks.expect(bool(rounded), what + ": not rounded");
        for (std::size_t tile = 0; rounded && tile < rounded->tiles.size(); ++tile)
            if (options.method == Method::Exact && batch->tiles[tile].iterations == 0)
                rounded->tiles[tile].iterations = 0; // the batch solve read these tiles from a table
        checks.expect(rounded && same(*batch, *rounded), what + ": live and batch differ");
    });
}

void chunksOfIterationsDoNotMatter(SolverBackend &backend, Checks &checks)
{
    forEachLive(backend, checks, [&](const SolveOptions &options, const Matrix<float> &scores, const std::string &what) {
        const auto whole = started(backend, scores, options, checks, what);
        const auto pieces = started(backend, scores, options, checks, what);
        std::vector<IterationStats> a, b;
        if (!whole || !pieces || !advanced(*whole, 30, checks, what, &a))
            return;
        for (int done = 0, step = 1; done < 30; done += step, step = step % 5 + 1)
            if (!advanced(*pieces, std::min(step, 30 - done), checks, what, &b))
                return;
        checks.expect(same(captured(*whole, checks, what), captured(*pieces, checks, what)), what + ": snapshots differ");
        checks.expect(a.size() == b.size() &&
                          std::equal(a.begin(), a.end(), b.begin(), [](const auto &x, const auto &y) { return same(x, y); }),
                      what + ": figures differ");
        checks.expect(int(a.size()) == whole->iteration() && (a.empty() || a.front().iteration == 1),
                      what + ": one figure for each iteration");
    });
}

void restoredSolveRepeatsItself(SolverBackend &backend, Checks &checks)
{
    forEachLive(backend, checks, [&](const SolveOptions &options, const Matrix<float> &scores, const std::string &what) {
        const auto live = started(backend, scores, options, checks, what);
        KeyFrame beginning, frame;
        if (!live || !live->save(beginning, {}) || !advanced(*live, 3, checks, what) || !live->save(frame, {}))
            return checks.expect(false, what + ": not saved");
        checks.expect(frame.iteration == live->iteration() && beginning.iteration == 0, what + ": iteration of the frame");
        const Snapshot early = captured(*live, checks, what);
        if (!advanced(*live, 20, checks, what))
            return;
        if (const auto reader = live->keyFrameReader()) { // while the solve is at another iteration
            Snapshot read;
            constexpr std::int64_t everything = std::int64_t(1) << 40;
            checks.expect(bool(reader->capture(frame, {0, 0, everything, everything}, read)), what + ": not read");
            checks.expect(same(read, early), what + ": another state read than saved");
            checks.expect(!reader->capture(KeyFrame{}, {}, read), what + ": nothing is read as a key frame");
        }
        const Snapshot late = captured(*live, checks, what);

        checks.expect(bool(live->restore(frame)), what + ": not restored");
        checks.expect(same(captured(*live, checks, what), early), what + ": another state than saved");
        if (advanced(*live, 20, checks, what))
            checks.expect(same(captured(*live, checks, what), late), what + ": another way on");
        checks.expect(bool(live->restore(beginning)) && live->iteration() == 0, what + ": not back at the beginning");
        if (advanced(*live, 3, checks, what))
            checks.expect(same(captured(*live, checks, what), early), what + ": another way from the beginning");

        const auto other = started(backend, scores, options, checks, what);
        if (other && other->restore(frame) && advanced(*other, 20, checks, what))
            checks.expect(same(captured(*other, checks, what), late), what + ": another way on in another solve");
        else
            checks.expect(false, what + ": not restored in another solve");

        KeyFrame broken = frame;
        broken.state.resize(broken.state.size() / 2);
        checks.expect(!live->restore(broken), what + ": half a frame was taken");
    });
}

void figuresDescribeThePlan(SolverBackend &backend, Checks &checks)
{
    const auto reference = makeReferenceBackend();
    bool any = false;
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Exact}) {
        if (!backend.supportsLive(method))
            continue;
        any = true;
        const NmPattern pattern{4, 8};
        const Matrix<float> scores = gaussianScores(24, 32, 41);
        const SolveOptions options = optionsFor(method, pattern, 60);
        const std::string what = label(options, "Gaussian");
        const auto optimum = solved(*reference, scores, optionsFor(Method::Exact, pattern), checks, what);
        const auto live = started(backend, scores, options, checks, what);
        if (!optimum || !live)
            continue;
        std::int64_t openBefore = 12;
        while (!live->finished()) {
            std::vector<IterationStats> stats;
            if (!advanced(*live, 1, checks, what, &stats) || stats.size() != 1)
                return checks.expect(false, what + ": no figures");
            const IterationStats &now = stats.front();
            const Snapshot snapshot = captured(*live, checks, what);
            const std::string place = what + ", iteration " + std::to_string(now.iteration);
            checks.expect(same(snapshot.stats, now) && snapshot.iteration == now.iteration, place + ": snapshot");
            double rowResidual = 0, columnResidual = 0, objective = 0, entropy = 0, meanResidual = 0;
            std::int64_t fractional = 0, open = 0;
            for (std::int64_t tile = 0; tile < 12; ++tile) {
                double row[8] = {}, column[8] = {}, worst = 0;
                for (int i = 0; i < 8; ++i)
                    for (int j = 0; j < 8; ++j) {
                        const std::int64_t r = tile / 4 * 8 + i, c = tile % 4 * 8 + j;
                        const double s = snapshot.plan(r, c);
                        row[i] += s;
                        column[j] += s;
                        objective += s * scores(r, c);
                        entropy -= s > 0 ? s * std::log(s) : 0;
                        fractional += s > 0.01 && s < 0.99;
                    }
                for (int k = 0; k < 8; ++k) {
                    rowResidual = std::max(rowResidual, std::abs(row[k] / 4 - 1));
                    columnResidual = std::max(columnResidual, std::abs(column[k] / 4 - 1));
                    worst = std::max({worst, std::abs(row[k] / 4 - 1), std::abs(column[k] / 4 - 1)});
                }
                meanResidual += worst / 12;
                open += worst > options.residualLimit();
                checks.expect(std::abs(double(snapshot.tiles[std::size_t(tile)].residual) - worst) < 1e-5,
                              place + ": residual of tile " + std::to_string(tile));
            }
            const auto near = [](double a, double b) {
                return std::abs(a - b) <= 1e-5 * (1 + std::abs(b));
            };
            checks.expect(near(now.rowResidual, rowResidual), place + ": row residual");
            checks.expect(near(now.columnResidual, columnResidual), place + ": column residual");
            checks.expect(near(now.meanResidual, meanResidual), place + ": mean residual");
            checks.expect(near(now.objective, objective), place + ": objective");
            checks.expect(near(now.entropy, entropy / 768), place + ": entropy");
            checks.expect(now.fractional == fractional, place + ": fractional entries");
            checks.expect(now.upperBound >= optimum->totals().objective * (1 - 1e-6), place + ": the bound is none");
            checks.expect(now.capacityResidual >= 0 && now.seconds >= 0, place + ": capacity residual or seconds");
            if (isEntropic(method))
                checks.expect(std::abs(now.openTiles - open) <= 1 && now.stage == Stage::Scale, place + ": open tiles");
            else
                checks.expect(now.openTiles <= openBefore &&
                                  (now.stage == Stage::Augment) == (now.iteration > ExactWork::sweeps),
                              place + ": open tiles");
            openBefore = now.openTiles;
        }
        const Snapshot last = captured(*live, checks, what);
        if (method == Method::Exact)
            checks.expect(last.stats.openTiles == 0 && std::abs(last.stats.objective - last.stats.upperBound) == 0 &&
                              last.stats.rowResidual == 0 && last.stats.columnResidual == 0,
                          what + ": the end is not the optimum");
        for (std::int64_t tile = 0; method == Method::Exact && tile < 12; ++tile) // the plan must follow from the potentials
            for (int i = 0; i < 8; ++i)
                for (int j = 0; j < 8; ++j) {
                    const float *potentials = last.potentials.data() + tile * 16;
                    const double slack =
                        double(scores(tile / 4 * 8 + i, tile % 4 * 8 + j)) - potentials[i] - potentials[8 + j];
                    const float s = last.plan(tile / 4 * 8 + i, tile % 4 * 8 + j);
                    checks.expect(s > 0 ? slack > -1e-5 : slack < 1e-5, what + ": a threshold does not explain the plan");
                }
    }
    if (!any)
        checks.skip("nothing live");
}

void captureGoesOnMeanwhile(SolverBackend &backend, Checks &checks)
{
    forEachLive(backend, checks, [&](const SolveOptions &options, const Matrix<float> &scores, const std::string &what) {
        const auto live = started(backend, scores, options, checks, what);
        const auto undisturbed = started(backend, scores, options, checks, what);
        if (!live || !undisturbed)
            return;
        constexpr std::int64_t everything = std::int64_t(1) << 40;
        Snapshot early;
        for (const int iterations : {1, 4, 0, 9}) {
            const Snapshot wanted = captured(*undisturbed, checks, what);
            checks.expect(bool(live->beginCapture({0, 0, everything, everything}, early)), what + ": not begun");
            if (!advanced(*live, iterations, checks, what) || !advanced(*undisturbed, iterations, checks, what))
                return;
            checks.expect(bool(live->endCapture()) && same(early, wanted), what + ": not the state when it was begun");
            checks.expect(bool(live->endCapture()) && same(early, wanted), what + ": ended twice");
        }
        Snapshot dropped;
        checks.expect(bool(live->beginCapture({0, 0, 1, 1}, dropped)), what + ": not begun");
        checks.expect(same(captured(*live, checks, what), captured(*undisturbed, checks, what)), what + ": while under way");
        // The solve ends during this capture.
        checks.expect(bool(live->beginCapture({0, 0, 1, 1}, dropped)), what + ": not begun");
    });
}

void roundsHalfWay(SolverBackend &backend, Checks &checks)
{
    forEachLive(backend, checks, [&](const SolveOptions &options, const Matrix<float> &scores, const std::string &what) {
        const auto live = started(backend, scores, options, checks, what);
        const auto undisturbed = started(backend, scores, options, checks, what);
        if (!live || !undisturbed)
            return;
        for (const int iterations : {0, 2, 3}) {
            if (!advanced(*live, iterations, checks, what) || !advanced(*undisturbed, iterations, checks, what))
                return;
            const Result<Solution> rounded = live->round({});
            checks.expect(rounded && checkTransposable(rounded->mask, options.pattern).transposable(),
                          what + ": not a mask at iteration " + std::to_string(live->iteration()));
            for (std::size_t tile = 0; rounded && tile < rounded->tiles.size(); ++tile)
                checks.expect(rounded->tiles[tile].upperBound >= rounded->tiles[tile].objective,
                              what + ": the bound is none");
        }
        checks.expect(same(captured(*live, checks, what), captured(*undisturbed, checks, what)),
                      what + ": rounding has changed the state");
    });
}

/// Shares are relative to the real entries, without padding, in tiles at the edges, too.
void paddingIsNoEntry(SolverBackend &backend, Checks &checks)
{
    bool any = false;
    for (const Method method : {Method::Dykstra, Method::Capped, Method::Exact})
        for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{3, 7}, NmPattern{8, 16}, NmPattern{20, 40}}) {
            if (!backend.supportsLive(method))
                continue;
            any = true;
            const int m = pattern.m;
            // Edge tiles have one row, or lack one column.
            const Matrix<float> scores = gaussianScores(2 * m + 1, 2 * m - 1, 43);
            const SolveOptions options = optionsFor(method, pattern, 60);
            const std::string what = label(options, "Gaussian, ragged");
            const auto live = started(backend, scores, options, checks, what);
            if (!live || !advanced(*live, 20, checks, what))
                continue;
            const Snapshot now = captured(*live, checks, what);
            std::int64_t fractional = 0;
            for (std::int64_t tile = 0; tile < now.grid.count(); ++tile) {
                const std::int64_t row0 = now.grid.rowOf(tile) * m, col0 = now.grid.colOf(tile) * m;
                int undecided = 0;
                for (int i = 0; i < now.grid.realRows(tile); ++i)
                    for (int j = 0; j < now.grid.realCols(tile); ++j)
                        undecided += now.plan(row0 + i, col0 + j) > 0.01F && now.plan(row0 + i, col0 + j) < 0.99F;
                fractional += undecided;
                const float share = float(undecided) / float(now.grid.realRows(tile) * now.grid.realCols(tile));
                checks.expect(now.tiles[std::size_t(tile)].undecided == share,
                              what + ": undecided entries of tile " + std::to_string(tile));
            }
            checks.expect(now.stats.fractional == fractional, what + ": undecided entries of all");
        }
    if (!any)
        checks.skip("nothing live");
}

void captureKeepsToTheRegion(SolverBackend &backend, Checks &checks)
{
    forEachLive(backend, checks, [&](const SolveOptions &options, const Matrix<float> &scores, const std::string &what) {
        const auto live = started(backend, scores, options, checks, what);
        if (!live || !advanced(*live, 2, checks, what))
            return;
        const Snapshot all = captured(*live, checks, what);
        const std::int64_t m = options.pattern.m;
        checks.expect(all.plan.rows() == scores.rows() && all.plan.cols() == scores.cols(), what + ": the plan's size");
        checks.expect(std::int64_t(all.tiles.size()) == all.grid.count() &&
                          std::int64_t(all.potentials.size()) == all.grid.count() * 2 * m,
                      what + ": sizes");
        Snapshot part = all; // a snapshot whose memory is reused
        const TileRegion last{all.grid.tileRows() - 1, all.grid.tileCols() - 1, all.grid.tileRows() + 5,
                              all.grid.tileCols()};
        checks.expect(bool(live->capture(last, part)), what + ": not captured");
        checks.expect(part.region == last.clippedTo(all.grid) && part.tiles.size() == all.tiles.size() &&
                          std::int64_t(part.potentials.size()) == 2 * m,
                      what + ": region");
        bool equal = true;
        for (std::int64_t i = 0; i < part.plan.rows(); ++i)
            for (std::int64_t j = 0; j < part.plan.cols(); ++j)
                equal = equal && part.plan(i, j) == all.plan(last.tileRow0 * m + i, last.tileCol0 * m + j);
        checks.expect(equal && part.plan.rows() == scores.rows() - last.tileRow0 * m &&
                          part.plan.cols() == scores.cols() - last.tileCol0 * m,
                      what + ": the plan of a region");
        checks.expect(live->capture({9, 9, 3, 3}, part) && part.plan.empty() && part.potentials.empty(), what + ": nothing");
    });
}

} // namespace nms::test
