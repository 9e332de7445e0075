// SPDX-License-Identifier: Apache-2.0
#include "core/bench/rounds.h"

#include <algorithm>
#include <cmath>

namespace nms::bench {

namespace {

/// Determines how many tiles fit the slice, and how many passes over them; doubling from the smallest number also warms up.
Status calibrate(Contender &contender, const TileSet &tiles, const RoundPlan &plan, const std::stop_token &stop,
                 Timing &timing)
{
    const std::int64_t fewest = tiles.wholePrefix(contender.fewestTiles(tiles.m()));
    std::int64_t count = fewest;
    double seconds = 0;
    while (true) {
        const Result<double> took = contender.run(count, stop);
        if (!took)
            return fail(took.error());
        seconds = std::max(*took, 1e-9);
        if (count == tiles.count())
            break;
        if (seconds > plan.sliceSeconds / 4) {
            // Slow, or delayed once by other load.
            const Result<double> again = contender.run(count, stop);
            if (!again)
                return fail(again.error());
            seconds = std::max(std::min(seconds, *again), 1e-9);
            if (seconds > plan.sliceSeconds / 4)
                break;
        }
        count = tiles.wholePrefix(2 * count);
    }
    const double perTile = seconds / double(count);
    const double fitting = std::min(plan.sliceSeconds / perTile, double(tiles.count()));
    timing.tiles = std::max(fewest, tiles.wholePrefix(std::int64_t(fitting)));
    timing.calls = int(std::clamp(std::floor(plan.sliceSeconds / (perTile * double(timing.tiles))), 1.0, 1e6));
    timing.clock = contender.clock();
    return {};
}

/// Stops when it has taken several times its slice in wall time, whatever the contender's own clock says.
Status runOnce(Contender &contender, const RoundPlan &plan, const std::stop_token &stop, Timing &timing)
{
    const double end = secondsOf(Clock::Wall) + 4 * plan.sliceSeconds;
    double seconds = 0;
    int calls = 0;
    do {
        const Result<double> took = contender.run(timing.tiles, stop);
        if (!took)
            return fail(took.error());
        seconds += *took;
    } while (++calls < timing.calls && secondsOf(Clock::Wall) < end);
    timing.secondsPerTile.push_back(seconds / (double(calls) * double(timing.tiles)));
    return {};
}

/// A few tiles are enough to time a slow contender, but not to estimate its gap to the optimum: then it solves more.
Status conclude(Contender &contender, const TileSet &tiles, NmPattern pattern, const RoundPlan &plan,
                const std::vector<double> &optima, const std::stop_token &stop, Record &record)
{
    std::sort(record.timing.secondsPerTile.begin(), record.timing.secondsPerTile.end());
    record.judged = std::max(record.timing.tiles, tiles.wholePrefix(plan.fewestJudged));
    if (record.judged > record.timing.tiles)
        if (const Result<double> more = contender.run(record.judged, stop); !more)
            return fail(more.error());
    const Result<Answer> answer = contender.answer();
    if (!answer)
        return fail(answer.error());
    if (answer->tiles.size() != std::size_t(record.judged))
        return fail(ErrorKind::Internal, contender.method(), "answered for another number of tiles", "do not trust it");
    const Result<Verdict> verdict = judge(contender, *answer, tiles, pattern, optima);
    if (!verdict)
        return fail(verdict.error());
    record.verdict = *verdict;
    return {};
}

void compareOnCommonTiles(std::vector<Record> &records)
{
    std::size_t common = 0;
    for (const Record &record : records)
        if (const std::size_t tiles = record.verdict.gaps.size(); tiles > 0)
            common = common > 0 ? std::min(common, tiles) : tiles;
    for (Record &record : records)
        if (!record.verdict.gaps.empty()) {
            record.commonTiles = std::int64_t(common);
            record.commonGap = Gap::of(std::span(record.verdict.gaps).first(common));
        }
}

} // namespace

Result<std::vector<Record>> runRounds(const std::vector<std::unique_ptr<Contender>> &contenders, const TileSet &tiles,
                                      NmPattern pattern, const RoundPlan &plan, const std::stop_token &stop,
                                      const std::function<void(const Contender &)> &onStep)
{
    const Result<std::vector<double>> optima = provenOptima(tiles, pattern, stop);
    if (!optima)
        return fail(optima.error());
    std::vector<Record> records;
    for (const auto &contender : contenders) {
        Record &record = records.emplace_back();
        record.data = tiles.name();
        record.pattern = pattern;
        record.method = contender->method();
        record.backend = contender->backend();
        record.threads = contender->threads();
        record.transposable = contender->transposable();
        record.curvePoint = contender->curvePoint();
    }

    // Only a stop ends the run; a contender that fails is left out from then on.
    const auto forAll = [&](const auto &step) -> Status {
        for (std::size_t k = 0; k < contenders.size(); ++k) {
            if (records[k].failure.empty())
                if (const Status done = step(*contenders[k], records[k]); !done) {
                    if (stop.stop_requested())
                        return fail(ErrorKind::Cancelled, "bench", "stopped before the end");
                    records[k].failure = done.error().line();
                }
            onStep(*contenders[k]);
        }
        return {};
    };
    Status all = forAll([&](Contender &contender, Record &record) -> Status {
        const Status ready = contender.prepare(tiles, pattern);
        return ready ? calibrate(contender, tiles, plan, stop, record.timing) : ready;
    });
    for (int round = 0; all && round < plan.repetitions; ++round)
        all = forAll([&](Contender &contender, Record &record) { return runOnce(contender, plan, stop, record.timing); });
    if (all)
        all = forAll([&](Contender &contender, Record &record) {
            return conclude(contender, tiles, pattern, plan, *optima, stop, record);
        });
    if (!all)
        return fail(all.error());
    compareOnCommonTiles(records);
    return records;
}

} // namespace nms::bench
