// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/finished_layers.h"

#include "core/io/disk/atomic_file.h"
#include "core/io/disk/file_hash.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace nms::jobs {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Identifies the file as it is now, so that a later run notices if it was replaced.
Json stateOf(const std::string &file)
{
    std::error_code ignored;
    const auto written = fs::last_write_time(file, ignored).time_since_epoch().count();
    return {{"path", fs::absolute(file, ignored).string()},
            {"bytes", fs::is_directory(file, ignored) ? 0 : fs::file_size(file, ignored)},
            {"written", written}};
}

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
    return {{"tiles", tensor.totals.tiles},
            {"objective", tensor.totals.objective},
            {"upper_bound", tensor.totals.upperBound},
            {"relative_gap", tensor.totals.relativeGap},
            {"iterations_max", tensor.totals.mostIterations},
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
    SolutionTotals &totals = pruned.totals;
    object.at("tiles").get_to(totals.tiles);
    object.at("objective").get_to(totals.objective);
    object.at("upper_bound").get_to(totals.upperBound);
    object.at("relative_gap").get_to(totals.relativeGap);
    object.at("iterations_max").get_to(totals.mostIterations);
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

Status writeWhole(const std::string &path, std::span<const std::byte> first, std::span<const std::byte> second = {})
{
    auto file = AtomicFile::create(path);
    if (!file)
        return fail(file.error());
    for (const std::span<const std::byte> part : {first, second})
        if (const Status written = file->append(part); !written)
            return written;
    return file->commit();
}

/// The words of all rows.
std::vector<std::byte> bytesOfMask(const Mask &mask)
{
    std::vector<std::byte> bytes;
    for (std::int64_t row = 0; row < mask.rows(); ++row) {
        const auto words = std::as_bytes(mask.row64(row));
        bytes.insert(bytes.end(), words.begin(), words.end());
    }
    return bytes;
}

Json readJson(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    return in ? Json::parse(in, nullptr, false) : Json();
}

} // namespace

Result<FinishedLayers> FinishedLayers::open(const PruneFileSettings &settings, const TensorSource &weights)
{
    std::string target = settings.out;
    while (target.size() > 1 && target.back() == '/')
        target.pop_back();
    FinishedLayers layers(target + ".parts");
    std::error_code error;
    fs::create_directories(layers.m_folder, error);
    if (error)
        return fail(ErrorKind::Io, layers.m_folder, "cannot be made: " + error.message(), "choose another --output");
    const std::string jobFile = layers.m_folder + "/job.json";
    const Json job = jobOf(settings, weights);
    if (const Json before = readJson(jobFile); before.is_object()) {
        if (before == job)
            return layers;
        std::string differs;
        for (const auto &[key, value] : job.items())
            if (!before.contains(key) || before.at(key) != value)
                differs += (differs.empty() ? "" : ", ") + key;
        return fail(ErrorKind::Usage, layers.m_folder, "holds tensors of another job (" + differs + " differ)",
                    "use the same settings as that run, or remove the folder");
    }
    const std::string text = job.dump(2, ' ', false, Json::error_handler_t::replace);
    if (const Status written = writeWhole(jobFile, std::as_bytes(std::span(text))); !written)
        return fail(written.error());
    return layers;
}

std::string FinishedLayers::fileOf(const TensorInfo &tensor, const char *ending) const
{
    std::uint64_t hash = 14695981039346656037U; // FNV-1a: tensor names may contain characters that file names may not
    for (const char c : tensor.path)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    char name[24];
    std::snprintf(name, sizeof name, "/%016llx", static_cast<unsigned long long>(hash));
    return m_folder + name + ending;
}

std::optional<FinishedLayer> FinishedLayers::find(const TensorInfo &tensor, const PruneOptions &options) const
{
    const Json header = readJson(fileOf(tensor, ".json"));
    const std::string dataFile = fileOf(tensor, ".bin");
    try {
        const NmPattern pattern = options.tiles.pattern;
        if (!header.is_object() || header.at("path") != tensor.path || header.at("pattern") != pattern.text())
            return std::nullopt;
        FinishedLayer layer{fromJson(header.at("report"), tensor, pattern), {}, Mask(tensor.rows(), tensor.cols())};
        const std::int64_t weightBytes = tensor.rawRows() * tensor.rawCols() * bytesOf(tensor.dtype);
        const std::int64_t maskBytes = layer.mask.rows() * layer.mask.wordsPerRow() * std::int64_t(sizeof(std::uint64_t));
        const auto identity = identityOf(dataFile);
        if (!identity || identity->bytes != weightBytes + maskBytes || header.at("sha256") != identity->sha256)
            return std::nullopt;
        layer.weights.resize(std::size_t(weightBytes));
        std::ifstream in(dataFile, std::ios::binary);
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
    const std::string dataFile = fileOf(tensor, ".bin");
    if (const Status written = writeWhole(dataFile, layer.weights, bytesOfMask(layer.mask)); !written)
        return written;
    const auto identity = identityOf(dataFile);
    if (!identity)
        return fail(identity.error());
    const Json header = {{"path", tensor.path},
                         {"pattern", options.tiles.pattern.text()},
                         {"sha256", identity->sha256},
                         {"report", toJson(layer.report)}};
    const std::string text = header.dump(2, ' ', false, Json::error_handler_t::replace);
    return writeWhole(fileOf(tensor, ".json"), std::as_bytes(std::span(text)));
}

void FinishedLayers::remove() const
{
    std::error_code ignored;
    for (const auto &entry : fs::directory_iterator(m_folder, ignored)) { // only files that save() writes
        const std::string ending = entry.path().extension().string();
        if (ending == ".json" || ending == ".bin")
            fs::remove(entry.path(), ignored);
    }
    fs::remove(m_folder, ignored);
}

} // namespace nms::jobs
