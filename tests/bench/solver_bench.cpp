// SPDX-License-Identifier: Apache-2.0
// Tile methods side by side on one thread, on the same tiles, in one run. `./dev bench --help` lists Google Benchmark's
// options.
#include "core/solver/cpu_backend.h"

#include <benchmark/benchmark.h>

#ifdef NMS_HAVE_LEMON
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>
#endif

#include <cmath>
#include <memory>
#include <random>
#include <string>

namespace {

using namespace nms;

constexpr int tileCount = 1024;

/// |W| of a Gaussian matrix that holds tileCount tiles in one row of tiles.
const Matrix<float> &gaussianScore(int m)
{
    static std::vector<std::unique_ptr<Matrix<float>>> cache(NmPattern::maxM + 1);
    auto &matrix = cache[static_cast<std::size_t>(m)];
    if (!matrix) {
        matrix = std::make_unique<Matrix<float>>(m, std::int64_t(m) * tileCount);
        std::mt19937 random(7);
        std::normal_distribution<float> normal;
        for (std::int64_t i = 0; i < matrix->size(); ++i)
            matrix->data()[i] = std::abs(normal(random));
    }
    return *matrix;
}

void reportTiles(benchmark::State &state, std::int64_t tiles)
{
    state.counters["tile"] = benchmark::Counter(double(tiles) * double(state.iterations()),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void solveTiles(benchmark::State &state, SolverBackend &backend, NmPattern pattern, Method method, int tiles)
{
    const Span2d<const float> score =
        gaussianScore(pattern.m).span().block(0, 0, pattern.m, std::int64_t(pattern.m) * tiles);
    SolveOptions options;
    options.pattern = pattern;
    options.method = method;
    options.threads = 1;
    SolutionTotals totals;
    for (auto _ : state) {
        const Result<Solution> solution = backend.solve(score, options, {});
        if (!solution) {
            state.SkipWithError(solution.error().line().c_str());
            return;
        }
        totals = solution->totals();
    }
    reportTiles(state, tiles);
    state.counters["gap%"] = 100 * totals.relativeGap;
}

#ifdef NMS_HAVE_LEMON
/// The exact peer: LEMON's network simplex on the same 24-bit integers, its graph built once.
void lemonTiles(benchmark::State &state, NmPattern pattern, int tiles)
{
    using Graph = lemon::SmartDigraph;
    const int m = pattern.m;
    const Matrix<float> &score = gaussianScore(m);
    Graph graph;
    std::vector<Graph::Node> rows, cols;
    for (int i = 0; i < m; ++i) {
        rows.push_back(graph.addNode());
        cols.push_back(graph.addNode());
    }
    std::vector<Graph::Arc> arcs;
    for (const auto row : rows)
        for (const auto col : cols)
            arcs.push_back(graph.addArc(row, col));
    Graph::ArcMap<std::int64_t> cost(graph), capacity(graph, 1);
    Graph::NodeMap<std::int64_t> supply(graph);
    for (int i = 0; i < m; ++i) {
        supply[rows[std::size_t(i)]] = pattern.n;
        supply[cols[std::size_t(i)]] = -pattern.n;
    }
    for (auto _ : state) {
        for (int tile = 0; tile < tiles; ++tile) {
            float largest = 0;
            for (int i = 0; i < m; ++i)
                for (int j = 0; j < m; ++j)
                    largest = std::max(largest, score(i, std::int64_t(tile) * m + j));
            for (int i = 0; i < m; ++i)
                for (int j = 0; j < m; ++j)
                    cost[arcs[std::size_t(i * m + j)]] =
                        -std::llround(double(score(i, std::int64_t(tile) * m + j)) / largest * ((1 << 24) - 1));
            lemon::NetworkSimplex<Graph, std::int64_t> simplex(graph);
            simplex.upperMap(capacity).costMap(cost).supplyMap(supply);
            benchmark::DoNotOptimize(simplex.run());
        }
    }
    reportTiles(state, tiles);
    state.counters["gap%"] = 0;
}
#endif

} // namespace

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    const std::shared_ptr<SolverBackend> cpu = makeCpuBackend();
    const std::shared_ptr<SolverBackend> reference = makeReferenceBackend();
    for (const NmPattern pattern : {NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{8, 16}, NmPattern{16, 32}}) {
        const std::string prefix = pattern.text() + "/";
        for (const Method method : {Method::Exact, Method::Dykstra, Method::Capped, Method::Greedy, Method::GreedySwap})
            benchmark::RegisterBenchmark((prefix + std::string(nameOf(method))).c_str(), [=](benchmark::State &state) {
                solveTiles(state, *cpu, pattern, method, tileCount);
            })->Unit(benchmark::kMillisecond);
        benchmark::RegisterBenchmark((prefix + "reference-dykstra").c_str(), [=](benchmark::State &state) {
            solveTiles(state, *reference, pattern, Method::Dykstra, 32);
        })->Unit(benchmark::kMillisecond);
#ifdef NMS_HAVE_LEMON
        benchmark::RegisterBenchmark((prefix + "lemon-network-simplex").c_str(), [=](benchmark::State &state) {
            lemonTiles(state, pattern, tileCount);
        })->Unit(benchmark::kMillisecond);
#endif
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
