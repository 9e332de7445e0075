// SPDX-License-Identifier: Apache-2.0
#include "core/jobs/tile_explanation.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nms::jobs {

namespace {

constexpr double undecidedAbove = 0.01, undecidedBelow = 0.99;
constexpr double integerRounding = 0x1p-23; // of A − α − β in the proving method's integers, as a share of the largest A

bool isKept(const ExplainedTile &tile, int i, int j)
{
    return tile.mask[std::size_t(i)] >> j & 1;
}

bool isEdge(const ExplainedTile &tile)
{
    return tile.score.rows < tile.pattern.m || tile.score.cols < tile.pattern.m;
}

/// A line of which padding holds no part.
bool isWhole(const ExplainedTile &tile, bool isRow)
{
    return (isRow ? tile.score.cols : tile.score.rows) == tile.pattern.m;
}

bool isConstrained(const ExplainedTile &tile, bool isRow)
{
    using Lines = MaskPromise::Lines;
    return tile.lines == Lines::RowsAndColumns || tile.lines == (isRow ? Lines::Rows : Lines::Columns);
}

std::vector<LineOff> linesOf(const ExplainedTile &tile, const std::vector<double> &rows, const std::vector<double> &columns)
{
    std::vector<LineOff> lines;
    for (const bool isRow : {true, false}) {
        const std::vector<double> &sums = isRow ? rows : columns;
        for (std::size_t k = 0; k < sums.size() && isConstrained(tile, isRow); ++k) {
            const LineOff line{isRow, int(k), sums[k], sums[k] - tile.pattern.n};
            if (line.excess > 0 || isWhole(tile, isRow))
                lines.push_back(line);
        }
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const LineOff &a, const LineOff &b) { return std::abs(a.excess) > std::abs(b.excess); });
    return lines;
}

/// Potentials in double, with 0 for the scores of padding.
class Slacks
{
public:
    template <class Alpha, class Beta>
    Slacks(const ExplainedTile &tile, const Alpha &alpha, const Beta &beta)
        : m_tile(tile), m_alpha(alpha.begin(), alpha.end()), m_beta(beta.begin(), beta.end())
    { }

    double alpha(int i) const { return m_alpha[std::size_t(i)]; }
    double beta(int j) const { return m_beta[std::size_t(j)]; }
    double score(int i, int j) const
    {
        return i < m_tile.score.rows && j < m_tile.score.cols ? double(m_tile.score(i, j)) : 0;
    }
    double operator()(int i, int j) const { return score(i, j) - alpha(i) - beta(j); }

    Certificate certificate(double kept) const
    {
        const auto [n, m] = m_tile.pattern;
        Certificate out;
        for (int k = 0; k < m; ++k) {
            out.rows += n * alpha(k);
            out.columns += n * beta(k);
        }
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j)
                out.excess += std::max(0.0, (*this)(i, j));
        out.bound = out.rows + out.columns + out.excess;
        out.kept = kept;
        return out;
    }

private:
    const ExplainedTile &m_tile;
    std::vector<double> m_alpha;
    std::vector<double> m_beta;
};

void addEntry(GapParts &parts, double share, double slack)
{
    parts.dropped += (1 - share) * std::max(0.0, slack);
    parts.kept += share * std::max(0.0, -slack);
}

/// The parts that rows and columns off N have in the gap; of an edge tile, where padding takes part, whatever is left.
void addLines(GapParts &parts, const ExplainedTile &tile, const Slacks &slacks, const std::vector<double> &rows,
              const std::vector<double> &columns, const Certificate &certificate)
{
    if (isEdge(tile)) {
        parts.padding = certificate.gap() - parts.dropped - parts.kept;
        return;
    }
    for (int k = 0; k < tile.pattern.m; ++k) {
        parts.rows += slacks.alpha(k) * (tile.pattern.n - rows[std::size_t(k)]);
        parts.columns += slacks.beta(k) * (tile.pattern.n - columns[std::size_t(k)]);
    }
}

