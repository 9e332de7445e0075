// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/cut_cases.h"

#include "core/simd/half.h"
#include "core/tile/tile.h"
#include "tests/backend/cases.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace nms::test {

namespace {

/// Of every eleven tiles one is zero and two consist of ties only.
Matrix<float> mixedWeights(std::int64_t rows, std::int64_t cols, int m, std::uint64_t seed)
{
    Matrix<float> weights(rows, cols);
    Random random(seed);
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t col = 0; col < cols; ++col) {
            const std::int64_t kind = (col / m + 3 * (row / m)) % 11;
            const double value = kind == 7 ? 0 : kind == 3 || kind == 8 ? double(random.bits() % 4) - 1 : random.gaussian();
            weights(row, col) = halfToFloat(floatToHalf(float(value)));
        }
    return weights;
}

struct Tile {
    TileMask mask;
    TileResult result;
};

bool sameResult(const TileResult &a, const TileResult &b)
{
    const auto bits = [](double value) {
        return std::bit_cast<std::uint64_t>(value);
    };
    return bits(a.objective) == bits(b.objective) && bits(a.upperBound) == bits(b.upperBound) &&
        std::bit_cast<std::uint32_t>(a.residual) == std::bit_cast<std::uint32_t>(b.residual) &&
        a.iterations == b.iterations && a.converged == b.converged;
}

/// Whether a row or column of a tile may keep `kept` entries; `length` of its cells are inside the matrix.
bool isRightCount(int kept, Method method, bool isRow, NmPattern pattern, int length, bool ragged)
{
    if (method == Method::RowNm || method == Method::ColNm)
        return isRow != (method == Method::RowNm) || kept == std::min(pattern.n, length) || (ragged && kept <= pattern.n);
    return kept == pattern.n || ((ragged || method == Method::BiNm) && kept <= pattern.n);
}

/// Solves the tile at (row0, col0) as a matrix of its own, and checks the counts of its mask.
Tile aloneAt(const CutSolver &solve, Span2d<const float> weights, const SolveOptions &options, std::int64_t row0,
             std::int64_t col0, Checks &checks, const std::string &what)
{
    const int m = options.pattern.m;
    const int rows = int(std::min<std::int64_t>(m, weights.rows - row0)),
              cols = int(std::min<std::int64_t>(m, weights.cols - col0));
    SolveOptions oneThread = options;
    oneThread.threads = 1;
    const Result<Solution> solution = solve(weights.block(row0, col0, rows, cols), oneThread, 0);
    checks.expect(bool(solution), what + ": " + (solution ? "" : solution.error().line()));
    if (!solution)
        return {};
    const Tile tile{loadTile(solution->mask, solution->grid, 0), solution->tiles.front()};
    bool right = true;
    for (int i = 0; i < rows; ++i)
        right = right &&
            isRightCount(std::popcount(tile.mask.rows[std::size_t(i)]), options.method, true, options.pattern, cols,
                         rows < m || cols < m);
    for (int j = 0; j < cols; ++j) {
        int kept = 0;
        for (int i = 0; i < rows; ++i)
            kept += tile.mask.at(i, j);
        right = right && isRightCount(kept, options.method, false, options.pattern, rows, rows < m || cols < m);
    }
    checks.expect(right, what + ": wrong counts");
    return tile;
}

} // namespace

Result<Solution> solveHalves(SolverBackend &backend, Span2d<const float> weights, const SolveOptions &options)
{
    std::vector<std::uint16_t> halves(std::size_t(weights.rows * weights.cols));
    for (std::int64_t row = 0; row < weights.rows; ++row)
        floatToHalf(weights.row(row), std::span(halves).subspan(std::size_t(row * weights.cols), std::size_t(weights.cols)));
    const auto *bytes = reinterpret_cast<const std::byte *>(halves.data());
    return backend.solveWeights({bytes, WeightType::F16, weights.rows, weights.cols}, options, {});
}

