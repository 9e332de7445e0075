// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/tile_statements.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace nms::jobs {

namespace {

using Topic = Statement::Topic;

std::string amount(double value)
{
    return formatNumber(value, 5);
}

std::string small(double value) // a difference, of which the size matters
{
    return formatNumber(value, 2);
}

std::string countOf(std::size_t count, const std::string &one, const std::string &many)
{
    return formatCount(std::int64_t(count)) + " " + (count == 1 ? one : many);
}

std::string capitalised(std::string text)
{
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
        text[0] = char(text[0] - 'a' + 'A');
    return text;
}

std::string nOf(const ExplainedTile &tile)
{
    return "N = " + std::to_string(tile.pattern.n);
}

Statement sumsOfPlan(const ExplainedTile &tile, const PlanExplanation &plan, bool isEdge)
{
    if (!plan.off.empty()) {
        std::size_t rows = 0;
        for (const LineOff &line : plan.off)
            rows += line.isRow;
        return {Topic::Sums,
                capitalised(textOf(plan.off.front(), tile)) + ", the furthest. " + countOf(rows, "row and ", "rows and ") +
                    countOf(plan.off.size() - rows, "column is", "columns are") + " off by more than " +
                    formatPercent(tile.residualLimit) + ".",
                Judgement::Warning};
    }
    std::string text = "Every row and column sums to " + nOf(tile);
    if (isEdge)
        text = "No row or column sums to more than " + nOf(tile);
    if (plan.furthest.excess != 0)
        text += " within " + formatPercent(tile.residualLimit) + "; the furthest is " + textOf(plan.furthest, tile);
    text += isEdge ? ". Padding takes the rest of the sums at the edge." : ".";
    return {Topic::Sums, text, Judgement::Good};
}

/// Where S = min(1, exp(τ(A − α − β)/max A)) lies between 0.01 and 0.99.
std::string undecidedRange(const ExplainedTile &tile)
{
    double largest = 0;
    for (std::int64_t i = 0; i < tile.score.rows; ++i)
        for (std::int64_t j = 0; j < tile.score.cols; ++j)
            largest = std::max(largest, double(tile.score(i, j)));
    const double scale = largest / tile.tau;
    return "Since S = min(1, exp(τ·(A − α − β)/max A)), entries with A − α − β between " + small(scale * std::log(0.01)) +
        " and " + small(scale * std::log(0.99)) + " are undecided at τ = " + formatNumber(tile.tau) + ".";
}

Statement undecidedOf(const ExplainedTile &tile, const PlanExplanation &plan)
{
    const std::int64_t entries = tile.score.size();
    if (plan.undecided.empty())
        return {Topic::Undecided, "No entry is undecided: every S is below 0.01 or above 0.99.", Judgement::Good};
    const EntrySlack &most = plan.undecided.front();
    std::string text = formatCount(std::int64_t(plan.undecided.size())) + " of " + formatCount(entries) +
        " entries are undecided. Most of all " + placeOf(most, tile) + ": S = " + formatReading(most.plan);
    if (plan.certificate)
        text += ", nearly a tie: A − α − β = " + small(most.slack);
    text += ".";
    if (plan.certificate && tile.tau > 0)
        text += " " + undecidedRange(tile);
    return {Topic::Undecided, text, Judgement::Neutral};
}

Statement bindingOf(const PlanExplanation &plan)
{
    return {Topic::Binding,
            "The cap S ≤ 1 binds at " + countOf(std::size_t(plan.atOne), "entry", "entries") + ", S ≥ 0 at " +
                formatCount(plan.atZero) + "; the sums of rows and columns bind everywhere.",
            Judgement::Neutral};
}

std::string certificateText(const Certificate &certificate)
{
    return "N·Σα + N·Σβ + Σ max(0, A − α − β) = " + sumOf(certificate) + ": no mask keeps more.";
}

Statement certificateOfPlan(const Certificate &certificate)
{
    const std::string kept = " The plan keeps " + amount(certificate.kept) + ", ";
    if (certificate.gap() < 0)
        return {Topic::Certificate,
                certificateText(certificate) + kept + small(-certificate.gap()) +
                    " more, since its rows and columns do not hold N.",
                Judgement::Warning};
    return {Topic::Certificate,
            certificateText(certificate) + kept + small(certificate.gap()) + " less (" +
                formatPercent(certificate.relative()) + ").",
            Judgement::Neutral};
}

/// "Of that, 0.009 is due to …, 0.0003 to …"; the largest first.
std::string partsText(const GapParts &parts, const char *dropped, const char *kept)
{
    std::array<std::pair<double, const char *>, 5> causes = {{{parts.dropped, dropped},
                                                              {parts.kept, kept},
                                                              {parts.rows, "rows off N"},
                                                              {parts.columns, "columns off N"},
                                                              {parts.padding, "lines and padding at the edge"}}};
    std::stable_sort(causes.begin(), causes.end(),
                     [](const auto &a, const auto &b) { return std::abs(a.first) > std::abs(b.first); });
    std::string text;
    for (const auto &[value, cause] : causes)
        if (value != 0 && std::abs(value) >= 1e-3 * std::abs(causes.front().first))
            text += (text.empty() ? "The difference: " : ", ") + small(value) + " by " + cause;
    return text.empty() ? "There is no difference." : text + ".";
}

Statement sumsOfMask(const ExplainedTile &tile, const MaskExplanation &mask, bool isEdge)
{
    using Lines = MaskPromise::Lines;
    if (!mask.off.empty())
        return {Topic::Sums,
                capitalised(textOf(mask.off.front(), tile)) + "; " + countOf(mask.off.size(), "line does", "lines do") +
                    " not keep N.",
                Judgement::Warning};
    const std::string keeps = isEdge ? " keeps at most " : " keeps ";
    if (tile.lines == Lines::RowsAndColumns)
        return {Topic::Sums, "Every row and column" + keeps + nOf(tile) + ".", Judgement::Good};
    const bool alongRows = tile.lines == Lines::Rows;
    const auto &counts = alongRows ? mask.columnCounts : mask.rowCounts;
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    const std::string range = std::to_string(*least) + " to " + std::to_string(*most) + ": the mask is not transposable.";
    if (tile.lines == Lines::None)
        return {Topic::Sums, "The method ranks the whole matrix; rows of this tile keep " + range, Judgement::Neutral};
    return {Topic::Sums,
            std::string("Every ") + (alongRows ? "row" : "column") + keeps + nOf(tile) + "; " +
                (alongRows ? "columns" : "rows") + " keep " + range,
            Judgement::Neutral};
}

bool isProven(const ExplainedTile &tile)
{
    return tile.provesOptimum && tile.maskResult.converged;
}

/// A mask that keeps fewer than N somewhere may keep a larger sum than every mask that keeps N everywhere.
bool exceedsBound(const ExplainedTile &tile, const MaskExplanation &mask)
{
    constexpr double rounding = 1e-6;
    return !isProven(tile) && mask.certificate && mask.certificate->gap() < -rounding * mask.certificate->bound;
}

Statement certificateOfMask(const ExplainedTile &tile, const MaskExplanation &mask)
{
    const TileResult &result = tile.maskResult;
    if (!mask.certificate) {
        const bool isOwn = tile.lines != MaskPromise::Lines::RowsAndColumns;
        return {Topic::Certificate,
                "The mask keeps " + amount(result.objective) +
                    (isOwn ? ": no mask with the same constraint keeps more."
                           : ", the bound is " + amount(result.upperBound) + ". Its potentials are not known here."),
                Judgement::Neutral};
    }
    const std::string kept = certificateText(*mask.certificate) + " The mask keeps " + amount(result.objective);
    if (exceedsBound(tile, mask))
        return {Topic::Certificate, kept + ", more: it need not keep N in every row and column.", Judgement::Neutral};
    if (isProven(tile))
        return {Topic::Certificate, kept + ", as much: it is optimal, proven in 24-bit integers.", Judgement::Good};
    if (result.upperBound <= result.objective)
        return {Topic::Certificate, kept + ", as much: it is optimal.", Judgement::Good};
    return {Topic::Certificate,
            kept + ", " + small(result.upperBound - result.objective) + " less (" + formatPercent(result.gap()) + ").",
            Judgement::Neutral};
}

/// "3 entries with A > α + β are dropped, 2 with A < α + β are kept"
std::string againstText(const MaskExplanation &mask)
{
    const std::size_t kept = std::size_t(
        std::count_if(mask.against.begin(), mask.against.end(), [](const EntrySlack &each) { return each.plan > 0; }));
    const std::size_t dropped = mask.against.size() - kept;
    std::string text;
    if (dropped > 0)
        text = countOf(dropped, "entry above the threshold is dropped", "entries above the threshold are dropped");
    if (kept > 0)
        text += (text.empty() ? "" : ", ") +
            countOf(kept, "entry below the threshold is kept", "entries below the threshold are kept");
    return text;
}

Statement gapOfMask(const ExplainedTile &tile, const MaskExplanation &mask)
{
    if (mask.against.empty())
        return {Topic::Gap, "Every kept entry has A ≥ α + β, every dropped one A ≤ α + β.", Judgement::Good};
    const EntrySlack &worst = mask.against.front();
    return {Topic::Gap,
            "The mask deviates from the potentials: " + againstText(mask) + ". " +
                partsText(mask.parts, "entries dropped above the threshold", "entries kept below it") + " Most of all by " +
                placeOf(worst, tile) + ", " + (worst.plan > 0 ? "kept" : "dropped") +
                " with A − α − β = " + small(worst.slack) + ".",
            Judgement::Neutral};
}

Statement decisionsOf(const ExplainedTile &tile, const MaskExplanation &mask)
{
    std::string text;
    if (mask.weakestKept)
        text = "The weakest kept entry is " + placeOf(*mask.weakestKept, tile) +
            ", A − α − β = " + small(mask.weakestKept->slack);
    if (mask.strongestDropped)
        text += (text.empty() ? "The" : "; the") + std::string(" strongest dropped one ") +
            placeOf(*mask.strongestDropped, tile) + ", " + small(mask.strongestDropped->slack);
    return {Topic::Decisions, text + ".", Judgement::Neutral};
}

Statement headlineOf(const ExplainedTile &tile, const TileExplanation &explanation)
{
    if (explanation.isZero)
        return {Topic::Decisions, "All scores are 0: every mask keeps the same.", Judgement::Neutral};
    if (const auto &mask = explanation.mask) {
        if (!mask->off.empty())
            return {Topic::Sums, capitalised(textOf(mask->off.front(), tile)) + ".", Judgement::Warning};
        if (isProven(tile))
            return {Topic::Certificate, "Proven optimal: no mask keeps more.", Judgement::Good};
        if (tile.lines != MaskPromise::Lines::RowsAndColumns)
            return sumsOfMask(tile, *mask, explanation.isEdge);
        if (exceedsBound(tile, *mask))
            return {Topic::Sums, "Keeps more than any mask with N in every row and column: it need not keep N.",
                    Judgement::Neutral};
        if (tile.maskResult.upperBound <= tile.maskResult.objective)
            return {Topic::Certificate, "Optimal: the bound equals what the mask keeps.", Judgement::Good};
        const std::string gap = "At most " + formatPercent(tile.maskResult.gap()) + " below the optimum";
        return {Topic::Gap, gap + (mask->against.empty() ? "." : ": " + againstText(*mask) + "."), Judgement::Neutral};
    }
    if (const auto &plan = explanation.plan) {
        if (!plan->off.empty())
            return {Topic::Sums, capitalised(textOf(plan->off.front(), tile)) + ".", Judgement::Warning};
        std::string text = "Rows and columns hold N within " + formatPercent(tile.residualLimit) + "; " +
            countOf(plan->undecided.size(), "entry is", "entries are") + " undecided";
        if (plan->certificate)
            text += ", " + formatPercent(std::abs(plan->certificate->relative())) +
                (plan->certificate->gap() < 0 ? " above the bound" : " below the bound");
        return {Topic::Sums, text + ".", Judgement::Good};
    }
    return {Topic::Sums, "No run yet: nothing is decided in this tile.", Judgement::Neutral};
}

} // namespace

