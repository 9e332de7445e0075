// SPDX-License-Identifier: Apache-2.0
// Why one tile is as it is: sums of its rows and columns, undecided entries, what binds, the certificate written out, and
// what its gap consists of (tile_statements.h puts it in words).
#pragma once

#include "core/base/matrix.h"
#include "core/sparsity/mask_counter.h"
#include "core/sparsity/nm_pattern.h"
#include "core/tile/figures.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nms::jobs {

/// One tile of the state to be explained. Cells are given without padding, rows and columns from the tile's first.
struct ExplainedTile {
    NmPattern pattern;
    MaskPromise::Lines lines = MaskPromise::Lines::RowsAndColumns; // which lines the method's masks keep N of
    bool provesOptimum = false; // the method's bounds are proven in 24-bit integers
    double tau = 0; // of entropic methods; 0: the method has none
    double residualLimit = 0.01; // above it a line counts as off N
    std::int64_t row0 = 0; // of the tile's first cell in the matrix
    std::int64_t col0 = 0;
    Span2d<const float> score;

    Span2d<const float> plan; // empty without a plan
    std::span<const float> alpha; // M potentials of the plan in score units; empty if unknown
    std::span<const float> beta;

    std::vector<std::uint64_t> mask; // bit j of mask[i]: (i, j) is kept; empty without a mask
    TileResult maskResult; // of the mask
    std::vector<double> maskAlpha; // M potentials that certify maskResult.upperBound; empty if unknown
    std::vector<double> maskBeta;
};

/// A row or a column that does not sum to N. Those of edge tiles share their sum with padding: there, only sums above N are
/// known to be off.
struct LineOff {
    bool isRow = true;
    int line = 0; // in the tile
    double sum = 0;
    double excess = 0; // sum − N; negative: short of N
};

/// An entry and its distance from the threshold. Kept where A > α + β, if the potentials are optimal.
struct EntrySlack {
    int row = 0;
    int col = 0;
    double plan = 0; // S, or 0 and 1 for a mask
    double score = 0; // A
    double slack = 0; // A − α − β; 0 without potentials
};

/// N·Σα + N·Σβ + Σ max(0, A − α − β) ≥ ⟨S, A⟩ of every feasible S, over the padded tile, in score units.
struct Certificate {
    double rows = 0; // N·Σα
    double columns = 0; // N·Σβ
    double excess = 0; // Σ max(0, A − α − β)
    double bound = 0; // their sum
    double kept = 0; // ⟨S, A⟩ of what is explained
    double gap() const { return bound - kept; }
    double relative() const { return bound > 0 ? gap() / bound : 0; }
};

/// What bound − kept consists of: Σ (1 − S)·max(0, A − α − β) + Σ S·max(0, α + β − A) over the entries, Σ α·(N − row sum)
/// and Σ β·(N − column sum). In edge tiles the parts of lines and padding are told together.
struct GapParts {
    double dropped = 0; // by entries above the threshold that are not kept, or only in part
    double kept = 0; // by entries below the threshold that are kept, at least in part
    double rows = 0; // by rows that do not sum to N
    double columns = 0;
    double padding = 0; // of edge tiles: lines and padding together
};

struct PlanExplanation {
    std::vector<double> rowSums; // of the real rows, without padding
    std::vector<double> columnSums;
    std::vector<LineOff> off; // lines off N by more than the limit, the worst first
    LineOff furthest; // the worst line, whether or not it is within the limit; excess 0: every line holds N
    std::vector<EntrySlack> undecided; // 0.01 < S < 0.99, the nearest to ½ first
    int atOne = 0; // entries with S ≥ 0.99: the cap binds, or nearly
    int atZero = 0; // S ≤ 0.01
    std::optional<Certificate> certificate; // with potentials
    GapParts parts; // likewise
};

struct MaskExplanation {
    std::vector<int> rowCounts; // of the real rows
    std::vector<int> columnCounts;
    std::vector<LineOff> off; // lines that do not keep N (edge tiles: more than N), the worst first
    std::optional<Certificate> certificate; // with potentials
    GapParts parts; // likewise
    /// Kept below the threshold or dropped above it, the costliest first. For a proven mask, the rounding of its integers
    /// does not count.
    std::vector<EntrySlack> against;
    std::optional<EntrySlack> weakestKept; // the kept entry with the smallest A − α − β
    std::optional<EntrySlack> strongestDropped; // the dropped entry with the largest
};

struct TileExplanation {
    bool isZero = false; // all scores are 0
    bool isEdge = false; // padded
    std::optional<PlanExplanation> plan;
    std::optional<MaskExplanation> mask;
};

/// Sums in double over the values as given. Any thread.
TileExplanation explainTile(const ExplainedTile &tile);

} // namespace nms::jobs
