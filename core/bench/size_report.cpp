// SPDX-License-Identifier: Apache-2.0
#include "core/bench/size_report.h"

#include "core/base/number_text.h"
#include "core/bench/suite_json.h"

#include <nlohmann/json.hpp>

namespace nms::bench {

namespace {

constexpr const char *nothing = "–";

std::string milliseconds(double seconds)
{
    return formatFixed(1e3 * seconds, 3);
}

} // namespace

Table sizeTableOf(const SizeResult &result)
{
    Table table;
    table.title = "keep " + result.setup.options.pattern.text() + " by " + std::string(nameOf(result.setup.options.method)) +
        ", fp16 weights to masks";
    table.head = {"side", "on", "ms", "least", "most", "copies alone, ms", "Mweights/s", "× cpu"};
    for (const std::int64_t side : result.setup.sides)
        for (const SizeCurve &curve : result.curves) {
            const SizePoint *point = result.pointOf(curve, side);
            if (point == nullptr) {
                table.rows.push_back(
                    {std::to_string(side), curve.backend, nothing, nothing, nothing, nothing, nothing, nothing});
                continue;
            }
            const SizeCurve *cpu = result.cpu();
            const SizePoint *peer = cpu != nullptr && cpu != &curve ? result.pointOf(*cpu, side) : nullptr;
            table.rows.push_back({std::to_string(side), curve.backend, milliseconds(point->median()),
                                  milliseconds(point->seconds.front()), milliseconds(point->seconds.back()),
                                  point->copySeconds ? milliseconds(*point->copySeconds) : nothing,
                                  formatFixed(point->weightsPerSecond() / 1e6, 1),
                                  peer != nullptr ? formatFixed(peer->median() / point->median(), 2) : nothing});
        }
    return table;
}

std::string sizeLegendOf(const SizeResult &result)
{
    const int threads = result.setup.options.threads;
    std::string text = machineText(result.machine) + "\nMedians of " + std::to_string(result.setup.repetitions) +
        " rounds in wall time after one that is checked and not counted, the backends in turn; the CPU uses " +
        (threads > 0 ? std::to_string(threads) : std::string("all")) +
        " threads.\nTimes are from weights in the host's memory to masks there; copies alone are the same weights to the "
        "device and a mask back,\nwithout solving.\n";
    for (const SizeCurve &curve : result.curves) {
        text += curve.backend + " is " + curve.description + ".";
        if (result.cpu() != nullptr && &curve != result.cpu()) {
            const auto from = result.worthwhileFrom(curve);
            text += from ? " It is faster than the CPU from " + std::to_string(*from) + "² on."
                         : std::string(" It is not faster than the CPU at the largest size.");
        }
        text += "\n";
        for (const SizePoint &point : curve.points)
            if (!point.done())
                text += std::to_string(point.side) + "² on " + curve.backend + ": " + point.failure + "\n";
    }
    return text;
}

nlohmann::ordered_json sizesToJson(const SizeResult &result)
{
    using Json = nlohmann::ordered_json;
    Json curves = Json::array();
    for (const SizeCurve &curve : result.curves) {
        Json points = Json::array();
        for (const SizePoint &point : curve.points) {
            const bool done = point.done();
            points.push_back({{"side", point.side},
                              {"seconds", done ? Json(point.median()) : Json(nullptr)},
                              {"rounds", point.seconds},
                              {"copy_seconds", point.copySeconds ? Json(*point.copySeconds) : Json(nullptr)},
                              {"weights_per_second", done ? Json(point.weightsPerSecond()) : Json(nullptr)},
                              {"failure", done ? Json(nullptr) : Json(point.failure)}});
        }
        const auto from = result.worthwhileFrom(curve);
        curves.push_back({{"backend", curve.backend},
                          {"description", curve.description},
                          {"worthwhile_from", from ? Json(*from) : Json(nullptr)},
                          {"points", points}});
    }
    const SolveOptions &options = result.setup.options;
    return {{"backends", curves},
            {"pattern", options.pattern.text()},
            {"method", nameOf(options.method)},
            {"threads", options.threads > 0 ? Json(options.threads) : Json(nullptr)},
            {"weights", "f16"},
            {"repetitions", result.setup.repetitions},
            {"machine", machineToJson(result.machine)},
            {"version", NMS_VERSION}};
}

} // namespace nms::bench
