// SPDX-License-Identifier: Apache-2.0
#include "app/cli/bench_report.h"

#include "app/cli/output.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace nms::cli {

namespace {

using Json = nlohmann::ordered_json;
using bench::Record;

constexpr std::array peers{"lemon", "reference", "torch", "dykstra"};
constexpr const char *nothing = "–";

bool isFirstOn(const Record &record, std::string_view method)
{
    // A peer may run on several devices: ratios are to the CPU's.
    return record.method == method && !record.backend.starts_with("cuda") && !record.backend.ends_with(", cuda");
}

double weightsPerSecond(const Record &record)
{
    return record.pattern.m * record.pattern.m / record.timing.median();
}

template <class T> Json orNull(const std::optional<T> &value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json toJson(const bench::Gap &gap)
{
    return {{"mean", gap.mean}, {"worst", gap.worst}, {"standard_error", gap.standardError}};
}

Json toJson(const std::optional<bench::Gap> &gap)
{
    return gap ? toJson(*gap) : Json(nullptr);
}

Json rowOf(const BenchResult &result, const Record &record)
{
    const bench::Timing &timing = record.timing;
    Json ratios = Json::object(), rounds = Json::array();
    for (const char *peer : peers)
        ratios[peer] = orNull(timesFaster(result, record, peer));
    for (const double seconds : timing.secondsPerTile)
        rounds.push_back(1e6 * seconds);
    return {{"pattern", record.pattern.text()},
            {"data", record.data},
            {"method", record.method},
            {"backend", record.backend},
            {"transposable", record.transposable},
            {"tiles_timed", timing.tiles},
            {"tiles_judged", record.judged},
            {"passes_per_round", timing.calls},
            {"clock", timing.clock == bench::Clock::ThreadCpu ? "cpu" : "wall"},
            {"microseconds_per_tile",
             {{"median", 1e6 * timing.median()}, {"min", 1e6 * timing.least()}, {"max", 1e6 * timing.most()}}},
            {"rounds", rounds},
            {"weights_per_second", weightsPerSecond(record)},
            {"gap", toJson(record.verdict.gap)},
            {"gap_on_common_tiles", toJson(record.commonGap)},
            {"common_tiles", record.commonTiles},
            {"certified_gap", toJson(record.verdict.certified)},
            {"worst_residual", record.verdict.worstResidual},
            {"not_converged", record.verdict.notConverged},
            {"times_faster_than", ratios}};
}

Json toJson(const bench::Machine &machine)
{
    return {{"processor", machine.processor}, {"cores", machine.cores}, {"simd", machine.simd}, {"system", machine.system},
            {"compiler", machine.compiler},   {"date", machine.date},   {"load", machine.load}};
}

/// "0.0631", for columns that say %; "0" for exactly nothing.
std::string percent(double fraction)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4f", 100 * fraction);
    return fraction == 0 ? "0" : text.data();
}

std::string percent(const std::optional<bench::Gap> &gap, double bench::Gap::*which)
{
    return gap ? percent((*gap).*which) : nothing;
}

std::string orNothing(const std::optional<double> &value)
{
    return value ? shortNumber(*value) : nothing;
}

bool isDone(const Record &record)
{
    return record.failure.empty();
}

std::string blockOf(const BenchResult &result, NmPattern pattern, const std::string &data)
{
    TextTable table({"method", "on", "timed", "µs/tile", "least", "most", "Mweights/s", "judged", "gap %", "worst %",
                     "certificate %", "residual %", "not conv.", "× LEMON", "× naive", "× PyTorch"});
    for (const Record &record : result.records) {
        if (record.pattern != pattern || record.data != data || !isDone(record))
            continue;
        const bench::Verdict &verdict = record.verdict;
        table.addRow({record.method, record.backend, formatCount(record.timing.tiles),
                      shortNumber(1e6 * record.timing.median()), shortNumber(1e6 * record.timing.least()),
                      shortNumber(1e6 * record.timing.most()), shortNumber(weightsPerSecond(record) / 1e6),
                      formatCount(record.judged), percent(verdict.gap, &bench::Gap::mean),
                      percent(verdict.gap, &bench::Gap::worst), percent(verdict.certified, &bench::Gap::mean),
                      verdict.worstResidual > 0 ? percent(verdict.worstResidual) : nothing,
                      verdict.notConverged > 0 ? formatCount(verdict.notConverged) : nothing,
                      orNothing(timesFaster(result, record, "lemon")), orNothing(timesFaster(result, record, "reference")),
                      orNothing(timesFaster(result, record, "torch"))});
    }
    return "keep " + pattern.text() + ", " + data + "\n" + table.text() + "\n";
}

/// Methods down, patterns across, `cell` of the records on the first data.
template <class Cell> std::string summaryOf(const BenchResult &result, const std::string &data, const Cell &cell)
{
    std::vector<std::string> head{"method", "on"};
    for (const NmPattern pattern : result.setup.patterns)
        head.push_back("keep " + pattern.text());
    TextTable table(head);
    std::vector<std::pair<std::string, std::string>> who;
    for (const Record &record : result.records)
        if (const std::pair one{record.method, record.backend}; std::find(who.begin(), who.end(), one) == who.end())
            who.push_back(one);
    for (const auto &[method, backend] : who) {
        std::vector<std::string> cells{method, backend};
        for (const NmPattern pattern : result.setup.patterns) {
            const auto found = std::find_if(result.records.begin(), result.records.end(), [&](const Record &record) {
                return record.method == method && record.backend == backend && record.pattern == pattern &&
                    record.data == data && isDone(record);
            });
            cells.push_back(found == result.records.end() ? nothing : cell(*found));
        }
        table.addRow(cells);
    }
    return table.text();
}

} // namespace

