// SPDX-License-Identifier: Apache-2.0
#include "tests/backend/test_scores.h"

#include <array>
#include <cmath>
#include <limits>

namespace nms::test {

std::uint64_t Random::bits()
{
    std::uint64_t z = m_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

double Random::uniform()
{
    return double(bits() >> 11) * 0x1p-53;
}

double Random::gaussian()
{
    double sum = -6;
    for (int k = 0; k < 12; ++k)
        sum += uniform();
    return sum;
}

Matrix<float> gaussianScores(std::int64_t rows, std::int64_t cols, std::uint64_t seed)
{
    Random random(seed);
    Matrix<float> scores(rows, cols);
    for (std::int64_t k = 0; k < scores.size(); ++k)
        scores.data()[k] = float(std::abs(random.gaussian()));
    return scores;
}

namespace {

/// 2×2 tiles with the entries value(random, i, j).
template <class Value> Matrix<float> filled(NmPattern pattern, Value value)
{
    Random random(11);
    Matrix<float> scores(2 * pattern.m, 2 * pattern.m);
    for (std::int64_t i = 0; i < scores.rows(); ++i)
        for (std::int64_t j = 0; j < scores.cols(); ++j)
            scores(i, j) = float(value(random, int(i), int(j)));
    return scores;
}

Matrix<float> allEqual(NmPattern pattern)
{
    return filled(pattern, [](Random &, int, int) { return 0.37; });
}

Matrix<float> allZero(NmPattern pattern)
{
    return filled(pattern, [](Random &, int, int) { return 0.0; });
}

Matrix<float> oneEntry(NmPattern pattern)
{
    return filled(pattern, [&](Random &, int i, int j) { return i % pattern.m == pattern.m - 1 && j % pattern.m == 0; });
}

Matrix<float> fewLevels(NmPattern pattern)
{
    return filled(pattern, [](Random &random, int, int) { return double(random.bits() % 3); });
}

Matrix<float> mostlyZero(NmPattern pattern)
{
    return filled(pattern, [](Random &random, int, int) { return random.bits() % 4 ? 0.0 : random.uniform(); });
}

Matrix<float> rankOne(NmPattern pattern)
{
    std::array<double, 2 * NmPattern::maxM> x, y;
    Random random(3);
    for (std::size_t k = 0; k < x.size(); ++k) {
        x[k] = random.uniform();
        y[k] = random.uniform();
    }
    return filled(pattern, [&](Random &, int i, int j) { return x[std::size_t(i)] * y[std::size_t(j)]; });
}

Matrix<float> permutationLike(NmPattern pattern)
{
    return filled(pattern, [&](Random &random, int i, int j) {
        return ((5 * i + 3 - j) % pattern.m + pattern.m) % pattern.m < pattern.n ? 1 + 1e-3 * random.uniform()
                                                                                 : 1e-3 * random.uniform();
    });
}

Matrix<float> wideRange(NmPattern pattern)
{
    return filled(pattern, [](Random &random, int, int) { return std::exp2(-30 * random.uniform()); });
}

Matrix<float> denormal(NmPattern pattern)
{
    return filled(pattern, [](Random &random, int, int) {
        return double(random.bits() % 1000) * double(std::numeric_limits<float>::denorm_min());
    });
}

Matrix<float> huge(NmPattern pattern)
{
    return filled(pattern, [](Random &random, int, int) {
        return double(std::numeric_limits<float>::max()) * (0.5 + 0.5 * random.uniform());
    });
}

/// Some rows and columns have far smaller scores than the rest: e^x of most of their entries underflows at first.
Matrix<float> weakRows(NmPattern pattern)
{
    return filled(pattern, [](Random &random, int i, int j) {
        return std::abs(random.gaussian()) * (i % 3 == 1 ? 1e-3 : 1.0) * (j % 4 == 2 ? 1e-2 : 1.0);
    });
}

/// One column has the largest scores of every row.
Matrix<float> contested(NmPattern pattern)
{
    return filled(pattern, [&](Random &random, int, int j) { return random.uniform() * (j % pattern.m == 0 ? 1.0 : 0.1); });
}

Matrix<float> raggedBoth(NmPattern pattern)
{
    return gaussianScores(2 * pattern.m + 1, pattern.m + (pattern.m + 1) / 2, 5);
}

Matrix<float> smallerThanATile(NmPattern pattern)
{
    return gaussianScores(1, pattern.m > 1 ? pattern.m - 1 : 1, 6);
}

constexpr std::array<HardScores, 14> hard = {{
    {"all equal", allEqual, false},
    {"all zero", allZero, false},
    {"one entry", oneEntry, false},
    {"few levels", fewLevels, false},
    {"mostly zero", mostlyZero, false},
    {"rank one", rankOne, false},
    {"permutation-like", permutationLike, true},
    {"wide range", wideRange, false},
    {"denormal", denormal, false},
    {"huge", huge, true},
    {"weak rows", weakRows, true},
    {"contested column", contested, true},
    {"ragged", raggedBoth, false},
    {"smaller than a tile", smallerThanATile, false},
}};

} // namespace

std::span<const HardScores> hardScores()
{
    return hard;
}

} // namespace nms::test
