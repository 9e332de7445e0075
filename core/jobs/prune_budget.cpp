// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/prune_budget.h"

#include "core/base/number_text.h"
#include "core/prune/budget.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace nms::jobs {

namespace {

constexpr const char *howToMeasure =
    "measure it by pruning one tensor at a time, as tests/bench/end_to_end.py --sensitivity does";

} // namespace

Result<std::unordered_map<std::string, double>> readSensitivity(const std::string &file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return fail(ErrorKind::Io, file, "cannot be opened", "give a JSON object of tensor paths and weights");
    const nlohmann::json object = nlohmann::json::parse(in, nullptr, false);
    if (!object.is_object())
        return fail(ErrorKind::Input, file, "is not a JSON object", "give {\"tensor path\": weight, …}");
    std::unordered_map<std::string, double> weights;
    for (const auto &[path, weight] : object.items()) {
        if (!weight.is_number() || !std::isfinite(weight.get<double>()) || weight.get<double>() < 0) {
            std::string where = file;
            where.append(": ").append(path);
            return fail(ErrorKind::Input, std::move(where), "is no weight ≥ 0", howToMeasure);
        }
        weights.emplace(path, weight.get<double>());
    }
    return weights;
}

Status checkBudget(const PruneFileSettings &settings)
{
    if (!settings.budget) {
        if (!settings.sensitivity.empty() || !settings.patterns.empty())
            return fail(ErrorKind::Usage, "sensitivity", "and patterns are of a budget", "give --budget, too");
        return {};
    }
    if (!(*settings.budget > 0 && *settings.budget <= 1))
        return fail(ErrorKind::Usage, "budget", "is not between 0 and 1", "give the part of the weights to keep");
    if (settings.sensitivity.empty())
        return fail(ErrorKind::Usage, "budget",
                    "needs --sensitivity: without weights the sum of the layers' errors falls by half, and the model gets "
                    "worse, since layers whose error costs most are starved",
                    howToMeasure);
    if (settings.options.kind == Kind::Unstructured)
        return fail(ErrorKind::Usage, "budget", "chooses among patterns, which unstructured masks do not have",
                    "give another --kind");
    if (settings.calibration.empty())
        return fail(ErrorKind::Usage, "budget", "needs the layers' errors", "give --calibration");
    return {};
}

std::vector<NmPattern> patternsOf(const PruneFileSettings &settings)
{
    std::vector<NmPattern> patterns = settings.patterns;
    if (patterns.empty()) {
        const int m = settings.options.tiles.pattern.m, step = std::max(1, m / 8);
        for (int n = step; n <= m; n += step)
            patterns.push_back({n, m});
    }
    std::ranges::sort(patterns, [](NmPattern a, NmPattern b) { return a.n * b.m < b.n * a.m; });
    return patterns;
}

Result<std::vector<NmPattern>> choosePatterns(const PruneFileSettings &settings, const PruneTensorParts &parts,
                                              const std::vector<TensorInfo> &tensors, JobProgress &counts,
                                              const Events &events)
{
    const auto weights = readSensitivity(settings.sensitivity);
    if (!weights)
        return fail(weights.error());
    for (const TensorInfo &tensor : tensors)
        if (!weights->contains(tensor.path))
            return fail(ErrorKind::Input, settings.sensitivity, "has no weight of " + tensor.path,
                        "give one for each tensor that is pruned, or leave it out with --exclude");
    const std::vector<NmPattern> patterns = patternsOf(settings);
    std::vector<std::vector<BudgetChoice>> choices;
    std::int64_t elements = 0;
    for (const TensorInfo &tensor : tensors) {
        if (events.tensor)
            events.tensor(tensor.path);
        std::vector<BudgetChoice> ofTensor;
        for (const NmPattern pattern : patterns) {
            PruneOptions options = settings.options;
            options.tiles.pattern = pattern;
            options.acceptSingular = options.acceptSingular || !ofTensor.empty(); // the first run has checked H
            const auto pruned =
                pruneTensor({parts.weights, parts.calibration, options, parts.pruning}, tensor, counts.step());
            if (!pruned)
                return fail(pruned.error());
            counts.endStep(tensor.elements());
            ofTensor.push_back({pruned->mask.kept(), *pruned->report.error * weights->at(tensor.path)});
        }
        elements += tensor.elements();
        choices.push_back(std::move(ofTensor));
    }
    const auto shared = shareBudget(choices, std::int64_t(std::floor(*settings.budget * double(elements))));
    if (!shared)
        return fail(shared.error());
    std::vector<NmPattern> chosen;
    for (const std::size_t choice : *shared)
        chosen.push_back(patterns[choice]);
    return chosen;
}

} // namespace nms::jobs
