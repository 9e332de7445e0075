// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/mask_verifier.h"

#include "core/base/number_text.h"
#include "core/jobs/job.h"
#include "core/solver/solve.h"
#include "core/tensor/row_panels.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace nms::jobs {

namespace {

constexpr std::int64_t panelCells = std::int64_t(1) << 20;
constexpr std::int64_t longestTileRow = std::int64_t(1) << 30; // entries; more would be an attack on memory, not a mask
constexpr std::size_t violationsShown = 16;
constexpr double claimTolerance = 1e-6; // relative; float sums in another order differ by less

bool agrees(const std::optional<double> &claimed, double found)
{
    return !claimed || std::abs(*claimed - found) <= claimTolerance * std::abs(found);
}

/// Counts the lines that break the promise; tiles and lines are numbered within the matrix.
class LineCheck
{
public:
    LineCheck(MaskPromise promise, NmPattern pattern) : m_promise(promise), m_pattern(pattern) { }

    /// `place` is put before the text of a violation if there are several matrices.
    void addRows(std::int64_t row0, const Mask &mask, const std::string &place, MaskVerdict &verdict) const
    {
        MaskCheck check = checkTransposable(mask, m_pattern, std::numeric_limits<std::size_t>::max());
        std::int64_t lastTile = -1;
        for (TileViolation &violation : check.violations) {
            if (violation.kept > violation.wanted)
                (violation.isRow ? verdict.rowsHold : verdict.columnsHold) = false;
            if (!breaks(violation))
                continue;
            verdict.violatingTiles += violation.tile != lastTile ? 1 : 0;
            lastTile = violation.tile;
            if (verdict.violations.size() >= violationsShown)
                continue;
            violation.tileRow += row0 / m_pattern.m;
            violation.line += violation.isRow ? row0 : 0;
            violation.atMost = violation.atMost || !m_promise.exactly;
            verdict.violations.push_back(place + violation.text());
        }
    }

private:
    bool breaks(const TileViolation &violation) const
    {
        if (!m_promise.exactly && violation.kept < violation.wanted)
            return false;
        switch (m_promise.lines) {
        case MaskPromise::Lines::RowsAndColumns:
            return true;
        case MaskPromise::Lines::Rows:
            return violation.isRow;
        case MaskPromise::Lines::Columns:
            return !violation.isRow;
        case MaskPromise::Lines::None:
            return false;
        }
        return true;
    }

    const MaskPromise m_promise;
    const NmPattern m_pattern;
};

/// Sums over the weights under the mask.
struct WeightSums {
    double magnitude = 0, kept = 0, squared = 0, lost = 0;

    void addRows(Span2d<const float> weights, const Mask &mask)
    {
        for (std::int64_t row = 0; row < weights.rows; ++row) {
            for (std::int64_t col = 0; col < weights.cols; ++col) {
                const double value = weights(row, col);
                const bool isKept = mask.at(row, col);
                magnitude += std::abs(value);
                kept += isKept ? std::abs(value) : 0;
                squared += value * value;
                lost += isKept ? 0 : value * value;
            }
        }
    }
};

Result<TensorInfo> weightsOf(const VerifyContext &context, const MaskEntry &entry, const std::stop_token &stop)
{
    Result<TensorInfo> tensor = findTensor(*context.weights, entry.tensorPath);
    if (!tensor) // torch.nn.utils.prune stores weight_mask beside weight_orig
        if (Result<TensorInfo> original = findTensor(*context.weights, entry.tensorPath + "_orig"))
            tensor = std::move(original);
    if (!tensor)
        return tensor;
    const std::string where = context.weights->fileName() + ": " + tensor->path;
    if (!tensor->isMatrix())
        return fail(ErrorKind::Input, where, tensor->unreadable.empty() ? "is not a matrix of weights" : tensor->unreadable,
                    "give the weights that the masks were made for");
    if (!tensor->matrix && tensor->shape != entry.shape)
        return fail(ErrorKind::Input, where,
                    "is " + formatShape(tensor->shape) + ", but its mask in " + context.masks.fileName() + " is " +
                        formatShape(entry.shape),
                    "give the weights that the masks were made for");
    if (!tensor->matrix) { // so that rows of the weights are rows of the mask
        context.weights->setAxes(tensor->path, entry.axes);
        tensor->axes = entry.axes;
    }
    if (const Status fitted = fitToFloat(*context.weights, *tensor, stop); !fitted)
        return fail(fitted.error());
    return tensor;
}

/// Checks one mask, panel by panel from the top.
class MaskChecker
{
public:
    MaskChecker(const VerifyContext &context, const MaskEntry &entry, const MaskPromise &promise,
                const std::optional<TensorInfo> &weights, const std::stop_token &stop)
        : m_context(context), m_stop(stop), m_entry(entry), m_pattern(promise.pattern), m_weights(weights),
          m_lines(promise, promise.pattern)
    {
        m_verdict.promise = promise;
        m_verdict.entry = entry;
        const ScoreRule *rule = scoreRuleByName(entry.score.value_or(std::string(scoreRules().front().name)));
        if (weights)
            m_unit = context.score ? context.score->unit(*weights)
                                   : std::ldexp(1.0, weights->exponent * (rule ? rule->degree : 0));
        if (context.score)
            m_score = weights ? context.score->rowsOf(*weights, 0) : ScoreRows();
        else if (rule)
            m_score = scoreRowsOf(*rule, 0);
        else
            m_knowsScore = false;
    }

