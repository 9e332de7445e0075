// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/finished_layers.h"

#include "core/jobs/totals_json.h"

#include <fstream>

namespace nms::jobs {

namespace {

using Json = nlohmann::json;

Json jobOf(const PruneFileSettings &settings, const TensorSource &weights)
{
    const PruneOptions &options = settings.options;
    const SolveOptions tiles = options.choice();
    Json rules = Json::array();
    for (const CalibrationRule &rule : settings.rules)
        rules.push_back(rule.tensor + "=" + rule.path);
    return {{"weights", stateOf(weights.fileName())},
            {"calibration", settings.calibration.empty() ? Json() : stateOf(settings.calibration)},
            {"map", rules},
            {"framework", traitsOf(options.framework).name},
            {"kind", nameOf(options.kind)},
            {"method", nameOf(tiles.method)},
            {"tau", tiles.tau},
            {"iterations", tiles.iterations},
            {"tolerance", tiles.tolerance},
            {"damping", options.damping},
            {"blocks", options.blocks},
            {"version", NMS_VERSION}};
}

Json numberOf(const std::optional<double> &value)
{
    return value ? Json(*value) : Json();
}

std::optional<double> optionalOf(const Json &value)
{
    return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

Json toJson(const PrunedTensor &tensor)
{
    Json keeps = Json::array();
    for (const auto &[keep, blocks] : tensor.blocksByKeep)
        keeps.push_back({keep, blocks});
    const MaskReport &report = tensor.report;
    return {{"totals", totalsToJson(tensor.totals)},
            {"method", report.method},
            {"seconds", report.seconds},
            {"kept_fraction", report.keptFraction},
            {"kept_magnitude", numberOf(report.keptMagnitude)},
            {"relative_squared_error", numberOf(report.relativeSquaredError)},
            {"kept_score", numberOf(report.keptScore)},
            {"error", numberOf(tensor.error)},
            {"energy", numberOf(tensor.energy)},
            {"samples", tensor.samples},
            {"dead_inputs", tensor.deadInputs},
            {"iterations", tensor.iterations},
            {"refinements", tensor.refinements},
            {"calibration_seconds", tensor.calibrationSeconds},
            {"tile_seconds", tensor.tileSeconds},
            {"tile_solves", tensor.tileSolves},
            {"block_keeps", keeps}};
}

/// Throws if a key is missing or has another type.
PrunedTensor fromJson(const Json &object, const TensorInfo &tensor, NmPattern pattern)
{
    PrunedTensor pruned;
    const SolutionTotals &totals = pruned.totals = totalsFromJson(object.at("totals"));
    MaskReport &report = pruned.report;
    report.path = tensor.path;
    report.shape = tensor.shape;
    report.axes = tensor.axes.letters;
    report.pattern = pattern;
    report.tiles = totals.tiles;
    report.objective = totals.objective;
    report.upperBound = totals.upperBound;
    report.relativeGap = totals.relativeGap;
    object.at("method").get_to(report.method);
    object.at("seconds").get_to(report.seconds);
    object.at("kept_fraction").get_to(report.keptFraction);
    report.keptMagnitude = optionalOf(object.at("kept_magnitude"));
    report.relativeSquaredError = optionalOf(object.at("relative_squared_error"));
    report.keptScore = optionalOf(object.at("kept_score"));
    pruned.error = optionalOf(object.at("error"));
    pruned.energy = optionalOf(object.at("energy"));
    object.at("samples").get_to(pruned.samples);
    object.at("dead_inputs").get_to(pruned.deadInputs);
    object.at("iterations").get_to(pruned.iterations);
    object.at("refinements").get_to(pruned.refinements);
    object.at("calibration_seconds").get_to(pruned.calibrationSeconds);
    object.at("tile_seconds").get_to(pruned.tileSeconds);
    object.at("tile_solves").get_to(pruned.tileSolves);
    for (const Json &keep : object.at("block_keeps"))
        pruned.blocksByKeep[keep.at(0).get<int>()] = keep.at(1).get<std::int64_t>();
    return pruned;
}

} // namespace

Result<FinishedLayers> FinishedLayers::open(const PruneFileSettings &settings, const TensorSource &weights)
{
    auto folder = PartsFolder::open(settings.out, jobOf(settings, weights));
    if (!folder)
        return fail(folder.error());
    return FinishedLayers(std::move(*folder));
}

std::optional<FinishedLayer> FinishedLayers::find(const TensorInfo &tensor, const PruneOptions &options) const
{
    const NmPattern pattern = options.tiles.pattern;
    const std::int64_t weightBytes = tensor.rawRows() * tensor.rawCols() * bytesOf(tensor.dtype);
    const auto header = m_folder.find(tensor, weightBytes + maskByteCount(tensor.rows(), tensor.cols()));
    if (!header)
        return std::nullopt;
    try {
        if (header->at("pattern") != pattern.text())
            return std::nullopt;
        FinishedLayer layer{fromJson(header->at("report"), tensor, pattern), {}, Mask(tensor.rows(), tensor.cols())};
        layer.weights.resize(std::size_t(weightBytes));
        std::ifstream in(m_folder.dataFileOf(tensor), std::ios::binary);
        in.read(reinterpret_cast<char *>(layer.weights.data()), weightBytes);
        for (std::int64_t row = 0; row < layer.mask.rows(); ++row) {
            const auto words = layer.mask.row64(row);
            in.read(reinterpret_cast<char *>(words.data()), std::streamsize(words.size_bytes()));
        }
        return in ? std::optional(std::move(layer)) : std::nullopt;
    } catch (const Json::exception &) {
        return std::nullopt;
    }
}

Status FinishedLayers::save(const TensorInfo &tensor, const PruneOptions &options, const FinishedLayer &layer) const
{
    if (const Status written = writeWhole(m_folder.dataFileOf(tensor), layer.weights, bytesOfMask(layer.mask)); !written)
        return written;
    return m_folder.finish(tensor, {{"pattern", options.tiles.pattern.text()}, {"report", toJson(layer.report)}});
}

} // namespace nms::jobs
