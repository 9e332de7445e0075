// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/check/bench.h"

#include "core/base/parallel.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/cuda_queue.h"
#include "gpu/cuda/panel_worker.h"
#include "gpu/cuda/warp_backend.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

namespace nms {
namespace {

constexpr int repetitions = 5;

double secondsOf(const std::function<bool()> &work)
{
    const auto begun = std::chrono::steady_clock::now();
    if (!work())
        return -1;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

/// Median of five after one that warms up; negative if one failed.
double medianSeconds(const std::function<bool()> &work)
{
    if (!work())
        return -1;
    std::array<double, repetitions> seconds;
    for (double &one : seconds)
        one = secondsOf(work);
    std::sort(seconds.begin(), seconds.end());
    return seconds.front() < 0 ? -1 : seconds[repetitions / 2];
}

Matrix<float> gaussianMagnitudes(std::int64_t side)
{
    Matrix<float> score(side, side);
    parallelBlocks(side, 64, 0, {}, [&](std::int64_t begin, std::int64_t end) {
        std::mt19937 generator(static_cast<unsigned>(begin));
        std::normal_distribution<float> normal;
        for (std::int64_t k = begin * side; k < end * side; ++k)
            score.data()[k] = std::abs(normal(generator));
    });
    return score;
}

/// The kernel alone, with scores and results on the device; negative if it failed.
double kernelSeconds(int device, const Matrix<float> &score, const SolveOptions &options)
{
    const auto queue = warp::makeCudaQueue(device);
    if (!queue)
        return -1;
    const TileGrid grid{score.rows(), score.cols(), options.pattern.m};
    const std::int64_t words = (score.cols() + 63) / 64;
    auto scores = warp::Buffer<float>::make(**queue, score.size());
    auto mask = warp::Buffer<std::uint64_t>::make(**queue, score.rows() * words);
    auto figures = warp::Buffer<warp::TileFigures>::make(**queue, grid.count());
    if (!scores || !mask || !figures || !scores->upload(score.data()) || !mask->clear())
        return -1;
    warp::MaskLaunch launch;
    launch.problem = warp::problemOf(grid, options, scores->data());
    launch.tiles = warp::allTiles(grid);
    launch.mask = mask->data();
    launch.maskWordsPerRow = words;
    launch.figures = figures->data();
    const warp::Launch whole = warp::launchOf(launch, options);
    return medianSeconds([&] { return (*queue)->run(whole) && (*queue)->finish(); });
}

struct Contender {
    Method method;
    int iterations;
};
constexpr Contender contenders[] = {{Method::Exact, 1},  {Method::Capped, 20},    {Method::Dykstra, 300},
                                    {Method::Greedy, 1}, {Method::GreedySwap, 1}, {Method::RowNm, 1},
                                    {Method::ColNm, 1}};

bool benchOne(int device, SolverBackend &backend, const Matrix<float> &score, const SolveOptions &options, bool json)
{
    const std::string name(nameOf(options.method));
    Solution last;
    const double whole = medianSeconds([&] {
        Result<Solution> solution = backend.solve(score.span(), options, {});
        if (!solution)
            std::fprintf(stderr, "FAIL  %s\n", solution.error().line().c_str());
        else
            last = std::move(*solution);
        return bool(solution);
    });
    const double kernel = kernelSeconds(device, score, options);
    if (whole < 0 || kernel < 0) {
        std::fprintf(stderr, "FAIL  %s %s\n", name.c_str(), options.pattern.text().c_str());
        return false;
    }
    const SolutionTotals totals = last.totals();
    const bool fine = !isTransposable(options.method) || checkTransposable(last.mask, options.pattern).transposable();
    std::printf(
        json ? "{\"side\": %lld, \"pattern\": \"%s\", \"method\": \"%s\", \"kernel_ms\": %.6f, \"whole_ms\": %.6f, "
               "\"mtiles_per_second\": %.6f, \"gap_percent\": %.6f, \"feasible\": %s}\n"
             : "%6lld² %6s %-11s %9.3f ms kernel  %9.3f ms with transfers  %10.3f Mtiles/s  gap %.4f %%  feasible: %s\n",
        static_cast<long long>(score.rows()), options.pattern.text().c_str(), name.c_str(), kernel * 1e3, whole * 1e3,
        double(totals.tiles) / kernel / 1e6, totals.relativeGap * 100, fine ? "true" : "false");
    std::fflush(stdout);
    return fine;
}

} // namespace

bool benchDevice(int device, SolverBackend &backend, bool json)
{
    bool fine = true;
    for (const std::int64_t side : {4096, 8192}) {
        const Matrix<float> score = gaussianMagnitudes(side);
        for (const NmPattern pattern : {NmPattern{8, 16}, NmPattern{2, 4}, NmPattern{4, 8}, NmPattern{16, 32}})
            for (const Contender &contender : contenders) {
                SolveOptions options;
                options.pattern = pattern;
                options.method = contender.method;
                options.iterations = contender.iterations;
                fine &= benchOne(device, backend, score, options, json);
            }
    }
    return fine;
}

} // namespace nms