    /// Adds rows of the stacked view, all of one matrix; a panel begins at the first row of a tile.
    Status addPanel(std::int64_t row0, std::int64_t rows);
    void endMatrix();
    std::int64_t tilesDone() const { return m_verdict.report.tiles; }
    MaskVerdict finish(double seconds);

private:
    Status addWeights(std::int64_t row0, const Mask &mask);
    bool hasBound() const { return m_verdict.promise.lines == MaskPromise::Lines::RowsAndColumns; }
    void judgeClaims();

    const VerifyContext &m_context;
    const std::stop_token m_stop;
    const MaskEntry &m_entry;
    const NmPattern m_pattern;
    const std::optional<TensorInfo> &m_weights;
    const LineCheck m_lines;
    MaskVerdict m_verdict;
    ScoreRows m_score; // empty: |W|
    bool m_knowsScore = true;
    WeightSums m_sums;
    double m_keptScore = 0;
    double m_unit = 1; // of the scores, see ScoreSource::unit
    std::int64_t m_kept = 0;
    std::int64_t m_keptOfMatrix = 0;
    double m_objective = 0; // summed by tiles as the optimum is, so that a proven gap is exactly 0
    double m_optimum = 0;
};

Status MaskChecker::addPanel(std::int64_t row0, std::int64_t rows)
{
    const Result<Mask> mask = m_context.masks.readRows(m_entry, row0, rows);
    if (!mask)
        return fail(mask.error());
    const std::int64_t matrix = row0 / m_entry.matrixRows;
    const bool isStack = m_entry.matrixRows < m_entry.rows;
    m_lines.addRows(row0 % m_entry.matrixRows, *mask, isStack ? "matrix " + std::to_string(matrix) + ", " : "", m_verdict);
    m_kept += mask->kept();
    m_keptOfMatrix += mask->kept();
    m_verdict.report.tiles += TileGrid{rows, m_entry.cols, m_pattern.m}.count();
    return m_weights ? addWeights(row0, *mask) : Status();
}

Status MaskChecker::addWeights(std::int64_t row0, const Mask &mask)
{
    Matrix<float> weights(mask.rows(), mask.cols());
    if (Status read = m_context.weights->readRows(*m_weights, row0, weights.span()); !read)
        return read;
    if (Status finite = requireFinite(weights.span(), row0, *m_context.weights, *m_weights); !finite)
        return finite;
    m_sums.addRows(weights.span(), mask);
    if (!m_knowsScore)
        return {};
    Matrix<float> score(mask.rows(), mask.cols());
    if (!m_score)
        toMagnitudes(weights.span(), 0, score.span());
    else if (const Status filled = m_score(row0, weights.span(), score.span()); !filled)
        return fail(errorIn(m_context.weights->fileName(), m_weights->path, filled.error()));
    for (std::int64_t row = 0; row < mask.rows(); ++row)
        for (std::int64_t col = 0; col < mask.cols(); ++col)
            m_keptScore += mask.at(row, col) ? double(score(row, col)) : 0;
    if (!hasBound())
        return {};
    const auto certified = certify(m_context.backend, score.span(), mask, m_pattern, Progress{m_stop, {}});
    if (!certified)
        return fail(certified.error());
    for (const TileResult &tile : *certified) {
        m_objective += tile.objective;
        m_optimum += tile.upperBound;
    }
    return {};
}

MaskVerdict MaskChecker::finish(double seconds)
{
    MaskReport &report = m_verdict.report;
    report.path = m_entry.tensorPath;
    report.shape = m_entry.shape;
    report.axes = m_entry.axes.letters;
    report.pattern = m_pattern;
    report.method = m_entry.method.value_or("unknown");
    report.seconds = seconds;
    const double cells = static_cast<double>(m_entry.rows) * static_cast<double>(m_entry.cols);
    report.keptFraction = cells > 0 ? static_cast<double>(m_kept) / cells : 0;
    if (m_weights) {
        if (m_knowsScore)
            report.objective = m_keptScore * m_unit;
        report.keptMagnitude = m_sums.magnitude > 0 ? m_sums.kept / m_sums.magnitude : 1;
        report.relativeSquaredError = m_sums.squared > 0 ? m_sums.lost / m_sums.squared : 0;
        if (hasBound() && m_knowsScore) {
            report.upperBound = m_optimum * m_unit;
            report.relativeGap = m_optimum > 0 ? (m_optimum - m_objective) / m_optimum : 0;
        }
    }
    judgeClaims();
    return std::move(m_verdict);
}

/// What `unstructured` promises: n/m of all entries of each matrix, rounded up or down to a whole number.
void MaskChecker::endMatrix()
{
    const double cells = static_cast<double>(m_entry.matrixRows) * static_cast<double>(m_entry.cols);
    const double surplus = static_cast<double>(m_keptOfMatrix) - cells * m_pattern.keptFraction();
    const bool holds = surplus < 1 && (surplus > -1 || !m_verdict.promise.exactly);
    if (m_verdict.promise.lines == MaskPromise::Lines::None && !holds) {
        m_verdict.violatingTiles += TileGrid{m_entry.matrixRows, m_entry.cols, m_pattern.m}.count();
        if (m_verdict.violations.size() < violationsShown)
            m_verdict.violations.push_back("the matrix keeps " + formatCount(m_keptOfMatrix) + " of " +
                                           formatCount(m_entry.matrixRows * m_entry.cols) + ", not " + m_pattern.text());
    }
    m_keptOfMatrix = 0;
}

void MaskChecker::judgeClaims()
{
    const MaskReport &report = m_verdict.report;
    if (report.objective && !agrees(m_entry.objective, *report.objective))
        m_verdict.falseClaims.push_back("the file says objective " + formatNumber(*m_entry.objective) +
                                        ", the weights say " + formatNumber(*report.objective));
    if (report.upperBound && m_entry.upperBound && !(*m_entry.upperBound >= *report.upperBound * (1 - claimTolerance)))
        m_verdict.falseClaims.push_back("the file says that no mask reaches more than " + formatNumber(*m_entry.upperBound) +
                                        ", but one reaches " + formatNumber(*report.upperBound));
}

} // namespace

