// SPDX-License-Identifier: Apache-2.0
// Times contenders in turn on the same tiles.
#pragma once

#include "core/bench/judge.h"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace nms::bench {

struct RoundPlan {
    int repetitions = 5;
    double sliceSeconds = 0.02; // approximate time of one contender in one round
    std::int64_t fewestJudged = 128; // minimum number of tiles, however slow
};

struct Timing {
    std::int64_t tiles = 0; // the first of the set, as many as fit the slice
    int calls = 0; // passes over them in one round; fewer where other load on the machine slows it down
    Clock clock = Clock::Wall;
    std::vector<double> secondsPerTile; // one for each round, ascending

    double median() const { return bench::median(secondsPerTile); }
    double least() const { return secondsPerTile.front(); }
    double most() const { return secondsPerTile.back(); }
};

/// One contender on one set of tiles.
struct Record {
    std::string data; // name of the set
    NmPattern pattern;
    std::string method;
    std::string backend;
    int threads = 1; // 0: runs on a device
    bool transposable = true;
    std::optional<CurvePoint> curvePoint; // none: not one of a curve
    Timing timing;
    std::int64_t judged = 0; // the first of the set: those timed, or more where a slow contender was timed on few
    Verdict verdict;
    // Over the first tiles of the set that all transposable contenders solved: these gaps are of exactly the same tiles.
    std::int64_t commonTiles = 0;
    std::optional<Gap> commonGap;
    std::string failure; // why there are no figures; otherwise empty

    bool done() const { return failure.empty(); }
    double weightsPerSecond() const { return pattern.m * pattern.m / timing.median(); }
};

/// Runs rounds of all contenders (A B C A B C …) after each has determined its number of tiles. A contender that fails is
/// left out of the rest, and its record says why; an error is returned when stopped, and where the optima cannot be
/// computed. `onStep` is called on this thread after each of (2 + repetitions) · contenders steps.
Result<std::vector<Record>> runRounds(const std::vector<std::unique_ptr<Contender>> &contenders, const TileSet &tiles,
                                      NmPattern pattern, const RoundPlan &plan, const std::stop_token &stop,
                                      const std::function<void(const Contender &)> &onStep);

} // namespace nms::bench
