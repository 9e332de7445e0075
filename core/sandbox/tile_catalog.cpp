// SPDX-License-Identifier: Apache-2.0
#include "core/sandbox/tile_catalog.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <random>

namespace nms {

namespace {

using Group = CatalogTile::Group;

Matrix<double> gridOf(int rows, int cols, std::initializer_list<double> values)
{
    Matrix<double> grid(rows, cols);
    std::ranges::copy(values, grid.data());
    return grid;
}

template <class Score> Matrix<double> gridOf(int m, Score &&score)
{
    Matrix<double> grid(m, m);
    for (int row = 0; row < m; ++row)
        for (int col = 0; col < m; ++col)
            grid(row, col) = score(row, col);
    return grid;
}

TileProblem transportOf(Matrix<double> scores, std::vector<double> rowSums, std::vector<double> colSums, double cap)
{
    TileProblem tile = TileProblem::ofPattern(std::move(scores), 1);
    tile.rowSums = std::move(rowSums);
    tile.colSums = std::move(colSums);
    std::fill_n(tile.caps.data(), tile.caps.size(), cap);
    return tile;
}

TileProblem greedyFails()
{
    return TileProblem::ofPattern(gridOf(4, 4, {9, 8, 6, 6, 7, 6, 1, 1, 5, 7, 8, 6, 7, 7, 0, 1}), 2);
}

TileProblem greedyHalf()
{
    return TileProblem::ofPattern(gridOf(2, 2, {10, 9, 9, 0}), 1);
}

TileProblem allEqual()
{
    return TileProblem::ofPattern(gridOf(4, [](int, int) { return 5; }), 2);
}

TileProblem fewValues()
{
    return TileProblem::ofPattern(gridOf(8, [](int row, int col) { return 1 + (row * col + row + 2 * col) % 3; }), 4);
}

TileProblem rankOne()
{
    return TileProblem::ofPattern(gridOf(8, [](int row, int col) { return (8 - row) * (col + 1); }), 4);
}

TileProblem weakRows()
{
    TileProblem tile = randomTile(8, 4, 3);
    for (int row = 6; row < 8; ++row)
        for (int col = 0; col < 8; ++col)
            tile.scores(row, col) = std::round(tile.scores(row, col) * 100) / 10'000;
    return tile;
}

TileProblem fourColumns()
{
    return TileProblem::ofPattern(gridOf(8,
                                         [](int row, int col) {
                                             const int far = (row * 5 + col * 3) % 8;
                                             return col < 4 ? 20 + far : 1 + far;
                                         }),
                                  4);
}

TileProblem factories()
{
    return transportOf(gridOf(3, 4, {-10, -5, -6, -7, -8, -2, -7, -6, -9, -3, -4, -8}), {25, 25, 50}, {15, 20, 30, 35},
                       TileProblem::noCap);
}

TileProblem factoriesCapped()
{
    TileProblem tile = factories();
    std::fill_n(tile.caps.data(), tile.caps.size(), 15.0);
    return tile;
}

TileProblem assignment()
{
    return TileProblem::ofPattern(gridOf(4, 4, {8, 7, 9, 9, 5, 2, 7, 8, 6, 1, 4, 9, 2, 3, 2, 6}), 1);
}

TileProblem uneven()
{
    TileProblem tile = randomTile(6, 1, 6);
    for (std::int64_t k = 0; k < tile.scores.size(); ++k)
        tile.scores.data()[k] = std::round(10 * tile.scores.data()[k]);
    tile.rowSums = {1, 2, 3, 3, 4, 5};
    tile.colSums = {5, 4, 3, 3, 2, 1};
    tile.caps = gridOf(6, [](int row, int col) { return row == col ? 2 : 1; });
    return tile;
}

constexpr CatalogTile catalog[] = {
    {"random-4:8", "Random 4:8", "Magnitudes of Gaussian numbers, as in a weight matrix without structure", "",
     Group::Random,
     [] {
         return randomTile(8, 4, 1);
     }},
    {"random-8:16", "Random 8:16", "Magnitudes of Gaussian numbers at the pattern that the program starts with", "",
     Group::Random,
     [] {
         return randomTile(16, 8, 1);
     }},
    {"random-16:32", "Random 16:32", "A larger tile: the gaps of all methods are smaller here", "", Group::Random,
     [] {
         return randomTile(32, 16, 1);
     }},
    {"greedy-2:4", "Greedy gets stuck",
     "Greedy selection keeps 7 entries with a sum of 41 and finds no place for the eighth; the optimum keeps 8 with 53", "",
     Group::Adversarial, greedyFails},
    {"greedy-half", "Greedy keeps half",
     "Taking the 10 first costs both 9s: greedy selection can lose almost half of the optimum, and never more",
     "Hubara et al. 2021", Group::Adversarial, greedyHalf},
    {"ties", "All scores equal", "Every 2:4 mask is optimal, all 90 of them; the plan stays at one half everywhere", "",
     Group::Adversarial, allEqual},
    {"few-values", "Many ties", "Scores of three different values: many masks are equally good, and plans stay fractional",
     "", Group::Adversarial, fewValues},
    {"rank-one", "Rank one", "Scores are products of a row and a column factor: every row wants the same columns", "",
     Group::Adversarial, rankOne},
    {"weak-rows", "Weak rows", "The last two rows are a hundred times smaller, but must keep as many entries as the others",
     "", Group::Adversarial, weakRows},
    {"strong-columns", "Strong columns",
     "Every row's best four entries are in the same four columns: N:M along the rows alone cannot be transposed", "",
     Group::Adversarial, fourColumns},
    {"assignment", "Assignment", "One entry for each row and column: who does which job", "a problem as in Kuhn 1955",
     Group::Classic, assignment},
    {"factories", "Factories and cities",
     "What three factories make goes to four cities at the least cost: transport without caps",
     "a problem as in Hitchcock 1941", Group::Classic, factories},
    {"factories-capped", "Factories with full roads", "The same, but no road carries more than 15: the caps change the plan",
     "", Group::Classic, factoriesCapped},
    {"uneven", "Uneven sums and caps", "Sums from 1 to 5, and a cap of 2 on the diagonal: integers lead to an integral plan",
     "", Group::Classic, uneven},
    {"capped-1.5", "Capped transport, \u03b8 = 3/2",
     "Uniform densities, squared distance, at most 3/2 of the uniform plan: the optimum is 0 or full in every entry",
     "Korman and McCann 2013; Benamou et al. 2015", Group::Classic,
     [] {
         return cappedLineTile(24, 1.5);
     }},
    {"capped-2", "Capped transport, \u03b8 = 2",
     "Uniform densities, squared distance, at most twice the uniform plan: the optimum is 0 or full in every entry",
     "Korman and McCann 2013; Benamou et al. 2015", Group::Classic,
     [] {
         return cappedLineTile(24, 2);
     }},
    {"capped-3", "Capped transport, \u03b8 = 3",
     "Uniform densities, squared distance, at most three times the uniform plan: the optimum is 0 or full in every entry",
     "Korman and McCann 2013; Benamou et al. 2015", Group::Classic,
     [] {
         return cappedLineTile(24, 3);
     }},
};

} // namespace

std::span<const CatalogTile> tileCatalog()
{
    return catalog;
}

std::optional<TileProblem> builtInTile(std::string_view id)
{
    const auto found = std::ranges::find(catalog, id, &CatalogTile::id);
    if (found == std::end(catalog))
        return {};
    TileProblem tile = found->make();
    tile.name = found->title;
    tile.note = found->sentence;
    if (!found->source.empty())
        tile.note += " (" + std::string(found->source) + ")";
    return tile;
}

TileProblem randomTile(int m, int n, std::uint64_t seed)
{
    std::mt19937_64 bits(seed); // the standard fixes what it returns, but not what its distributions do
    const auto uniform = [&] {
        return (double(bits() >> 11) + 0.5) * 0x1p-53;
    };
    return TileProblem::ofPattern(gridOf(m,
                                         [&](int, int) {
                                             const double radius = std::sqrt(-2 * std::log(uniform()));
                                             const double normal = radius * std::cos(2 * std::numbers::pi * uniform());
                                             return std::round(100 * std::abs(normal)) / 100;
                                         }),
                                  n);
}

TileProblem cappedLineTile(int points, double theta)
{
    const double farthest = (points - 1) * (points - 1);
    Matrix<double> scores = gridOf(points, [&](int row, int col) { return farthest - (row - col) * (row - col); });
    const std::vector<double> sums(std::size_t(points), points);
    return transportOf(std::move(scores), sums, sums, theta);
}

} // namespace nms
