// SPDX-License-Identifier: Apache-2.0
#include "core/lesson/case_values.h"

#include "core/io/weights_file.h"
#include "core/jobs/layer_inputs.h"
#include "core/jobs/prune_compare.h"
#include "core/jobs/solve_matrix.h"
#include "core/lesson/tile_figures.h"
#include "core/prune/cpu_algebra.h"
#include "core/sandbox/sandbox_method.h"
#include "core/sandbox/tile_catalog.h"
#include "core/solver/cpu_backend.h"
#include "core/solver/solve.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nms::lesson {

namespace {

constexpr std::int64_t mostWeightBytes = std::int64_t(256) << 20;
constexpr double negligible = 1e-9; // relative differences up to this are rounding

constexpr std::array<std::string_view, 6> randomNames{"tiles", "meanGap", "worstGap", "short", "meanCount", "optimal"};
constexpr std::array<std::string_view, 11> layerNames{"objective", "bound",        "share", "gap",
                                                      "worstGap",  "worstTile",    "tiles", "iterations",
                                                      "residual",  "notConverged", "total"};
constexpr std::array<std::string_view, 2> prunedNames{"error", "share"};

/// "plan(row, column)" is "plan" with two arguments.
std::pair<std::string_view, std::size_t> formOf(std::string_view form)
{
    const std::size_t open = form.find('(');
    if (open == std::string_view::npos)
        return {form, 0};
    return {form.substr(0, open), form.find(',') == std::string_view::npos ? 1 : 2};
}

} // namespace

struct CaseValues::RandomFigures {
    double meanGap = 0, worstGap = 0, unmet = 0, meanCount = 0, optimal = 0;
};

struct CaseValues::LayerFigures {
    SolutionTotals totals;
    double scores = 0;
    double error = 0;
    double share = 0;
};

CaseValues::CaseValues(SampleFiles files) : m_files(std::move(files)) { }

CaseValues::~CaseValues() = default;

const TileIterate &iterateAt(const TileHistory &history, std::optional<int> iteration)
{
    if (!iteration)
        return history.iterates.back();
    if (history.options.eachProjection)
        return history.iterates[std::min(std::size_t(*iteration), history.iterates.size() - 1)];
    const auto after = std::ranges::upper_bound(history.iterates, *iteration, {}, &TileIterate::iteration);
    return after == history.iterates.begin() ? *after : *std::prev(after);
}

std::span<const std::string_view> figuresOf(const Case &which)
{
    if (std::holds_alternative<TileCase>(which.what))
        return tileFigureForms();
    if (std::holds_alternative<RandomCase>(which.what))
        return randomNames;
    return std::get<LayerCase>(which.what).prune ? std::span<const std::string_view>(prunedNames)
                                                 : std::span<const std::string_view>(layerNames);
}

Status checkReference(const Case &which, const Reference &reference)
{
    std::string all;
    for (const std::string_view form : figuresOf(which)) {
        const auto [name, arguments] = formOf(form);
        if (name == reference.property) {
            if (reference.arguments.size() != arguments)
                return fail(ErrorKind::Input, {}, "gives " + reference.property + " another number of arguments",
                            "write " + std::string(form));
            if (reference.iteration && !std::holds_alternative<TileCase>(which.what))
                return fail(ErrorKind::Input, {}, "names an iteration of \"" + which.name + "\", which is no small tile",
                            "remove the @");
            return {};
        }
        all += (all.empty() ? "" : ", ") + std::string(form);
    }
    return fail(ErrorKind::Input, {}, "asks the case \"" + which.name + "\" for \"" + reference.property + "\"",
                "use one of " + all);
}

Result<std::shared_ptr<const TileHistory>> CaseValues::historyOf(const Case &which, const std::stop_token &stop)
{
    if (const auto found = m_tiles.find(which.name); found != m_tiles.end())
        return found->second;
    const TileCase &tile = std::get<TileCase>(which.what);
    Result<TileHistory> history = solveTile(tile.problem, tile.options, stop);
    if (!history)
        return fail(history.error());
    return m_tiles[which.name] = std::make_shared<const TileHistory>(std::move(*history));
}

Result<const CaseValues::RandomFigures *> CaseValues::randomOf(const Case &which, const std::stop_token &stop)
{
    if (const auto found = m_random.find(which.name); found != m_random.end())
        return found->second.get();
    const RandomCase &random = std::get<RandomCase>(which.what);
    RandomFigures figures;
    for (int k = 0; k < random.tiles; ++k) {
        const TileProblem problem = randomTile(random.pattern.m, random.pattern.n, random.seed * 1000003 + std::uint64_t(k));
        const Result<TileHistory> history = solveTile(problem, random.options, stop);
        if (!history)
            return fail(history.error());
        const TileIterate &last = history->iterates.back();
        const double gap = history->gap(last);
        const auto count = double(
            std::count_if(last.plan.data(), last.plan.data() + last.plan.size(), [](double value) { return value > 0.5; }));
        figures.meanGap += gap;
        figures.worstGap = std::max(figures.worstGap, gap);
        figures.unmet += count < random.pattern.n * random.pattern.m ? 1 : 0;
        figures.meanCount += count;
        figures.optimal += std::abs(gap) < negligible ? 1 : 0;
    }
    for (double *sum : {&figures.meanGap, &figures.unmet, &figures.meanCount, &figures.optimal})
        *sum /= random.tiles;
    return (m_random[which.name] = std::make_unique<RandomFigures>(figures)).get();
}