void cutsDoNotMatter(const CutSolver &solve, const SolveOptions &options, int tileColumns, int step, Checks &checks)
{
    const int m = options.pattern.m;
    const std::int64_t rows = m + (m + 1) / 2;
    const Matrix<float> weights =
        mixedWeights(rows, std::int64_t(tileColumns) * m, m, std::uint64_t(64 * m + options.pattern.n));
    const std::string what = label(options, "mixed");
    std::vector<Tile> alone[2]; // index: row of tiles, then column
    for (int col = 0; col < tileColumns; ++col)
        for (int row = 0; row < 2; ++row)
            alone[row].push_back(aloneAt(solve, weights.span(), options, row * m, col * m, checks, what));

    std::uint64_t sizes = 0x9e3779b97f4a7c15U;
    for (int tileCols = 1; tileCols <= tileColumns; tileCols += step) {
        const int missing = tileCols % 3 == 0 ? 0 : (5 * tileCols) % m;
        const std::int64_t cols = std::int64_t(tileCols) * m - missing;
        sizes = sizes * 6364136223846793005U + 1442695040888963407U;
        const std::int64_t blockTiles = std::int64_t(sizes >> 33) % (2 * tileCols) + 1;
        SolveOptions cut = options;
        cut.threads = tileCols % 3 + 1;
        const std::string where =
            what + ", " + std::to_string(rows) + " x " + std::to_string(cols) + ", blocks of " + std::to_string(blockTiles);
        const Span2d<const float> part = weights.span().block(0, 0, rows, cols);
        const Result<Solution> solution = solve(part, cut, blockTiles);
        checks.expect(bool(solution), where + ": " + (solution ? "" : solution.error().line()));
        if (!solution || std::int64_t(solution->tiles.size()) != solution->grid.count())
            continue;
        std::int64_t wrong = 0, first = -1;
        for (std::int64_t tile = 0; tile < solution->grid.count(); ++tile) {
            const std::int64_t row = solution->grid.rowOf(tile), col = solution->grid.colOf(tile);
            const bool ragged = missing > 0 && col + 1 == tileCols;
            const Tile expected =
                ragged ? aloneAt(solve, part, options, row * m, col * m, checks, where) : alone[row][std::size_t(col)];
            if (loadTile(solution->mask, solution->grid, tile).rows != expected.mask.rows ||
                !sameResult(solution->tiles[std::size_t(tile)], expected.result)) {
                first = wrong == 0 ? tile : first;
                ++wrong;
            }
        }
        checks.expect(wrong == 0,
                      where + ": " + std::to_string(wrong) + " tiles differ from themselves alone, first " +
                          std::to_string(first));
        for (std::int64_t row = 0; cols % 64 != 0 && row < rows; ++row)
            checks.expect(solution->mask.row64(row).back() >> (cols % 64) == 0, where + ": bits behind the last column");
    }
}

void ranksDoNotDependOnCuts(const CutSolver &solve, NmPattern pattern, std::int64_t cols, Checks &checks)
{
    constexpr std::int64_t rows = 7;
    const Matrix<float> weights = mixedWeights(rows, cols, 5, 11);
    SolveOptions options = optionsFor(Method::Unstructured, pattern);
    for (std::int64_t width = 1; width <= cols; ++width) {
        const Span2d<const float> part = weights.span().block(0, 0, rows, width);
        std::vector<std::int64_t> order(std::size_t(rows * width));
        std::iota(order.begin(), order.end(), 0);
        const auto score = [&](std::int64_t cell) {
            return std::abs(part(cell / width, cell % width));
        };
        std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return score(a) > score(b); });
        order.resize(std::size_t(rows * width * pattern.n / pattern.m));
        options.threads = int(width % 3) + 1;
        const Result<Solution> solution = solve(part, options, width % 13 + 1);
        const std::string what = label(options, "mixed") + ", " + std::to_string(width) + " columns";
        checks.expect(bool(solution), what + ": " + (solution ? "" : solution.error().line()));
        if (!solution)
            continue;
        const auto keeps = [&](std::int64_t cell) {
            return solution->mask.at(cell / width, cell % width);
        };
        checks.expect(solution->mask.kept() == std::int64_t(order.size()) && std::all_of(order.begin(), order.end(), keeps),
                      what + ": keeps others than the largest");
        std::vector<double> kept(solution->tiles.size());
        for (const std::int64_t cell : order)
            kept[std::size_t(solution->grid.index(cell / width / pattern.m, cell % width / pattern.m))] +=
                double(score(cell));
        for (std::size_t tile = 0; tile < kept.size(); ++tile)
            checks.expect(std::abs(solution->tiles[tile].objective - kept[tile]) <= 1e-12 * kept[tile],
                          what + ": objective of tile " + std::to_string(tile));
    }
}

} // namespace nms::test
