// SPDX-License-Identifier: Apache-2.0
// Contenders timed by turns on the same tiles.
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
    double sliceSeconds = 0.02; // of one contender in one round, about
    std::int64_t fewestJudged = 128; // tiles, however slow
};

struct Timing {
    std::int64_t tiles = 0; // the first of the set: as many as fit the slice
    int calls = 0; // passes over them in one round, fewer where other work on the machine draws it out
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
    int threads = 1; // 0: a device's
    bool transposable = true;
    Timing timing;
    std::int64_t judged = 0; // the first of the set: those timed, or more where a slow contender was timed on few
    Verdict verdict;
    // Over the first tiles of the set that all transposable contenders solved: there their gaps are of the very same tiles.
    std::int64_t commonTiles = 0;
    std::optional<Gap> commonGap;
    std::string failure; // why there are no figures; empty when there are

    bool done() const { return failure.empty(); }
    double weightsPerSecond() const { return pattern.m * pattern.m / timing.median(); }
};

/// Rounds of all contenders (A B C A B C …) after each has found its number of tiles. A contender that fails is left out of
/// the rest and says so in its record; an error is returned when stopped, and where the optima cannot be had.
/// `onStep` is called on this thread after each of (2 + repetitions) · contenders steps.
Result<std::vector<Record>> runRounds(const std::vector<std::unique_ptr<Contender>> &contenders, const TileSet &tiles,
                                      NmPattern pattern, const RoundPlan &plan, const std::stop_token &stop,
                                      const std::function<void(const Contender &)> &onStep);

} // namespace nms::bench
