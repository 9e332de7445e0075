// SPDX-License-Identifier: Apache-2.0
#include "gpu/cuda/bench/transfer_rows.h"

#include "core/bench/timing.h"
#include "core/simd/half.h"
#include "core/sparsity/metrics.h"
#include "gpu/cuda/bench/solve_rows.h"

#include <algorithm>
#include <vector>

namespace nms::warp::bench {
namespace {

constexpr int repetitions = 3;

template <class Work> Result<double> timed(Work work)
{
    const double begun = nms::bench::secondsOf(nms::bench::Clock::Wall);
    if (const Status status = work(); !status)
        return fail(status.error());
    return nms::bench::secondsOf(nms::bench::Clock::Wall) - begun;
}

/// Time to copy `bytes` from pinned memory, 256 MiB at a time.
Result<double> linkSeconds(Machine &machine, std::int64_t bytes)
{
    const std::int64_t piece = std::min(bytes, std::int64_t(256) << 20);
    auto from = warp::HostBuffer<std::byte>::make(*machine.queue, piece);
    auto to = warp::Buffer<std::byte>::make(*machine.queue, piece);
    if (!from || !to)
        return fail(from ? to.error() : from.error());
    std::fill_n(from->data(), piece, std::byte(1));
    return nms::bench::medianSeconds(repetitions, [&] {
        return timed([&]() -> Status {
            for (std::int64_t done = 0; done < bytes; done += piece)
                if (const Status status =
                        machine.queue->startUpload(to->data(), from->data(), std::min(piece, bytes - done));
                    !status)
                    return status;
            return machine.queue->finish();
        });
    });
}

} // namespace

Result<bool> benchTransfers(Machine &machine, std::int64_t bytes, const Report &report)
{
    constexpr std::int64_t cols = 8192;
    constexpr std::int64_t pattern = 1024; // number of distinct rows, repeated
    const std::int64_t rows = bytes / (2 * cols);
    if (rows == 0)
        return true;
    SolveOptions options;
    options.pattern = {8, 16};
    options.method = provingMethod();
    const Result<std::unique_ptr<WeightsSolver>> solver = machine.backend->startWeights(options);
    if (!solver)
        return fail(solver.error());
    Result<HostMemory> pinned = (*solver)->takeMemory(rows * cols * 2);
    if (!pinned)
        return fail(pinned.error());

    auto *halves = reinterpret_cast<std::uint16_t *>(pinned->get());
    const Matrix<float> gaussian = gaussianWeights(std::min(rows, pattern), cols);
    floatToHalf({gaussian.data(), std::size_t(gaussian.size())}, {halves, std::size_t(gaussian.size())});
    for (std::int64_t row = gaussian.rows(); row < rows; ++row)
        std::copy_n(halves + row % pattern * cols, cols, halves + row * cols);
    const std::vector<std::uint16_t> pageable(halves, halves + rows * cols);

    const Result<double> link = linkSeconds(machine, rows * cols * 2);
    if (!link)
        return fail(link.error());
    bool right = true;
    for (const auto &[name, memory] :
         {std::pair{"pinned", static_cast<const std::uint16_t *>(halves)}, std::pair{"pageable", pageable.data()}}) {
        const WeightsView weights(reinterpret_cast<const std::byte *>(memory), WeightType::F16, rows, cols);
        Solution last;
        const Result<double> seconds = nms::bench::medianSeconds(repetitions, [&] {
            return timed([&]() -> Status {
                Result<Solution> solution = (*solver)->solve(weights, {});
                if (!solution)
                    return fail(solution.error());
                last = std::move(*solution);
                return {};
            });
        });
        if (!seconds)
            return fail(seconds.error());
        const bool fine = checkTransposable(last.mask, options.pattern).transposable() && last.totals().relativeGap == 0;
        report.write(TransferRow{name, rows * cols * 2, *link, *seconds, fine});
        right &= fine;
    }
    return right;
}

} // namespace nms::warp::bench