std::string textOf(const MaskPromise &promise)
{
    constexpr std::array names{"rows and columns", "rows", "columns", "total"};
    return names[static_cast<std::size_t>(promise.lines)] + std::string(promise.exactly ? "" : ", at most");
}

MaskPromise promiseOf(const MaskEntry &entry, NmPattern pattern)
{
    const std::optional<Method> method = entry.method ? methodByName(*entry.method) : std::nullopt;
    MaskPromise promise = promiseOf(method.value_or(provingMethod()), pattern);
    const bool byBlocks = entry.method && entry.method->ends_with("+blocks"); // N varies; the file has the largest
    promise.exactly = promise.exactly && entry.format != MaskFormat::Applied && !entry.rounding && !byBlocks;
    return promise;
}

Result<MaskVerdict> verifyMask(const VerifyContext &context, const MaskEntry &entry, NmPattern pattern,
                               const Progress &progress, std::optional<MaskPromise::Lines> lines)
{
    if (entry.cols > longestTileRow / pattern.m)
        return fail(ErrorKind::Resource, context.masks.fileName() + ": " + entry.datasetPath,
                    "a row has " + formatCount(entry.cols) + " entries", "check how the file was written");
    std::optional<TensorInfo> tensor;
    if (context.weights != nullptr) {
        Result<TensorInfo> found = weightsOf(context, entry, progress.stop);
        if (!found)
            return fail(found.error());
        if (context.score)
            if (const Status fits = context.score->check(*found); !fits)
                return fail(fits.error());
        tensor = std::move(*found);
    }
    const auto started = std::chrono::steady_clock::now();
    MaskPromise promise = promiseOf(entry, pattern);
    if (lines) {
        promise.lines = *lines;
        promise.exactly = false;
    }
    MaskChecker walk(context, entry, promise, tensor, progress.stop);
    const std::int64_t tileRow = std::max<std::int64_t>(1, entry.cols) * pattern.m;
    const std::int64_t panelRows = std::max<std::int64_t>(1, panelCells / tileRow) * pattern.m;
    const std::int64_t matrices = entry.matrixRows > 0 ? entry.rows / entry.matrixRows : 0;
    const std::int64_t tiles = matrices * TileGrid{entry.matrixRows, entry.cols, pattern.m}.count();
    for (std::int64_t first = 0; first < entry.rows; first += entry.matrixRows) {
        for (std::int64_t row = 0; row < entry.matrixRows; row += panelRows) {
            if (progress.stop.stop_requested())
                return fail(cancelled());
            if (const Status added = walk.addPanel(first + row, std::min(panelRows, entry.matrixRows - row)); !added)
                return fail(added.error());
            if (progress.report)
                progress.report(walk.tilesDone(), tiles);
        }
        walk.endMatrix();
    }
    return walk.finish(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
}

} // namespace nms::jobs
