// SPDX-License-Identifier: Apache-2.0
#include "tests/session/session_support.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <thread>

namespace nms::test {

std::shared_ptr<const Matrix<float>> randomScore(std::int64_t rows, std::int64_t cols, std::uint32_t seed)
{
    auto score = std::make_shared<Matrix<float>>(rows, cols);
    std::minstd_rand random(seed);
    std::generate_n(score->data(), score->size(), [&] { return float(random() % 65536) / 65536; });
    return score;
}

SolveOptions optionsFor(Method method, int n, int m, int iterations)
{
    SolveOptions options;
    options.pattern = {n, m};
    options.method = method;
    options.iterations = iterations;
    return options;
}

bool eventually(const std::function<bool()> &condition)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

bool sameStats(const IterationStats &a, const IterationStats &b, bool withSeconds)
{
    const auto same = [](double x, double y) {
        return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
    };
    return a.iteration == b.iteration && a.stage == b.stage && same(a.rowResidual, b.rowResidual) &&
        same(a.columnResidual, b.columnResidual) && same(a.capacityResidual, b.capacityResidual) &&
        same(a.meanResidual, b.meanResidual) && same(a.objective, b.objective) && same(a.upperBound, b.upperBound) &&
        same(a.entropy, b.entropy) && a.fractional == b.fractional && a.openTiles == b.openTiles &&
        (!withSeconds || same(a.seconds, b.seconds));
}

bool sameBits(const Snapshot &a, const Snapshot &b)
{
    static_assert(sizeof(TileStats) == 4 * sizeof(float)); // no padding to compare
    const auto same = [](const auto *x, const auto *y, std::size_t count) {
        return count == 0 || std::memcmp(x, y, count * sizeof(*x)) == 0;
    };
    return a.iteration == b.iteration && sameStats(a.stats, b.stats) && a.grid == b.grid && a.region == b.region &&
        a.plan.rows() == b.plan.rows() && a.plan.cols() == b.plan.cols() &&
        same(a.plan.data(), b.plan.data(), std::size_t(a.plan.size())) && a.potentials.size() == b.potentials.size() &&
        same(a.potentials.data(), b.potentials.data(), a.potentials.size()) && a.tiles.size() == b.tiles.size() &&
        same(a.tiles.data(), b.tiles.data(), a.tiles.size());
}

} // namespace nms::test