PlanExplanation explainPlan(const ExplainedTile &tile)
{
    const int rows = int(tile.score.rows), cols = int(tile.score.cols);
    PlanExplanation out;
    out.rowSums.resize(std::size_t(rows));
    out.columnSums.resize(std::size_t(cols));
    double kept = 0;
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j) {
            const double share = double(tile.plan(i, j));
            out.rowSums[std::size_t(i)] += share;
            out.columnSums[std::size_t(j)] += share;
            kept += share * double(tile.score(i, j));
            out.atOne += share >= undecidedBelow;
            out.atZero += share <= undecidedAbove;
            if (share > undecidedAbove && share < undecidedBelow)
                out.undecided.push_back({i, j, share, double(tile.score(i, j)), 0});
        }
    const std::vector<LineOff> lines = linesOf(tile, out.rowSums, out.columnSums);
    if (!lines.empty())
        out.furthest = lines.front();
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(out.off),
                 [&](const LineOff &line) { return std::abs(line.excess) > tile.residualLimit * tile.pattern.n; });
    std::stable_sort(out.undecided.begin(), out.undecided.end(), [](const EntrySlack &a, const EntrySlack &b) {
        return std::abs(a.plan - 0.5) < std::abs(b.plan - 0.5);
    });
    if (tile.alpha.empty())
        return out;
    const Slacks slacks(tile, tile.alpha, tile.beta);
    for (EntrySlack &entry : out.undecided)
        entry.slack = slacks(entry.row, entry.col);
    out.certificate = slacks.certificate(kept);
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j)
            addEntry(out.parts, double(tile.plan(i, j)), slacks(i, j));
    addLines(out.parts, tile, slacks, out.rowSums, out.columnSums, *out.certificate);
    return out;
}

MaskExplanation explainMask(const ExplainedTile &tile)
{
    const int rows = int(tile.score.rows), cols = int(tile.score.cols);
    MaskExplanation out;
    out.rowCounts.resize(std::size_t(rows));
    out.columnCounts.resize(std::size_t(cols));
    double kept = 0;
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j)
            if (isKept(tile, i, j)) {
                ++out.rowCounts[std::size_t(i)];
                ++out.columnCounts[std::size_t(j)];
                kept += double(tile.score(i, j));
            }
    const std::vector<double> rowSums(out.rowCounts.begin(), out.rowCounts.end()),
        columnSums(out.columnCounts.begin(), out.columnCounts.end());
    out.off = linesOf(tile, rowSums, columnSums);
    std::erase_if(out.off, [](const LineOff &line) { return line.excess == 0; });
    if (tile.maskAlpha.empty())
        return out;
    const Slacks slacks(tile, tile.maskAlpha, tile.maskBeta);
    out.certificate = slacks.certificate(kept);
    double largest = 0;
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j)
            largest = std::max(largest, slacks.score(i, j));
    const double rounding = tile.provesOptimum ? largest * integerRounding : 0;
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < cols; ++j) {
            const bool isIn = isKept(tile, i, j);
            const EntrySlack entry{i, j, isIn ? 1.0 : 0.0, slacks.score(i, j), slacks(i, j)};
            addEntry(out.parts, entry.plan, entry.slack);
            if (isIn ? entry.slack < -rounding : entry.slack > rounding)
                out.against.push_back(entry);
            if (isIn && (!out.weakestKept || entry.slack < out.weakestKept->slack))
                out.weakestKept = entry;
            if (!isIn && (!out.strongestDropped || entry.slack > out.strongestDropped->slack))
                out.strongestDropped = entry;
        }
    std::stable_sort(out.against.begin(), out.against.end(),
                     [](const EntrySlack &a, const EntrySlack &b) { return std::abs(a.slack) > std::abs(b.slack); });
    addLines(out.parts, tile, slacks, rowSums, columnSums, *out.certificate);
    return out;
}

} // namespace

TileExplanation explainTile(const ExplainedTile &tile)
{
    TileExplanation out;
    out.isEdge = isEdge(tile);
    out.isZero = true;
    for (std::int64_t i = 0; i < tile.score.rows; ++i)
        for (std::int64_t j = 0; j < tile.score.cols; ++j)
            out.isZero = out.isZero && tile.score(i, j) == 0;
    if (!tile.plan.empty())
        out.plan = explainPlan(tile);
    if (!tile.mask.empty())
        out.mask = explainMask(tile);
    return out;
}

} // namespace nms::jobs
