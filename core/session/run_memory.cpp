// SPDX-License-Identifier: Apache-2.0
#include "core/session/run_memory.h"

#include "core/session/run_history.h"

#include <algorithm>

namespace nms {

namespace {

/// Upper bound of the iterations of a run, for its key frames and statistics.
std::int64_t iterationsOf(const SolveOptions &options)
{
    constexpr std::int64_t ofExact = 1000; // `exact`: far more than its searches have taken in practice
    return isEntropic(options.method) ? options.iterations : ofExact;
}

/// All key frames that fit the cap, and one being made; if two exceed the cap, only that of iteration 0 (see RunHistory).
std::int64_t bytesOfKeyFrames(std::int64_t each, std::int64_t iterations, std::int64_t cap)
{
    if (2 * each > cap)
        return each;
    return std::min(cap, (iterations + 1) * each) + each;
}

} // namespace

std::int64_t RunMemory::total() const
{
    return weights + scores + overview + live + keyFrames + replay + snapshots + statistics + result;
}

std::vector<std::pair<std::string_view, std::int64_t>> RunMemory::parts() const
{
    std::vector<std::pair<std::string_view, std::int64_t>> all = {
        {"weights", weights},     {"scores", scores},         {"overview", overview},
        {"live state", live},     {"key frames", keyFrames},  {"replay", replay},
        {"snapshots", snapshots}, {"statistics", statistics}, {"result", result}};
    std::erase_if(all, [](const auto &part) { return part.second == 0; });
    std::stable_sort(all.begin(), all.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    return all;
}

RunMemory &RunMemory::operator+=(const RunMemory &other)
{
    for (const auto part :
         {&RunMemory::weights, &RunMemory::scores, &RunMemory::overview, &RunMemory::live, &RunMemory::keyFrames,
          &RunMemory::replay, &RunMemory::snapshots, &RunMemory::statistics, &RunMemory::result})
        this->*part += other.*part;
    return *this;
}

std::int64_t resultBytes(const TileGrid &grid, const SolveOptions &options)
{
    const std::int64_t mask = grid.rows * ((grid.cols + 63) / 64) * 8;
    const std::int64_t masks = traitsOf(options.method).takesWholeMatrix ? 2 : 1; // of the whole matrix, and by tiles
    return masks * mask + grid.count() * std::int64_t(sizeof(TileResult));
}

RunMemory memoryOfRun(const SolverBackend &backend, const TileGrid &grid, const SolveOptions &options,
                      std::int64_t watchedCells, const SessionOptions &session)
{
    RunMemory memory;
    memory.result = resultBytes(grid, options);
    if (!backend.canWatch(options))
        return memory;
    const LiveMemory live = backend.liveMemory(grid, options);
    memory.live = memory.replay = live.solve;
    memory.keyFrames =
        bytesOfKeyFrames(live.keyFrame + RunHistory::bytesBesideState, iterationsOf(options), session.historyBytes);
    // Live and past snapshots: of each, one is shown, one is published and one is being filled.
    const std::int64_t perCell = sizeof(float), perLine = sizeof(float), perTile = sizeof(TileStats);
    const std::int64_t watchedTiles = std::min(grid.count(), watchedCells / (std::int64_t(grid.m) * grid.m) + 1);
    const std::int64_t cells = std::min(watchedCells, grid.rows * grid.cols);
    memory.snapshots = 7 * (cells * perCell + watchedTiles * 2 * grid.m * perLine + grid.count() * perTile);
    // The session's copy and the viewer's.
    memory.statistics = 2 * IterationLog::bytesFor(iterationsOf(options), session.statistics);
    return memory;
}

std::int64_t historyThatFits(const SolverBackend &backend, const TileGrid &grid, const SolveOptions &options,
                             std::int64_t watchedCells, std::int64_t limit, std::int64_t wanted)
{
    const std::int64_t least = memoryOfRun(backend, grid, options, watchedCells, {.historyBytes = 0}).total();
    if (least > limit)
        return 0;
    return std::clamp<std::int64_t>(limit - least, 1, wanted); // `least` includes the key frame that is being made
}

} // namespace nms
