// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/model_overview.h"

#include "core/jobs/finite_check.h"
#include "core/jobs/inspect_file.h"
#include "core/jobs/score_source.h"
#include "core/jobs/solve_matrix.h"
#include "core/methods/method.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

namespace nms::jobs {

namespace {

Method rowMethod()
{
    return *methodByName("row-nm");
}

/// Solves a bisection takes at most: the smallest sufficient N lies in 1 … M, and M is known to suffice.
int bisectionSteps(int m)
{
    return std::bit_width(unsigned(m - 1));
}

/// The smallest n of 1 … m for which `share(n)` reaches the target.
template <class Share> Result<int> smallestSufficient(int m, double target, Share &&share)
{
    int low = 1, high = m;
    while (low < high) {
        const int middle = (low + high) / 2;
        const Result<double> reached = share(middle);
        if (!reached)
            return fail(reached.error());
        if (*reached >= target)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

double sumOf(Span2d<const float> scores)
{
    double sum = 0;
    for (std::int64_t row = 0; row < scores.rows; ++row)
        for (const float score : scores.row(row))
            sum += double(score);
    return sum;
}

struct Solved {
    KeptScore kept;
    WorstTile worst;
};

/// Solves tensors of one file, matrix by matrix. The last matrix that was read stays in memory.
class ModelSolver
{
public:
    ModelSolver(TensorSource &source, SolverBackend &backend, SolverBackend &fallback, const ScoreSource &score,
                const OverviewSettings &settings, JobProgress &counts)
        : m_source(source), m_backend(backend), m_fallback(fallback), m_score(score), m_settings(settings), m_counts(counts)
    { }

    enum class Want { Sums, WorstTile };

    Result<Solved> solve(const TensorInfo &tensor, NmPattern pattern, Method method, Want want = Want::Sums)
    {
        SolveOptions options = m_settings.options;
        options.pattern = pattern;
        options.method = method;
        options.warmStart.reset();
        SolverBackend &backend = m_backend.canSolve(options) ? m_backend : m_fallback;
        Solved all;
        for (std::int64_t k = 0; k < tensor.matrices(); ++k) {
            const TensorInfo matrix = tensor.matrices() == 1 ? tensor : matrixOf(tensor, k);
            if (const Status there = read(matrix); !there)
                return fail(there.error());
            const Result<Solution> solution = solveMatrix(backend, m_scores.span(), options, {m_counts.stop(), {}});
            if (!solution)
                return fail(errorIn(m_source.fileName(), matrix.path, solution.error()));
            all.kept += {solution->totals().objective, m_total};
            if (want == Want::WorstTile)
                lookForWorst(*solution, matrix, all.worst);
            m_counts.endStep(matrix.elements());
            m_solvedWeights += matrix.elements();
        }
        all.kept.kept *= m_score.unit(tensor);
        all.kept.total *= m_score.unit(tensor);
        return all;
    }

    std::int64_t solvedWeights() const { return m_solvedWeights; }

private:
    Status read(const TensorInfo &matrix)
    {
        if (m_path == matrix.path)
            return {};
        m_path.clear();
        const auto weights = readMatrix(m_source, matrix, m_settings.memoryLimit / 2, NonFinite::Refused, m_counts.stop());
        if (!weights)
            return fail(weights.error());
        auto scores =
            scoresOf(weights->span(), m_score.rowsOf(matrix, m_settings.options.threads), m_settings.options.threads);
        if (!scores)
            return fail(errorIn(m_source.fileName(), matrix.path, scores.error()));
        m_scores = std::move(*scores);
        m_total = sumOf(m_scores.span());
        m_path = matrix.path;
        return {};
    }

    void lookForWorst(const Solution &solution, const TensorInfo &matrix, WorstTile &worst) const
    {
        const TileGrid &grid = solution.grid;
        for (std::int64_t tile = 0; tile < grid.count(); ++tile) {
            const auto block = m_scores.span().block(grid.rowOf(tile) * grid.m, grid.colOf(tile) * grid.m,
                                                     grid.realRows(tile), grid.realCols(tile));
            const KeptScore score{solution.tiles[std::size_t(tile)].objective, sumOf(block)};
            if (score.total > 0 && (worst.tileRow < 0 || score.share() < worst.share))
                worst = {matrix.path, grid.rowOf(tile), grid.colOf(tile), score.share()};
        }
    }

    TensorSource &m_source;
    SolverBackend &m_backend;
    SolverBackend &m_fallback;
    const ScoreSource &m_score;
    const OverviewSettings &m_settings;
    JobProgress &m_counts;
    std::string m_path; // of m_scores; empty: none
    Matrix<float> m_scores;
    double m_total = 0; // ΣA of m_scores
    std::int64_t m_solvedWeights = 0;
};

/// The M of the patterns, ascending, each once.
std::set<int> sidesOf(const std::vector<NmPattern> &patterns)
{
    std::set<int> sides;
    for (const NmPattern &pattern : patterns)
        sides.insert(pattern.m);
    return sides;
}

/// What each solved N of M kept of each tensor: filled by the bisection for one tensor, used again by that for all.
using KeptByN = std::map<std::pair<std::string, std::pair<int, int>>, KeptScore>; // (path, (n, m))

Result<KeptScore> keptBy(ModelSolver &solver, const TensorInfo &tensor, NmPattern pattern, KeptByN &known)
{
    const auto key = std::pair(tensor.path, std::pair(pattern.n, pattern.m));
    if (const auto found = known.find(key); found != known.end())
        return found->second;
    const auto solved = solver.solve(tensor, pattern, provingMethod());
    if (!solved)
        return fail(solved.error());
    return known[key] = solved->kept;
}

/// For `tensors` taken together.
Result<SufficientPattern> sufficientFor(ModelSolver &solver, const std::vector<const TensorInfo *> &tensors, int m,
                                        double target, KeptByN &known)
{
    SufficientPattern found;
    const auto keptOfAll = [&](int n) -> Result<KeptScore> {
        KeptScore all;
        for (const TensorInfo *tensor : tensors) {
            const auto kept = keptBy(solver, *tensor, {n, m}, known);
            if (!kept)
                return fail(kept.error());
            all += *kept;
        }
        return all;
    };
    const Result<int> n = smallestSufficient(m, target, [&](int candidate) -> Result<double> {
        const auto all = keptOfAll(candidate);
        if (!all)
            return fail(all.error());
        return all->share();
    });
    if (!n)
        return fail(n.error());
    const auto kept = keptOfAll(*n);
    if (!kept)
        return fail(kept.error());
    return SufficientPattern{{*n, m}, *kept};
}

/// Weights that are solved at most for all of `tensors`.
std::int64_t workOf(const std::vector<TensorInfo> &tensors, const OverviewSettings &settings)
{
    std::int64_t work = 0;
    for (const TensorInfo &tensor : tensors) {
        std::int64_t solves = 0;
        for (const NmPattern &pattern : settings.patterns)
            solves += whyNotCut(tensor, pattern.m).empty() ? 2 : 0;
        if (settings.target > 0)
            for (const int m : sidesOf(settings.patterns))
                solves += whyNotCut(tensor, m).empty() ? 2 * (bisectionSteps(m) + 1) : 0;
        work += solves * tensor.elements();
    }
    return work;
}

Status checkSettings(const OverviewSettings &settings)
{
    if (settings.patterns.empty())
        return fail(ErrorKind::Usage, "--patterns", "there is no pattern to look at", "give at least one, as 8:16");
    if (!(settings.target >= 0 && settings.target < 1))
        return fail(ErrorKind::Usage, "--target", "is not a share below 100 %", "give a share of the score, as 95%");
    if (!isTransposable(settings.method))
        return fail(ErrorKind::Usage, std::string(nameOf(settings.method)), "has masks that are not transposable",
                    "choose one whose are, as " + std::string(nameOf(provingMethod())));
    for (const NmPattern &pattern : settings.patterns) {
        SolveOptions options = settings.options;
        options.pattern = pattern;
        options.method = settings.method;
        if (const Status valid = options.validate(); !valid)
            return valid;
    }
    return {};
}

Result<TensorOverview> overviewOf(ModelSolver &solver, TensorSource &source, const TensorInfo &tensor,
                                  const OverviewSettings &settings, const std::stop_token &stop, KeptByN &known,
                                  std::vector<SkippedEntry> &skipped)
{
    auto facts = inspectTensor(source, tensor, {stop, {}});
    if (!facts)
        return fail(facts.error());
    TensorOverview overview{tensor, std::move(*facts->patterns), {}, {}};
    for (const NmPattern &pattern : settings.patterns) {
        if (const std::string reason = whyNotCut(tensor, pattern.m); !reason.empty()) {
            skipped.push_back({tensor.path, "at " + pattern.text() + ": " + reason});
            continue;
        }
        auto best = solver.solve(tensor, pattern, settings.method, ModelSolver::Want::WorstTile);
        if (!best)
            return fail(best.error());
        const auto rows = solver.solve(tensor, pattern, rowMethod());
        if (!rows)
            return fail(rows.error());
        if (settings.method == provingMethod())
            known[{tensor.path, {pattern.n, pattern.m}}] = best->kept;
        overview.costs.push_back({pattern, best->kept, rows->kept, std::move(best->worst)});
    }
    if (settings.target > 0)
        for (const int m : sidesOf(settings.patterns)) {
            if (!whyNotCut(tensor, m).empty())
                continue;
            const auto found = sufficientFor(solver, {&tensor}, m, settings.target, known);
            if (!found)
                return fail(found.error());
            overview.sufficient.push_back(*found);
        }
    return overview;
}

void addTo(std::vector<PatternCost> &whole, const PatternCost &cost)
{
    const auto found =
        std::find_if(whole.begin(), whole.end(), [&](const PatternCost &known) { return known.pattern == cost.pattern; });
    if (found == whole.end()) {
        whole.push_back(cost);
        return;
    }
    found->transposable += cost.transposable;
    found->rows += cost.rows;
    if (cost.worst.tileRow >= 0 && (found->worst.tileRow < 0 || cost.worst.share < found->worst.share))
        found->worst = cost.worst;
}

/// Whether the tensor holds NaN or Inf and is to be left out for that; listed then.
Result<bool> leavesOut(const OverviewSettings &settings, TensorSource &source, const TensorInfo &tensor,
                       const std::stop_token &stop, std::vector<SkippedEntry> &skipped)
{
    if (!settings.tensors.skipInvalid)
        return false;
    auto place = invalidPlaceOf(source, tensor, {stop, {}});
    if (!place)
        return fail(place.error());
    if (*place)
        skipped.push_back({tensor.path, std::move(**place)});
    return place->has_value();
}

Result<ModelOverview> overview(const OverviewSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                               const Progress &progress, const Events &events,
                               const std::function<void(const TensorOverview &)> &onTensor)
{
    if (const Status valid = checkSettings(settings); !valid)
        return fail(valid.error());
    const std::set<int> sides = sidesOf(settings.patterns);
    auto opened = openTensors(settings.file, settings.tensors, *sides.begin(), progress.stop);
    if (!opened)
        return fail(opened.error());
    TensorSource &source = *opened->source;
    std::vector<TensorInfo> &tensors = opened->selection.taken;
    const auto score = ScoreSource::open(settings.score, progress.stop);
    if (!score)
        return fail(score.error());
    for (const TensorInfo &tensor : tensors) {
        if (const Status found = score->check(tensor); !found)
            return fail(found.error());
        const TensorInfo first = tensor.matrices() > 1 ? matrixOf(tensor, 0) : tensor;
        if (const Status fits = requireReadable(source, first, settings.memoryLimit / 2); !fits)
            return fail(fits.error());
    }

    ModelOverview model{settings.file, score->name(), backend.id(), settings.method, settings.target, {}, {}, {}, {}};
    model.skipped = std::move(opened->selection.skipped);
    const std::int64_t work = workOf(tensors, settings);
    JobProgress counts(progress, work);
    ModelSolver solver(source, backend, fallback, *score, settings, counts);
    KeptByN known;
    for (TensorInfo &tensor : tensors) {
        if (events.tensor)
            events.tensor(tensor.path);
        const auto left = leavesOut(settings, source, tensor, progress.stop, model.skipped);
        if (!left)
            return fail(left.error());
        if (*left)
            continue;
        if (const Status fits = fitToFloat(source, tensor, progress.stop); !fits)
            return fail(fits.error());
        auto one = overviewOf(solver, source, tensor, settings, progress.stop, known, model.skipped);
        if (!one)
            return fail(one.error());
        for (const PatternCost &cost : one->costs)
            addTo(model.costs, cost);
        if (onTensor)
            onTensor(*one);
        model.tensors.push_back(std::move(*one));
    }
    if (model.tensors.empty())
        return fail(nothingFinite(source.fileName(), model.skipped.back(), tensors.size()));
    if (settings.target > 0)
        for (const int m : sides) {
            std::vector<const TensorInfo *> fitting;
            for (const TensorOverview &one : model.tensors)
                if (whyNotCut(one.tensor, m).empty())
                    fitting.push_back(&one.tensor);
            const auto found = sufficientFor(solver, fitting, m, settings.target, known);
            if (!found)
                return fail(found.error());
            model.sufficient.push_back(*found);
        }
    counts.endStep(work - solver.solvedWeights()); // what bisection did not need, and tensors left out
    return model;
}

} // namespace

KeptScore &KeptScore::operator+=(const KeptScore &other)
{
    kept += other.kept;
    total += other.total;
    return *this;
}

Result<ModelOverview> modelOverview(const OverviewSettings &settings, SolverBackend &backend, SolverBackend &fallback,
                                    const Progress &progress, const Events &events,
                                    const std::function<void(const TensorOverview &)> &onTensor)
{
    return guarded([&] { return overview(settings, backend, fallback, progress, events, onTensor); });
}

} // namespace nms::jobs
