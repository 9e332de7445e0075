// SPDX-License-Identifier: Apache-2.0
#include "app/cli/mask_verifier.h"

#include "app/cli/output.h"
#include "app/cli/row_panels.h"
#include "core/solver/solve.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

namespace nms::cli {

namespace {

constexpr std::int64_t panelCells = std::int64_t(1) << 20;
constexpr std::size_t violationsShown = 16;
constexpr double claimTolerance = 1e-6; // relative; sums of floats in another order differ by less

bool agrees(const std::optional<double> &claimed, double found)
{
    return !claimed || std::abs(*claimed - found) <= claimTolerance * std::abs(found);
}

/// Counts what breaks the promise; tiles and lines are numbered within the whole matrix.
class LineCheck
{
public:
    LineCheck(MaskPromise promise, NmPattern pattern) : m_promise(promise), m_pattern(pattern) { }

    void addRows(std::int64_t row0, const Mask &mask, MaskVerdict &verdict) const
    {
        MaskCheck check = checkTransposable(mask, m_pattern, std::numeric_limits<std::size_t>::max());
        std::int64_t lastTile = -1;
        for (TileViolation &violation : check.violations) {
            if (!breaks(violation))
                continue;
            verdict.violatingTiles += violation.tile != lastTile ? 1 : 0;
            lastTile = violation.tile;
            if (verdict.violations.size() >= violationsShown)
                continue;
            violation.tileRow += row0 / m_pattern.m;
            violation.line += violation.isRow ? row0 : 0;
            violation.atMost = violation.atMost || m_promise.atMost;
            verdict.violations.push_back(violation.text());
        }
    }

private:
    bool breaks(const TileViolation &violation) const
    {
        if (m_promise.atMost && violation.kept < violation.wanted)
            return false;
        switch (m_promise.scope) {
        case MaskPromise::Scope::Both:
            return true;
        case MaskPromise::Scope::Rows:
            return violation.isRow;
        case MaskPromise::Scope::Columns:
            return !violation.isRow;
        case MaskPromise::Scope::Total:
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

Result<TensorInfo> weightsOf(const VerifyContext &context, const MaskEntry &entry)
{
    Result<TensorInfo> tensor = findTensor(*context.weights, entry.tensorPath);
    if (!tensor)
        return tensor;
    const std::string where = context.weights->fileName() + ": " + tensor->path;
    if (!tensor->isMatrix())
        return fail(ErrorKind::Input, where, tensor->unreadable.empty() ? "is no matrix of weights" : tensor->unreadable,
                    "give the weights that the masks were made for");
    if (tensor->shape != entry.shape)
        return fail(ErrorKind::Input, where,
                    "is " + formatShape(tensor->shape) + ", but its mask in " + context.masks.fileName() + " is " +
                        formatShape(entry.shape),
                    "give the weights that the masks were made for");
    return tensor;
}

void judgeClaims(const MaskEntry &entry, bool transposable, MaskVerdict &verdict)
{
    const MaskReport &report = verdict.report;
    if (report.objective && !agrees(entry.objective, *report.objective))
        verdict.falseClaims.push_back("the file says objective " + formatNumber(*entry.objective) + ", the weights say " +
                                      formatNumber(*report.objective));
    if (report.upperBound && transposable && entry.upperBound &&
        !(*entry.upperBound >= *report.upperBound * (1 - claimTolerance)))
        verdict.falseClaims.push_back("the file says that no mask reaches more than " + formatNumber(*entry.upperBound) +
                                      ", but one reaches " + formatNumber(*report.upperBound));
}

} // namespace

std::string MaskPromise::text() const
{
    constexpr std::array names{"rows and columns", "rows", "columns", "total"};
    return names[static_cast<std::size_t>(scope)] + std::string(atMost ? ", at most" : "");
}

MaskPromise promiseOf(const MaskEntry &entry)
{
    MaskPromise promise;
    const std::optional<Method> method = entry.method ? methodByName(*entry.method) : std::nullopt;
    promise.atMost = method == Method::BiNm || entry.format == MaskFormat::Applied;
    if (method == Method::RowNm)
        promise.scope = MaskPromise::Scope::Rows;
    else if (method == Method::ColNm)
        promise.scope = MaskPromise::Scope::Columns;
    else if (method == Method::Unstructured)
        promise.scope = MaskPromise::Scope::Total;
    return promise;
}

Result<MaskVerdict> verifyMask(const VerifyContext &context, const MaskEntry &entry, NmPattern pattern)
{
    TensorInfo tensor;
    if (context.weights != nullptr) {
        Result<TensorInfo> found = weightsOf(context, entry);
        if (!found)
            return fail(found.error());
        tensor = std::move(*found);
    }

    MaskVerdict verdict;
    verdict.promise = promiseOf(entry);
    const bool transposable = verdict.promise.scope == MaskPromise::Scope::Both;
    const LineCheck lines(verdict.promise, pattern);
    const std::int64_t panelRows =
        std::max<std::int64_t>(1, panelCells / std::max<std::int64_t>(1, entry.cols) / pattern.m) * pattern.m;
    std::int64_t kept = 0, tilesDone = 0;
    double bound = 0;
    WeightSums sums;
    const auto started = std::chrono::steady_clock::now();
    for (std::int64_t row0 = 0; row0 < entry.rows; row0 += panelRows) {
        if (context.stop.stop_requested())
            return fail(cancelled());
        const std::int64_t rows = std::min(panelRows, entry.rows - row0);
        const Result<Mask> mask = context.masks.readRows(entry, row0, rows);
        if (!mask)
            return fail(mask.error());
        lines.addRows(row0, *mask, verdict);
        kept += mask->kept();
        if (context.weights != nullptr) {
            Matrix<float> weights(rows, entry.cols);
            if (const Status read = context.weights->readRows(tensor, row0, weights.span()); !read)
                return fail(read.error());
            if (const Status finite = requireFinite(weights.span(), row0, *context.weights, tensor); !finite)
                return fail(finite.error());
            sums.addRows(weights.span(), *mask);
            if (transposable) {
                const Matrix<float> score = magnitudeScore(weights.span());
                const auto certified = certify(context.backend, score.span(), *mask, pattern, Progress{context.stop, {}});
                if (!certified)
                    return fail(certified.error());
                for (const TileResult &tile : *certified)
                    bound += tile.upperBound;
            }
        }
        tilesDone += TileGrid{rows, entry.cols, pattern.m}.count();
        context.report(tilesDone);
    }

    MaskReport &report = verdict.report;
    report.path = entry.tensorPath;
    report.shape = entry.shape;
    report.pattern = pattern;
    report.method = entry.method.value_or("unknown");
    report.tiles = tilesDone;
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    const double cells = static_cast<double>(entry.rows) * static_cast<double>(entry.cols);
    report.keptFraction = cells > 0 ? static_cast<double>(kept) / cells : 0;
    if (context.weights != nullptr) {
        report.objective = sums.kept;
        report.keptMagnitude = sums.magnitude > 0 ? sums.kept / sums.magnitude : 1;
        report.relativeSquaredError = sums.squared > 0 ? sums.lost / sums.squared : 0;
        if (transposable) {
            report.upperBound = bound;
            report.relativeGap = bound > 0 ? (bound - sums.kept) / bound : 0;
        }
    }
    const double surplus = static_cast<double>(kept) - cells * pattern.keptFraction();
    if (verdict.promise.scope == MaskPromise::Scope::Total && (surplus >= 1 || (surplus <= -1 && !verdict.promise.atMost))) {
        verdict.violatingTiles = tilesDone;
        verdict.violations.push_back("the matrix keeps " + formatCount(kept) + " of " +
                                     formatCount(entry.rows * entry.cols) + ", not " + pattern.text());
    }
    judgeClaims(entry, transposable, verdict);
    return verdict;
}

} // namespace nms::cli