std::string textOf(const LineOff &line, const ExplainedTile &tile)
{
    const std::int64_t index = line.line + (line.isRow ? tile.row0 : tile.col0);
    std::string text = (line.isRow ? "row " : "column ") + std::to_string(index) + " sums to " + formatReading(line.sum);
    if (line.excess == 0)
        return text;
    return text + ", " + small(std::abs(line.excess)) + (line.excess > 0 ? " over " : " short of ") + nOf(tile);
}

std::string sumOf(const Certificate &certificate)
{
    const auto signedAmount = [](double value) {
        return (value < 0 ? " − " : " + ") + amount(std::abs(value));
    };
    return amount(certificate.rows) + signedAmount(certificate.columns) + signedAmount(certificate.excess) + " = " +
        amount(certificate.bound);
}

std::string placeOf(const EntrySlack &entry, const ExplainedTile &tile)
{
    return "(" + std::to_string(tile.row0 + entry.row) + ", " + std::to_string(tile.col0 + entry.col) + ")";
}

TileStatements statementsOf(const ExplainedTile &tile, const TileExplanation &explanation)
{
    TileStatements out;
    out.headline = headlineOf(tile, explanation);
    if (const auto &plan = explanation.plan) {
        out.ofPlan = {sumsOfPlan(tile, *plan, explanation.isEdge), undecidedOf(tile, *plan), bindingOf(*plan)};
        if (plan->certificate) {
            out.ofPlan.push_back(certificateOfPlan(*plan->certificate));
            out.ofPlan.push_back(
                {Topic::Gap,
                 partsText(plan->parts, "entries above the threshold kept only in part", "entries below it kept in part"),
                 Judgement::Neutral});
        }
    }
    if (const auto &mask = explanation.mask) {
        out.ofMask = {sumsOfMask(tile, *mask, explanation.isEdge), certificateOfMask(tile, *mask)};
        if (mask->certificate) {
            out.ofMask.push_back(gapOfMask(tile, *mask));
            out.ofMask.push_back(decisionsOf(tile, *mask));
        }
    }
    return out;
}

} // namespace nms::jobs
