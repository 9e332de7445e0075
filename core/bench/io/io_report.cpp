// SPDX-License-Identifier: Apache-2.0
#include "core/bench/io/io_report.h"

#include "core/base/number_text.h"
#include "core/bench/suite_json.h"

#include <nlohmann/json.hpp>

namespace nms::bench {

namespace {

std::string rateText(double bytesPerSecond)
{
    return formatFixed(bytesPerSecond / 1e9, 2) + " GB/s";
}

std::string timesText(double ratio)
{
    return formatFixed(ratio, 2) + " ×";
}

} // namespace

Table ioTableOf(const IoResult &result)
{
    Table table;
    table.title = result.setup.file + ": " + formatCount(result.weights) + " weights, " +
        formatBytes(double(result.fileBytes)) + ", " + result.setup.options.pattern.text() + " by " +
        std::string(nameOf(result.setup.options.method)) + " on " + result.backend;
    table.head = {"step", "time", "rate", "processor time", "time / cat"};
    const IoStep *cat = result.step("cat");
    for (const IoStep &step : result.steps) {
        if (!step.failure.empty()) {
            table.rows.push_back({step.what, "–", "–", "–", "–"});
            continue;
        }
        table.rows.push_back({step.what, formatSeconds(step.seconds), rateText(step.bytesPerSecond()),
                              formatSeconds(step.processorSeconds),
                              cat != nullptr && cat->seconds > 0 ? timesText(step.seconds / cat->seconds) : "–"});
    }
    return table;
}

std::string ioLegendOf(const IoResult &result)
{
    std::string text = machineText(result.machine) + "\nMedians of " + std::to_string(result.setup.repetitions) +
        " rounds after one that is not counted, the steps in turn. Solving uses " +
        (result.setup.options.threads > 0 ? std::to_string(result.setup.options.threads) : std::string("all")) +
        " threads. The rate of a step\ncounts the bytes of the weights, that of writing those of the masks before "
        "compression.\n"
        "Largest resident memory: " +
        formatBytes(double(result.mostResident)) + ".";
    if (const auto ratio = result.overSolving())
        text += " The whole takes " + timesText(*ratio) + " the processor time of solving alone.";
    for (const IoStep &step : result.steps)
        if (!step.failure.empty())
            text += "\nfailed: " + step.what + ": " + step.failure;
    return text + "\n";
}

nlohmann::ordered_json ioToJson(const IoResult &result)
{
    using Json = nlohmann::ordered_json;
    Json steps = Json::array();
    for (const IoStep &step : result.steps) {
        const bool done = step.failure.empty();
        steps.push_back({{"name", step.name},
                         {"what", step.what},
                         {"bytes", step.bytes},
                         {"seconds", done ? Json(step.seconds) : Json(nullptr)},
                         {"processor_seconds", done ? Json(step.processorSeconds) : Json(nullptr)},
                         {"bytes_per_second", done ? Json(step.bytesPerSecond()) : Json(nullptr)},
                         {"failure", done ? Json(nullptr) : Json(step.failure)}});
    }
    const SolveOptions &options = result.setup.options;
    const auto ratio = result.overSolving();
    return {{"file", result.setup.file},
            {"weights", result.weights},
            {"file_bytes", result.fileBytes},
            {"pattern", options.pattern.text()},
            {"method", nameOf(options.method)},
            {"backend", result.backend},
            {"threads", options.threads > 0 ? Json(options.threads) : Json(nullptr)},
            {"steps", steps},
            {"over_solving", ratio ? Json(*ratio) : Json(nullptr)},
            {"resident_bytes", result.mostResident},
            {"repetitions", result.setup.repetitions},
            {"machine", machineToJson(result.machine)},
            {"version", NMS_VERSION}};
}

} // namespace nms::bench
