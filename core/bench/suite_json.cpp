// SPDX-License-Identifier: Apache-2.0
#include "core/bench/suite_json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>

namespace nms::bench {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array peers{"lemon", "reference", "torch", "dykstra"};

template <class T> Json orNull(const std::optional<T> &value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json toJson(const Gap &gap)
{
    return {{"mean", gap.mean}, {"worst", gap.worst}, {"standard_error", gap.standardError}};
}

Json toJson(const std::optional<Gap> &gap)
{
    return gap ? toJson(*gap) : Json(nullptr);
}

Json rowOf(const BenchResult &result, const Record &record)
{
    const Timing &timing = record.timing;
    Json ratios = Json::object(), rounds = Json::array();
    for (const char *peer : peers)
        ratios[peer] = orNull(result.timesFaster(record, peer));
    if (record.threads > 1)
        ratios["one_thread"] = orNull(result.timesFaster(record, record.method, 1));
    for (const double seconds : timing.secondsPerTile)
        rounds.push_back(1e6 * seconds);
    Json row{{"pattern", record.pattern.text()},
             {"data", record.data},
             {"method", record.method},
             {"backend", record.backend},
             {"threads", record.threads > 0 ? Json(record.threads) : Json(nullptr)},
             {"transposable", record.transposable},
             {"tiles_timed", timing.tiles},
             {"tiles_judged", record.judged},
             {"passes_per_round", timing.calls},
             {"clock", timing.clock == Clock::ThreadCpu ? "cpu" : "wall"},
             {"microseconds_per_tile",
              {{"median", 1e6 * timing.median()}, {"min", 1e6 * timing.least()}, {"max", 1e6 * timing.most()}}},
             {"rounds", rounds},
             {"weights_per_second", record.weightsPerSecond()},
             {"gap", toJson(record.verdict.gap)},
             {"gap_on_common_tiles", toJson(record.commonGap)},
             {"common_tiles", record.commonTiles},
             {"certified_gap", toJson(record.verdict.certified)},
             {"worst_residual", record.verdict.worstResidual},
             {"not_converged", record.verdict.notConverged},
             {"times_faster_than", ratios}};
    if (const auto &point = record.curvePoint) {
        row["tau"] = point->tau;
        row["iterations"] = point->iterations;
        row["rounding"] = point->paperRounding ? "paper" : "nmscope";
    }
    return row;
}

} // namespace

Json machineToJson(const Machine &machine)
{
    return {{"processor", machine.processor}, {"cores", machine.cores}, {"simd", machine.simd}, {"system", machine.system},
            {"compiler", machine.compiler},   {"date", machine.date},   {"load", machine.load}};
}

Json benchToJson(const BenchResult &result)
{
    Json rows = Json::array(), failed = Json::array(), leftOut = Json::array();
    for (const Record &record : result.records) {
        if (record.done())
            rows.push_back(rowOf(result, record));
        else
            failed.push_back({{"pattern", record.pattern.text()},
                              {"data", record.data},
                              {"method", record.method},
                              {"backend", record.backend},
                              {"reason", record.failure}});
    }
    for (const LeftOut &one : result.leftOut)
        leftOut.push_back({{"what", one.what}, {"reason", one.reason}});
    const BenchSetup &setup = result.setup;
    return {{"rows", rows},
            {"left_out", leftOut},
            {"failed", failed},
            {"machine", machineToJson(result.machine)},
            {"options",
             {{"threads", setup.threads},
              {"tau", setup.options.tau},
              {"iterations", setup.options.iterations},
              {"repetitions", setup.repetitions},
              {"tiles", setup.tiles > 0 ? Json(setup.tiles) : Json(nullptr)},
              {"sample", setup.weights}}},
            {"version", NMS_VERSION}};
}

} // namespace nms::bench
