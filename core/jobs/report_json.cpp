// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/report_json.h"

#include <nlohmann/json.hpp>

namespace nms::jobs {

namespace {

using Json = nlohmann::ordered_json;

Json numberOrNull(const std::optional<double> &number)
{
    return number ? Json(*number) : Json(nullptr);
}

Json namesOf(const std::vector<NmPattern> &patterns)
{
    Json list = Json::array();
    for (const NmPattern &pattern : patterns)
        list.push_back(pattern.text());
    return list;
}

/// "not_converged", "worst_residual", "worst_gap", "iterations_mean", "iterations_max"; "tolerance" if one was given and the
/// method uses it, "warm_start" if there was one.
void addConvergence(Json &entry, const SolutionTotals &totals, const SolveOptions &options)
{
    entry["not_converged"] = totals.notConverged;
    entry["worst_residual"] = totals.worstResidual;
    entry["worst_gap"] = totals.worstGap;
    entry["iterations_mean"] = totals.meanIterations();
    entry["iterations_max"] = totals.mostIterations;
    if (options.tolerance > 0 && isEntropic(options.method))
        entry["tolerance"] = options.tolerance;
    if (options.warmStart)
        entry["warm_start"] = nameOf(*options.warmStart);
    if (options.paperSwaps)
        entry["rounding"] = "paper:" + std::to_string(*options.paperSwaps);
}

/// "score" and "kept_score" if the masks maximise something other than |W|; "short_lines" after the paper's rounding.
void addScore(Json &entry, const std::string &score, const MaskReport &report)
{
    if (score != scoreRules().front().name) {
        entry["score"] = score;
        entry["kept_score"] = report.keptScore ? Json(*report.keptScore) : Json(nullptr);
    }
    if (report.shortLines)
        entry["short_lines"] = *report.shortLines;
}

/// "tolerance", "warm_start", "score" and "rounding" if the file records them.
void addOrigin(Json &object, const MaskEntry &entry)
{
    if (entry.tolerance)
        object["tolerance"] = *entry.tolerance;
    if (entry.warmStart)
        object["warm_start"] = *entry.warmStart;
    if (entry.score)
        object["score"] = *entry.score;
    if (entry.rounding)
        object["rounding"] = *entry.rounding;
}

Json toJson(const HardwareFacts &facts)
{
    Json object{{"summary", facts.summary()}, {"engines", Json::array()}};
    for (const HardwareVerdict &verdict : facts.verdicts)
        object["engines"].push_back({{"engine", verdict.engine->id},
                                     {"pattern", verdict.pattern.text()},
                                     {"along", verdict.alongRows ? "rows" : "columns"},
                                     {"pass", verdict.forward ? "forward" : "backward"},
                                     {"runs", verdict.runs()},
                                     {"missing", verdict.missing}});
    return object;
}

Json hardwareTable()
{
    Json table = Json::array();
    for (const HardwareEngine &engine : hardwareEngines())
        table.push_back({{"engine", engine.id},
                         {"name", engine.name},
                         {"version", engine.version},
                         {"source", engine.source},
                         {"looked_up", engine.lookedUp},
                         {"ships", engine.ships}});
    return table;
}

/// null for a tensor that is not a matrix; its "reason" says why.
Json matricesOf(const TensorInfo &tensor)
{
    const Stack stack = tensor.stack();
    if (stack.names().empty())
        return nullptr;
    return {{"count", stack.count()}, {"rows", stack.rows()}, {"cols", stack.cols()}, {"axes", stack.names()}};
}

Json toJson(const TensorFacts &facts)
{
    const TensorInfo &tensor = facts.tensor;
    const DetectedPatterns patterns = facts.patterns.value_or(DetectedPatterns());
    Json object{{"path", tensor.path},
                {"shape", tensor.shape},
                {"dtype", nameOf(tensor.dtype)},
                {"matrices", matricesOf(tensor)},
                {"sparsity", nullptr},
                {"patterns",
                 {{"rows", namesOf(patterns.alongRows)},
                  {"columns", namesOf(patterns.alongColumns)},
                  {"transposable", namesOf(patterns.transposable)}}},
                {"layout", tensor.layout}};
    if (facts.role != TensorRole::Weight)
        object["role"] = nameOf(facts.role);
    if (facts.hardware)
        object["hardware"] = toJson(*facts.hardware);
    if (facts.patterns) {
        object["sparsity"] = patterns.sparsity;
        object["non_finite"] = facts.nonFinite;
        object["dead_rows"] = facts.deadRows;
        object["dead_columns"] = facts.deadColumns;
    }
    if (facts.mask) {
        Json mask = Json::object();
        if (facts.mask->pattern)
            mask["pattern"] = facts.mask->pattern->text();
        if (facts.mask->method)
            mask["method"] = *facts.mask->method;
        addOrigin(mask, *facts.mask);
        object["mask"] = std::move(mask);
    }
    if (!tensor.unreadable.empty())
        object["unreadable"] = tensor.unreadable;
    if (!tensor.layer.empty())
        object["layer"] = tensor.layer;
    if (!tensor.axes.letters.empty())
        object["letters"] = tensor.axes.letters;
    if (!tensor.axes.reason.empty())
        object["reason"] = tensor.axes.reason;
    if (!tensor.note.empty())
        object["note"] = tensor.note;
    return object;
}

Json toJson(const MaskVerdict &verdict)
{
    Json entry = toJson(verdict.report);
    entry["holds"] = verdict.holds();
    entry["checked"] = textOf(verdict.promise);
    entry["along"] = {{"rows", verdict.rowsHold}, {"columns", verdict.columnsHold}};
    entry["violating_tiles"] = verdict.violatingTiles;
    entry["violations"] = verdict.violations;
    entry["false_claims"] = verdict.falseClaims;
    addOrigin(entry, verdict.entry);
    return entry;
}

} // namespace

nlohmann::ordered_json toJson(const MaskReport &report)
{
    return {
        {"path", report.path},
        {"shape", report.shape},
        {"axes", Stack(report.shape, report.axes).names()},
        {"letters", report.axes},
        {"pattern", report.pattern.text()},
        {"method", report.method},
        {"objective", numberOrNull(report.objective)},
        {"upper_bound", numberOrNull(report.upperBound)},
        {"relative_gap", numberOrNull(report.relativeGap)},
        {"kept_fraction", report.keptFraction},
        {"tiles", report.tiles},
        {"seconds", report.seconds},
        {"kept_magnitude", numberOrNull(report.keptMagnitude)},
        {"relative_squared_error", numberOrNull(report.relativeSquaredError)},
    };
}

nlohmann::ordered_json toJson(const std::vector<SkippedEntry> &skipped)
{
    Json list = Json::array();
    for (const SkippedEntry &tensor : skipped)
        list.push_back({{"path", tensor.path}, {"reason", tensor.reason}});
    return list;
}

nlohmann::ordered_json toJson(const InspectReport &report)
{
    Json object{{"file", report.file},
                {"format", report.format},
                {"tensors", Json::array()},
                {"skipped", toJson(report.skipped)},
                {"version", NMS_VERSION}};
    for (const TensorFacts &facts : report.tensors)
        object["tensors"].push_back(toJson(facts));
    if (report.hardware)
        object["hardware"] = hardwareTable();
    return object;
}

nlohmann::ordered_json toJson(const SolveFileReport &report)
{
    Json object{{"tensors", Json::array()},  {"skipped", toJson(report.skipped)},
                {"backend", report.backend}, {"version", NMS_VERSION},
                {"source", report.file},     {"output", report.out}};
    if (report.resumed > 0)
        object["resumed"] = report.resumed;
    for (const SolvedTensor &solved : report.tensors) {
        Json entry = toJson(solved.report);
        addConvergence(entry, solved.totals, report.options);
        addScore(entry, report.score, solved.report);
        object["tensors"].push_back(std::move(entry));
    }
    return object;
}

nlohmann::ordered_json toJson(const PruneFileReport &report)
{
    const std::string_view framework = traitsOf(report.options.framework).name, kind = nameOf(report.options.kind);
    Json object{{"tensors", Json::array()},
                {"mean_error", numberOrNull(report.meanError())},
                {"framework", framework},
                {"kind", kind},
                {"damping", report.options.damping},
                {"skipped", toJson(report.skipped)},
                {"backend", report.backend},
                {"algebra", report.algebra},
                {"version", NMS_VERSION},
                {"source", report.file},
                {"output", report.out}};
    if (!report.masks.empty())
        object["masks"] = report.masks;
    if (report.resumed > 0)
        object["resumed"] = report.resumed;
    for (const PrunedTensor &tensor : report.tensors) {
        Json entry = toJson(tensor.report);
        entry["framework"] = framework;
        entry["kind"] = kind;
        entry["error"] = numberOrNull(tensor.error);
        entry["energy"] = numberOrNull(tensor.energy);
        entry["samples"] = tensor.samples;
        entry["dead_inputs"] = tensor.deadInputs;
        entry["kept_score"] = numberOrNull(tensor.report.keptScore);
        entry["iterations"] = tensor.iterations;
        entry["refinements"] = tensor.refinements;
        entry["calibration_seconds"] = tensor.calibrationSeconds;
        entry["tile_seconds"] = tensor.tileSeconds;
        entry["tile_microseconds"] = tensor.microsecondsPerTile();
        if (!tensor.blocksByKeep.empty()) {
            entry["block_keeps"] = Json::object();
            for (const auto &[keep, blocks] : tensor.blocksByKeep)
                entry["block_keeps"][std::to_string(keep)] = blocks;
        }
        object["tensors"].push_back(std::move(entry));
    }
    return object;
}

nlohmann::ordered_json toJson(const ComparedMask &mask)
{
    Json entry = toJson(mask.report);
    entry["transposable"] = mask.transposable;
    entry["backend"] = mask.backend;
    addConvergence(entry, mask.totals, mask.options);
    return entry;
}

nlohmann::ordered_json toJson(const CompareReport &report)
{
    Json object{{"tensors", Json::array()},
                {"skipped", toJson(report.skipped)},
                {"backend", report.backend},
                {"version", NMS_VERSION},
                {"source", report.file}};
    for (const ComparedMask &mask : report.masks) {
        object["tensors"].push_back(toJson(mask));
        if (report.score != scoreRules().front().name)
            object["tensors"].back()["score"] = report.score;
    }
    return object;
}

static Json costsJson(const std::vector<PatternCost> &costs)
{
    Json list = Json::array();
    for (const PatternCost &cost : costs) {
        list.push_back({{"pattern", cost.pattern.text()},
                        {"kept_score", cost.transposable.share()},
                        {"kept_score_rows", cost.rows.share()},
                        {"price", cost.price()},
                        {"worst_tile", nullptr}});
        if (cost.worst.tileRow >= 0)
            list.back()["worst_tile"] = {{"path", cost.worst.path},
                                         {"tile", {cost.worst.tileRow, cost.worst.tileCol}},
                                         {"kept_score", cost.worst.share}};
    }
    return list;
}

static void addSufficient(Json &object, const std::vector<SufficientPattern> &patterns)
{
    if (patterns.empty())
        return;
    object["sufficient"] = Json::array();
    for (const SufficientPattern &one : patterns)
        object["sufficient"].push_back(
            {{"m", one.pattern.m}, {"pattern", one.pattern.text()}, {"kept_score", one.kept.share()}});
}

nlohmann::ordered_json toJson(const ModelOverview &overview)
{
    Json object{{"tensors", Json::array()},
                {"model", {{"costs", costsJson(overview.costs)}}},
                {"target", overview.target > 0 ? Json(overview.target) : Json(nullptr)},
                {"score", overview.score},
                {"method", std::string(nameOf(overview.method))},
                {"skipped", toJson(overview.skipped)},
                {"backend", overview.backend},
                {"version", NMS_VERSION},
                {"source", overview.file}};
    addSufficient(object["model"], overview.sufficient);
    for (const TensorOverview &one : overview.tensors) {
        Json entry{{"path", one.tensor.path},
                   {"shape", one.tensor.shape},
                   {"axes", one.tensor.axes.letters},
                   {"patterns",
                    {{"rows", namesOf(one.patterns.alongRows)},
                     {"columns", namesOf(one.patterns.alongColumns)},
                     {"transposable", namesOf(one.patterns.transposable)}}},
                   {"costs", costsJson(one.costs)}};
        addSufficient(entry, one.sufficient);
        object["tensors"].push_back(std::move(entry));
    }
    return object;
}

nlohmann::ordered_json toJson(const VerifyReport &report)
{
    Json object{{"tensors", Json::array()},  {"holds", report.holds()}, {"skipped", toJson(report.skipped)},
                {"backend", report.backend}, {"version", NMS_VERSION},  {"masks", report.masks}};
    for (const MaskVerdict &verdict : report.verdicts)
        object["tensors"].push_back(toJson(verdict));
    return object;
}

} // namespace nms::jobs
