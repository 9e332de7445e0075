// SPDX-License-Identifier: Apache-2.0
// A small transport problem with capacities: what the sandbox edits, saves and solves.
#pragma once

#include "core/base/matrix.h"
#include "core/base/result.h"
#include "core/sparsity/nm_pattern.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace nms {

/// Maximise Σ A·S over plans S ≥ 0 with the given row and column sums and S ≤ cap in every entry. A transposable N:M mask is
/// the special case in which all sums are N and all caps 1. Plain data; any thread.
///
///     TileProblem tile = TileProblem::ofPattern(scores, 2); // M × M scores, 2:M
///     tile.rowSums[0] = 3; // now it is a transport problem of its own: validateTile() tells that the sums differ
struct TileProblem {
    static constexpr int maxSide = NmPattern::maxM; // rows and columns
    static constexpr double noCap = std::numeric_limits<double>::infinity();
    static constexpr double largest = 1e12; // magnitude of a score, sum or finite cap

    std::string name; // one line; may be empty
    std::string note; // one line: what it shows; may be empty
    Matrix<double> scores; // rows × cols; of either sign (a cost is a negative score)
    std::vector<double> rowSums; // ≥ 0, one for each row
    std::vector<double> colSums; // ≥ 0, one for each column
    Matrix<double> caps; // rows × cols; ≥ 0 or noCap

    int rows() const { return int(scores.rows()); }
    int cols() const { return int(scores.cols()); }

    /// All row and column sums n, all caps 1.
    static TileProblem ofPattern(Matrix<double> scores, int n);

    /// N:M where this is the problem of a transposable mask: square, all sums the same integer N in [1, M], all caps 1.
    std::optional<NmPattern> pattern() const;
    /// True where sums and caps are integers (or noCap): then some optimal plan is integral, too.
    bool isIntegral() const;

    /// The largest value that an entry can have: the least of its cap, its row sum and its column sum.
    double limit(int row, int col) const;
    /// Σ of the row sums.
    double total() const;

    /// Input error, naming the row, column or entry (counted from 1), unless sizes are in [1, maxSide] and agree, every
    /// number is finite (caps may be noCap) and at most `largest`, and sums and caps are not negative.
    Status validateNumbers() const;
    bool operator==(const TileProblem &other) const; // numbers and texts
};

} // namespace nms