Result<std::shared_ptr<const Matrix<float>>> CaseValues::weightsOf(const std::string &tensor, const std::stop_token &stop)
{
    if (const auto found = m_weights.find(tensor); found != m_weights.end())
        return found->second;
    if (m_files.weights.empty())
        return fail(ErrorKind::Input, tensor, "cannot be read: the sample layer is not installed",
                    "install the program's samples");
    Result<std::unique_ptr<TensorSource>> source = openWeights(m_files.weights, stop);
    if (!source)
        return fail(source.error());
    const Result<TensorInfo> info = findTensor(**source, tensor);
    if (!info)
        return fail(info.error());
    Result<Matrix<float>> weights = readMatrix(**source, *info, mostWeightBytes, NonFinite::Refused, stop);
    if (!weights)
        return fail(weights.error());
    return m_weights[tensor] = std::make_shared<const Matrix<float>>(std::move(*weights));
}

Result<const CaseValues::LayerFigures *> CaseValues::layerOf(const Case &which, const std::stop_token &stop)
{
    if (const auto found = m_layers.find(which.name); found != m_layers.end())
        return found->second.get();
    const LayerCase &layer = std::get<LayerCase>(which.what);
    const auto weights = weightsOf(layer.tensor, stop);
    if (!weights)
        return fail(weights.error());
    if (!m_backend)
        m_backend = makeCpuBackend();
    const Progress progress{stop, {}};
    LayerFigures figures;
    if (!layer.prune) {
        const Matrix<float> score = magnitudeScore((*weights)->span());
        const Result<Solution> solution = jobs::solveMatrix(*m_backend, score.span(), layer.options, progress);
        if (!solution)
            return fail(solution.error());
        figures.totals = solution->totals();
        const MaskSums sums = maskSums((*weights)->span(), solution->mask);
        figures.scores = sums.magnitude;
        figures.share = sums.magnitude > 0 ? sums.keptMagnitude / sums.magnitude : 1;
        return (m_layers[which.name] = std::make_unique<LayerFigures>(figures)).get();
    }
    const std::unique_ptr<LinearAlgebra> algebra = makeCpuAlgebra();
    LayerProblem problem{(*weights)->span(), nullptr};
    std::optional<Gram> gram;
    if (traitsOf(*layer.prune).usesInputs || !m_files.calibration.empty()) {
        Result<std::unique_ptr<TensorSource>> source = openWeights(m_files.weights, stop);
        const Result<TensorInfo> info = source ? findTensor(**source, layer.tensor) : fail(source.error());
        if (!info)
            return fail(info.error());
        Result<Gram> read = jobs::readInputs(m_files.calibration, *info, *algebra, 0, progress);
        if (!read)
            return fail(read.error());
        gram = std::move(*read);
        problem.gram = &*gram;
    }
    const jobs::PruneCase wanted{*layer.prune, layer.kind, layer.options.pattern};
    const Status compared = jobs::comparePruning(problem, {&wanted, 1}, {.tiles = layer.options}, {*m_backend, *algebra},
                                                 progress, [&](const jobs::PruneCaseResult &result) {
                                                     figures.error = result.error;
                                                     figures.share = result.keptMagnitude;
                                                 });
    if (!compared)
        return fail(compared.error());
    return (m_layers[which.name] = std::make_unique<LayerFigures>(figures)).get();
}

Result<double> CaseValues::valueOf(const Lesson &lesson, const Reference &reference, const std::stop_token &stop)
{
    const Case *which = lesson.find(reference.caseName);
    if (!which)
        return fail(ErrorKind::Input, reference.caseName, "is no case of the lesson", "write a block ```case");
    if (const Status known = checkReference(*which, reference); !known)
        return fail(known.error());
    const std::string &name = reference.property;
    if (const auto *tile = std::get_if<TileCase>(&which->what)) {
        const auto history = historyOf(*which, stop);
        if (!history)
            return fail(history.error());
        return tileFigure(tile->problem, **history, iterateAt(**history, reference.iteration), name, reference.arguments);
    }
    if (const auto *random = std::get_if<RandomCase>(&which->what)) {
        if (name == "tiles")
            return double(random->tiles);
        const auto figures = randomOf(*which, stop);
        if (!figures)
            return fail(figures.error());
        const RandomFigures &all = **figures;
        return name == "meanGap"  ? all.meanGap
            : name == "worstGap"  ? all.worstGap
            : name == "short"     ? all.unmet
            : name == "meanCount" ? all.meanCount
                                  : all.optimal;
    }
    const auto figures = layerOf(*which, stop);
    if (!figures)
        return fail(figures.error());
    const SolutionTotals &totals = (*figures)->totals;
    return name == "error"       ? (*figures)->error
        : name == "share"        ? (*figures)->share
        : name == "objective"    ? totals.objective
        : name == "bound"        ? totals.upperBound
        : name == "gap"          ? totals.relativeGap
        : name == "worstGap"     ? totals.worstGap
        : name == "worstTile"    ? double(totals.worstTile)
        : name == "tiles"        ? double(totals.tiles)
        : name == "iterations"   ? totals.meanIterations()
        : name == "residual"     ? totals.worstResidual
        : name == "notConverged" ? double(totals.notConverged)
                                 : (*figures)->scores;
}

} // namespace nms::lesson
