// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/many_rows.h"

#include "core/bench/timing.h"
#include "core/simd/half.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/bench/solve_rows.h"

#include <vector>

namespace nms::warp::bench {
namespace {

constexpr int repetitions = 5;
constexpr std::int64_t side = 1024;

using Solutions = std::vector<Result<Solution>>;

/// The median of the time that `work` takes to fill `out`.
template <class Work> Result<double> timed(Solutions &out, Work work)
{
    return nms::bench::medianSeconds(repetitions, [&]() -> Result<double> {
        const double begun = nms::bench::secondsOf(nms::bench::Clock::Wall);
        out = work();
        const double seconds = nms::bench::secondsOf(nms::bench::Clock::Wall) - begun;
        for (const Result<Solution> &one : out)
            if (!one)
                return fail(one.error());
        return seconds;
    });
}

} // namespace

Result<bool> benchMany(Machine &machine, int count, const Report &report)
{
    if (count == 0)
        return true;
    SolveOptions options;
    options.pattern = {8, 16};
    options.method = provingMethod();
    const Result<std::unique_ptr<WeightsSolver>> solver = machine.backend->startWeights(options);
    if (!solver)
        return fail(solver.error());
    const Result<HostMemory> pinned = (*solver)->takeMemory(count * side * side * 2);
    if (!pinned)
        return fail(pinned.error());
    auto *halves = reinterpret_cast<std::uint16_t *>(pinned->get());
    const Matrix<float> gaussian = gaussianWeights(side + count, side); // matrix k begins with row k
    std::vector<WeightsView> matrices;
    for (int k = 0; k < count; ++k) {
        std::uint16_t *matrix = halves + k * side * side;
        floatToHalf({gaussian.data() + k * side, std::size_t(side * side)}, {matrix, std::size_t(side * side)});
        matrices.emplace_back(reinterpret_cast<const std::byte *>(matrix), WeightType::F16, side, side);
    }

    Solutions each, together;
    const Result<double> separate = timed(each, [&] {
        Solutions solutions;
        for (const WeightsView &matrix : matrices)
            solutions.push_back((*solver)->solve(matrix, {}));
        return solutions;
    });
    if (!separate)
        return fail(separate.error());
    const Result<double> whole = timed(together, [&] { return (*solver)->solveAll(matrices, {}); });
    if (!whole)
        return fail(whole.error());
    bool right = true;
    for (std::size_t k = 0; k < matrices.size(); ++k)
        right &= each[k]->mask == together[k]->mask &&
            checkTransposable(together[k]->mask, options.pattern).transposable() && together[k]->totals().relativeGap == 0;
    report.write(ManyRow{count, side, *separate, *whole, right});
    return right;
}

} // namespace nms::warp::bench
