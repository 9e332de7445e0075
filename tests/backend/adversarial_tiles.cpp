// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/adversarial_tiles.h"

#include <cmath>
#include <cstdlib>
#include <limits>

namespace nms::test {

namespace {

/// The position of an entry in one tile. x and y are random numbers, one for each row and column.
struct TileEntry {
    NmPattern pattern;
    int i, j;
    double x, y;
};

using Entry = double (*)(Random &random, const TileEntry &at);

constexpr Entry adversaries[] = {
    [](Random &, const TileEntry &) { return 0.37; },
    [](Random &random, const TileEntry &) { return double(random.bits() % 2); },
    [](Random &random, const TileEntry &) { return double(random.bits() % 16); },
    [](Random &random, const TileEntry &at) { return at.x * at.y + 1e-6 * double(random.bits() % 2); },
    [](Random &, const TileEntry &at) { return at.x * at.y; },
    [](Random &, const TileEntry &at) { return at.x + at.y; }, // every mask is optimal, except for rounding
    [](Random &random, const TileEntry &at) {
        const int m = at.pattern.m, diagonal = ((5 * at.i + 3 - at.j) % m + m) % m;
        return (diagonal < at.pattern.n ? 1.0 : 0.0) + 1e-3 * random.uniform();
    },
    [](Random &random, const TileEntry &) { return std::exp2(-30 * random.uniform()); },
    [](Random &random, const TileEntry &) { return std::exp2(-double(random.bits() % 31)); },
    [](Random &random, const TileEntry &) { return random.bits() % 4 ? 0.0 : random.uniform(); },
    [](Random &random, const TileEntry &at) { return at.i % 3 && at.j % 3 ? random.uniform() : 0.0; },
    [](Random &, const TileEntry &) { return 0.0; },
    [](Random &random, const TileEntry &) {
        return double(random.bits() % 1000) * double(std::numeric_limits<float>::denorm_min());
    },
    [](Random &random, const TileEntry &) {
        return double(std::numeric_limits<float>::max()) * (0.5 + 0.5 * random.uniform());
    },
    [](Random &random, const TileEntry &at) { return random.uniform() * (at.j == 0 ? 1.0 : 0.01) * (at.i == 1 ? 10 : 1); },
    [](Random &random, const TileEntry &at) { return at.i < at.pattern.m / 2 ? random.uniform() : 1e-5 * random.uniform(); },
};

} // namespace

Matrix<float> adversarialTiles(NmPattern pattern, int tiles, Random &random)
{
    const int m = pattern.m;
    Matrix<float> scores(m, std::int64_t(m) * tiles);
    for (int tile = 0; tile < tiles; ++tile) {
        const Entry adversary = adversaries[random.bits() % std::size(adversaries)];
        std::vector<double> x, y;
        for (int k = 0; k < m; ++k) {
            x.push_back(random.uniform());
            y.push_back(random.uniform());
        }
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < m; ++j) {
                const TileEntry at = {pattern, i, j, x[std::size_t(i)], y[std::size_t(j)]};
                scores(i, std::int64_t(tile) * m + j) =
                    float(tile % 2 ? adversary(random, at) : std::abs(random.gaussian()));
            }
    }
    return scores;
}

std::vector<NmPattern> exactPatterns()
{
    return {{1, 1},  {1, 3},  {2, 3},  {1, 4},   {2, 4},   {3, 4},  {2, 5},   {3, 7},  {4, 8},   {1, 8},   {7, 8},  {5, 12},
            {8, 16}, {4, 16}, {1, 16}, {15, 16}, {16, 16}, {9, 20}, {16, 32}, {8, 32}, {31, 32}, {20, 48}, {32, 64}};
}

int exactTiles(NmPattern pattern)
{
    const char *wanted = std::getenv("NMS_EXHAUSTIVE");
    const bool exhaustive = wanted && *wanted && *wanted != '0';
    const int m = pattern.m;
    return exhaustive ? (m > 32 ? 10'000 : 100'000) : m > 32 ? 100 : m > 16 ? 500 : 2'000;
}

} // namespace nms::test