std::optional<double> timesFaster(const BenchResult &result, const Record &record, std::string_view method)
{
    for (const Record &peer : result.records)
        if (isFirstOn(peer, method) && peer.pattern == record.pattern && peer.data == record.data && isDone(peer))
            return peer.timing.median() / record.timing.median();
    return std::nullopt;
}

std::string shortNumber(double value)
{
    std::array<char, 64> text{};
    const int before = value > 0 ? int(std::floor(std::log10(value))) : 0; // digits before the point, less one
    std::snprintf(text.data(), text.size(), "%.*f", std::clamp(2 - before, 0, 6), value);
    return text.data();
}

Json benchToJson(const BenchResult &result)
{
    Json rows = Json::array(), failed = Json::array(), leftOut = Json::array();
    for (const Record &record : result.records) {
        if (isDone(record))
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
            {"machine", toJson(result.machine)},
            {"options",
             {{"threads", setup.options.threads},
              {"tau", setup.options.tau},
              {"iterations", setup.options.iterations},
              {"repetitions", setup.repetitions},
              {"tiles", setup.tiles > 0 ? Json(setup.tiles) : Json(nullptr)},
              {"sample", setup.weights}}},
            {"version", NMS_VERSION}};
}

std::string benchToText(const BenchResult &result)
{
    const BenchSetup &setup = result.setup;
    const bench::Machine &machine = result.machine;
    std::string text;
    for (const NmPattern pattern : setup.patterns)
        for (const std::string &data : setup.data)
            if (std::any_of(result.records.begin(), result.records.end(),
                            [&](const Record &record) { return record.pattern == pattern && record.data == data; }))
                text += blockOf(result, pattern, data);
    const std::string &data = result.records.front().data;
    text += "µs per tile, " + data + "\n" +
        summaryOf(result, data, [](const Record &record) { return shortNumber(1e6 * record.timing.median()); });
    text += "\nmean gap to the proven optimum in %, " + data + "\n" +
        summaryOf(result, data, [](const Record &record) { return percent(record.verdict.gap, &bench::Gap::mean); });
    text += "\n" + machine.processor + ", " + machine.simd + ", " + std::to_string(machine.cores) + " cores, " +
        machine.compiler + ", nmscope " + machine.version + ", " + machine.date + ", load " + shortNumber(machine.load) +
        "\n" +
        "Timed on the first tiles of each set, judged on as many or more; gaps are to the proven optimum of the tile.\n"
        "Medians of " +
        std::to_string(setup.repetitions) + " rounds, " + std::to_string(setup.options.threads) +
        (setup.options.threads == 1 ? " thread in CPU time (devices: wall time)" : " threads in wall time") + "; τ " +
        formatNumber(setup.options.tau) + ", " + std::to_string(setup.options.iterations) +
        " iterations. × is how many times faster than that peer; naive is the reference, the paper's method plainly "
        "written.\n";
    return text;
}

} // namespace nms::cli
