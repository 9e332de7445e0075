// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_problem.h"

#include "core/base/number_text.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nms {

namespace {

constexpr const char *where = "tile";

std::string entryName(int row, int col)
{
    return "row " + std::to_string(row + 1) + ", column " + std::to_string(col + 1);
}

bool isInteger(double value)
{
    return std::floor(value) == value;
}

/// What is wrong with a number of the problem; empty if nothing is.
std::string problemOf(double value, bool mayBeNegative)
{
    if (!std::isfinite(value))
        return "is not a finite number";
    if (std::abs(value) > TileProblem::largest)
        return "is larger than " + formatNumber(TileProblem::largest);
    if (!mayBeNegative && value < 0)
        return "is negative";
    return {};
}

Status checkSums(const char *noun, const std::vector<double> &sums)
{
    for (std::size_t k = 0; k < sums.size(); ++k)
        if (const std::string problem = problemOf(sums[k], false); !problem.empty())
            return fail(ErrorKind::Input, where,
                        "the sum of " + std::string(noun) + " " + std::to_string(k + 1) + " " + problem,
                        "give a number of at least 0");
    return {};
}

bool areEqual(const Matrix<double> &a, const Matrix<double> &b)
{
    return a.rows() == b.rows() && a.cols() == b.cols() && std::equal(a.data(), a.data() + a.size(), b.data());
}

} // namespace

TileProblem TileProblem::ofPattern(Matrix<double> scores, int n)
{
    TileProblem tile;
    tile.rowSums.assign(std::size_t(scores.rows()), n);
    tile.colSums.assign(std::size_t(scores.cols()), n);
    tile.caps = Matrix<double>(scores.rows(), scores.cols());
    std::fill_n(tile.caps.data(), tile.caps.size(), 1.0);
    tile.scores = std::move(scores);
    return tile;
}

std::optional<NmPattern> TileProblem::pattern() const
{
    if (rows() != cols() || rows() < 1 || rowSums.empty())
        return {};
    const double n = rowSums.front();
    const auto isN = [n](double value) {
        return value == n;
    };
    if (n < 1 || n > rows() || !isInteger(n) || !std::all_of(rowSums.begin(), rowSums.end(), isN) ||
        !std::all_of(colSums.begin(), colSums.end(), isN) ||
        !std::all_of(caps.data(), caps.data() + caps.size(), [](double cap) { return cap == 1; }))
        return {};
    return NmPattern{int(n), rows()};
}

bool TileProblem::isIntegral() const
{
    return std::all_of(rowSums.begin(), rowSums.end(), isInteger) &&
        std::all_of(colSums.begin(), colSums.end(), isInteger) &&
        std::all_of(caps.data(), caps.data() + caps.size(), isInteger); // true of infinity
}

double TileProblem::limit(int row, int col) const
{
    return std::min({caps(row, col), rowSums[std::size_t(row)], colSums[std::size_t(col)]});
}

double TileProblem::total() const
{
    return std::accumulate(rowSums.begin(), rowSums.end(), 0.0);
}

Status TileProblem::validateNumbers() const
{
    if (rows() < 1 || cols() < 1 || rows() > maxSide || cols() > maxSide)
        return fail(ErrorKind::Input, where, "is " + std::to_string(rows()) + " × " + std::to_string(cols()),
                    "a tile has 1 to " + std::to_string(maxSide) + " rows and columns");
    if (int(rowSums.size()) != rows() || int(colSums.size()) != cols())
        return fail(ErrorKind::Input, where,
                    "has " + std::to_string(rows()) + " rows and " + std::to_string(cols()) + " columns, but " +
                        std::to_string(rowSums.size()) + " row sums and " + std::to_string(colSums.size()) + " column sums",
                    "give one sum for each row and each column");
    if (caps.rows() != scores.rows() || caps.cols() != scores.cols())
        return fail(ErrorKind::Input, where, "has caps of another size than its scores", "give one cap for each entry");
    if (const Status sums = checkSums("row", rowSums); !sums)
        return sums;
    if (const Status sums = checkSums("column", colSums); !sums)
        return sums;
    for (int row = 0; row < rows(); ++row)
        for (int col = 0; col < cols(); ++col) {
            if (const std::string problem = problemOf(scores(row, col), true); !problem.empty())
                return fail(ErrorKind::Input, where, "the score in " + entryName(row, col) + " " + problem,
                            "give a finite number");
            const double cap = caps(row, col);
            if (const std::string problem = problemOf(cap, false); cap != noCap && !problem.empty())
                return fail(ErrorKind::Input, where, "the cap of " + entryName(row, col) + " " + problem,
                            "give a number of at least 0, or inf for no cap");
        }
    return {};
}

bool TileProblem::operator==(const TileProblem &other) const
{
    return name == other.name && note == other.note && rowSums == other.rowSums && colSums == other.colSums &&
        areEqual(scores, other.scores) && areEqual(caps, other.caps);
}

} // namespace nms
