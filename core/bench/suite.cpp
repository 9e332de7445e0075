// SPDX-License-Identifier: Apache-2.0
#include "core/bench/suite.h"

#include "core/bench/torch_contender.h"
#include "core/reference/reference_backend.h"
#include "core/solver/cpu_backend.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

namespace nms::bench {

namespace {

using Contenders = std::vector<std::unique_ptr<Contender>>;

Status addTorch(const BenchSetup &setup, const SolveOptions &options, const std::stop_token &stop, Contenders &contenders,
                std::vector<LeftOut> &leftOut)
{
    auto added = makeTorchContenders({setup.python, setup.torchScript, options, setup.clock()}, stop);
    if (added)
        std::move(added->begin(), added->end(), std::back_inserter(contenders));
    else if (added.error().kind == ErrorKind::Cancelled)
        return fail(added.error());
    else
        leftOut.push_back({"torch", added.error().line()});
    return {};
}

/// An entropic method at every point of the curves.
void addCurve(const CurveGrid &grid, const std::shared_ptr<SolverBackend> &backend, Method method, SolveOptions options,
              Clock clock, Contenders &contenders)
{
    constexpr int paperSwaps = 10; // a tile, as published
    for (const bool isPaper : {false, true}) {
        if (isPaper && (!backend->supportsPaperRounding() || method != watchedMethod()))
            continue;
        options.paperSwaps = isPaper ? std::optional(paperSwaps) : std::nullopt;
        for (const double tau : grid.taus)
            for (const int iterations : grid.iterations) {
                options.tau = tau;
                options.iterations = iterations;
                contenders.push_back(makeSolverContender(backend, method, options, clock, true));
            }
    }
}

/// Adds all contenders that run on `options.threads`.
Status addContenders(const BenchSetup &setup, const BenchResources &means, const SolveOptions &options,
                     const std::stop_token &stop, Contenders &contenders, std::vector<LeftOut> &leftOut)
{
    const std::shared_ptr<SolverBackend> reference = makeReferenceBackend();
    for (const Method method : setup.methods) {
        if (method == referenceMethod())
            contenders.push_back(makeSolverContender(reference, method, options, setup.clock()));
        for (const auto &backend : means.backends)
            if (backend->supports(method) && setup.curves && isEntropic(method))
                addCurve(*setup.curves, backend, method, options, setup.clock(), contenders);
            else if (backend->supports(method))
                contenders.push_back(makeSolverContender(backend, method, options, setup.clock()));
    }
    if (setup.lemon) {
        if (auto lemon = makeLemonContender(options.threads, setup.clock()))
            contenders.push_back(std::move(lemon));
        else
            leftOut.push_back({"lemon", "not built in: install liblemon-dev and build again"});
    }
    return setup.torch ? addTorch(setup, options, stop, contenders, leftOut) : Status();
}

Result<Contenders> contendersOf(const BenchSetup &setup, const BenchResources &means, const std::stop_token &stop,
                                std::vector<LeftOut> &leftOut)
{
    Contenders contenders;
    for (const int threads : setup.threads) {
        SolveOptions options = setup.options;
        options.threads = threads;
        Contenders more;
        std::vector<LeftOut> missing;
        if (const Status added = addContenders(setup, means, options, stop, more, missing); !added)
            return fail(added.error());
        if (threads != setup.threads.front())
            std::erase_if(more,
                          [](const auto &contender) { return contender->threads() == 0; }); // devices were already added
        else
            leftOut.insert(leftOut.end(), missing.begin(), missing.end());
        std::move(more.begin(), more.end(), std::back_inserter(contenders));
    }
    if (contenders.empty())
        return fail(ErrorKind::Unsupported, "--methods", "nothing of this is there: " + leftOut.front().reason,
                    "name another method");
    return contenders;
}

/// The tiles called `name`; nothing where there is no sample.
Result<std::optional<TileSet>> tilesNamed(const std::string &name, const BenchSetup &setup, TensorSource *weights, int m,
                                          const std::stop_token &stop)
{
    const std::int64_t count = setup.tiles > 0 ? setup.tiles : usualTileCount(m);
    for (const Distribution distribution : distributions())
        if (nameOf(distribution) == name)
            return randomTiles(distribution, m, count);
    if (weights == nullptr)
        return std::nullopt;
    Result<TileSet> taken = weightTiles(*weights, name, m, count, stop);
    if (!taken)
        return fail(taken.error());
    return std::move(*taken);
}

} // namespace

CurveGrid CurveGrid::around(const SolveOptions &options)
{
    CurveGrid grid;
    for (const double factor : {0.1, 0.3, 1.0, 3.0, 10.0}) {
        grid.taus.push_back(factor * options.tau);
        grid.iterations.push_back(std::max(1, int(std::lround(factor * options.iterations / 3))));
    }
    return grid;
}

Clock BenchSetup::clock() const
{
    return threads == std::vector<int>{1} ? Clock::ThreadCpu : Clock::Wall;
}

std::optional<double> BenchResult::timesFaster(const Record &record, std::string_view method, int threads) const
{
    if (threads == 0)
        threads = record.threads > 0 ? record.threads : setup.threads.front();
    for (const Record &peer : records)
        if (peer.done() && peer.method == method && peer.threads == threads && peer.pattern == record.pattern &&
            peer.data == record.data)
            return peer.timing.median() / record.timing.median();
    return std::nullopt;
}

Result<BenchResult> runBench(const BenchSetup &setup, const BenchResources &means, const std::stop_token &stop)
{
    BenchResult result{setup, thisMachine(), {}, {}};
    const bool wantsSample = std::find(setup.data.begin(), setup.data.end(), "sample") != setup.data.end();
    if (wantsSample && means.weights == nullptr)
        result.leftOut.push_back({"sample", means.noWeights});
    const Result<Contenders> contenders = contendersOf(setup, means, stop, result.leftOut);
    if (!contenders)
        return fail(contenders.error());

    const auto cells = static_cast<double>(setup.patterns.size() * setup.data.size() * contenders->size());
    const double steps = cells * (setup.repetitions + 2);
    RoundPlan plan;
    plan.repetitions = setup.repetitions;
    plan.sliceSeconds = std::max(1e-3, setup.seconds / steps);
    double done = 0;
    for (const NmPattern pattern : setup.patterns)
        for (const std::string &name : setup.data) {
            auto tiles = tilesNamed(name, setup, means.weights, pattern.m, stop);
            if (!tiles)
                return fail(tiles.error());
            if (!*tiles)
                continue;
            const auto onStep = [&](const Contender &contender) {
                if (means.onStep)
                    means.onStep("keep " + pattern.text() + ", " + name + ": " + contender.method() + " on " +
                                     contender.backend(),
                                 ++done / steps);
            };
            auto records = runRounds(*contenders, **tiles, pattern, plan, stop, onStep);
            if (!records)
                return fail(records.error());
            std::move(records->begin(), records->end(), std::back_inserter(result.records));
        }
    if (result.records.empty())
        return fail(ErrorKind::Input, "--data", "there is nothing to time: " + result.leftOut.front().reason,
                    "name a file with --weights");
    return result;
}

} // namespace nms::bench
