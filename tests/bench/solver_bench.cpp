// SPDX-License-Identifier: Apache-2.0
// The contenders of nmscope bench under Google Benchmark, for its statistics, filters and comparisons of runs. Names are
// PATTERN/DATA/METHOD, and PATTERN/DATA/METHOD/threads:K for how it scales. `--help` lists Google Benchmark's options.
#include "core/base/parallel.h"
#include "core/bench/contender.h"
#include "core/reference/reference_backend.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/hand_over.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>

namespace {

using namespace nms;
using namespace nms::bench;

/// Made when first asked for: a filter may leave most of them out.
const TileSet &tilesOf(Distribution distribution, int m)
{
    static std::map<std::pair<Distribution, int>, TileSet> made;
    const std::pair key{distribution, m};
    const auto found = made.find(key);
    return found != made.end() ? found->second
                               : made.emplace(key, randomTiles(distribution, m, usualTileCount(m))).first->second;
}

void time(benchmark::State &state, Contender &contender, Distribution distribution, NmPattern pattern)
{
    const TileSet &tiles = tilesOf(distribution, pattern.m);
    const std::int64_t count = contender.method() == "reference" ? tiles.wholePrefix(32) : tiles.count();
    if (const Status ready = contender.prepare(tiles, pattern); !ready) {
        state.SkipWithError(ready.error().line().c_str());
        return;
    }
    while (state.KeepRunning()) {
        const Result<double> seconds = contender.run(count, {});
        if (!seconds) {
            state.SkipWithError(seconds.error().line().c_str());
            return;
        }
        state.SetIterationTime(*seconds);
    }
    state.counters["tile"] = benchmark::Counter(double(count) * double(state.iterations()),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// The contender takes the time itself: CPU time, and wall time where numbers of threads are compared.
void add(const std::string &name, const std::shared_ptr<Contender> &contender, Distribution distribution, NmPattern pattern)
{
    benchmark::RegisterBenchmark(name.c_str(),
                                 [=](benchmark::State &state) { time(state, *contender, distribution, pattern); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}

/// What it costs to count a mask before it is handed over (handOver/PATTERN/count), beside solving it (…/solve): 4096 ×
/// 4096, one thread, CPU time.
void addHandOver(const std::shared_ptr<SolverBackend> &backend, NmPattern pattern)
{
    SolveOptions options;
    options.pattern = pattern;
    options.threads = 1;
    const auto solve = [=] {
        static const Matrix<float> score = [] {
            Matrix<float> made(4096, 4096);
            std::mt19937 random(1);
            std::normal_distribution<float> gaussian;
            for (std::int64_t cell = 0; cell < made.size(); ++cell)
                made.data()[cell] = std::abs(gaussian(random));
            return made;
        }();
        return backend->solve(score.span(), options, {});
    };
    const std::string name = "handOver/" + pattern.text();
    benchmark::RegisterBenchmark((name + "/solve").c_str(), [=](benchmark::State &state) {
        while (state.KeepRunning())
            if (!solve())
                state.SkipWithError("not solved");
    })->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark((name + "/count").c_str(), [=](benchmark::State &state) {
        const Result<Solution> solution = solve();
        while (state.KeepRunning())
            if (!solution || !checkCounts(*solution, 1))
                state.SkipWithError("refused");
    })->Unit(benchmark::kMillisecond);
}

} // namespace

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend(), reference = makeReferenceBackend();
    SolveOptions one;
    one.threads = 1;
    for (const NmPattern pattern : {NmPattern{2, 4}, {4, 8}, {8, 16}, {4, 16}, {16, 32}, {8, 32}})
        for (const Distribution distribution : distributions()) {
            const std::string prefix = pattern.text() + "/" + std::string(nameOf(distribution)) + "/";
            for (const Method method : offeredMethods())
                add(prefix + std::string(nms::nameOf(method)), makeSolverContender(cpu, method, one, Clock::ThreadCpu),
                    distribution, pattern);
            add(prefix + "reference", makeSolverContender(reference, Method::Reference, one, Clock::ThreadCpu), distribution,
                pattern);
            if (std::shared_ptr<Contender> lemon = makeLemonContender(1, Clock::ThreadCpu))
                add(prefix + "lemon", lemon, distribution, pattern);
            for (const Method method : {Method::Exact, Method::Dykstra, Method::Capped})
                for (int threads = 1; threads <= hardwareThreads(); threads *= 2) {
                    SolveOptions more;
                    more.threads = threads;
                    add(prefix + std::string(nms::nameOf(method)) + "/threads:" + std::to_string(threads),
                        makeSolverContender(cpu, method, more, Clock::Wall), distribution, pattern);
                }
        }
    for (const NmPattern pattern : {NmPattern{2, 4}, {4, 8}, {8, 16}, {16, 32}, {3, 7}})
        addHandOver(cpu, pattern);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
