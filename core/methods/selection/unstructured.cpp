// SPDX-License-Identifier: Apache-2.0
#include "core/methods/selection/unstructured.h"

#include "core/base/parallel.h"
#include "core/methods/method.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <vector>

namespace nms {

namespace {

constexpr std::int64_t grainElements = 1 << 18;

/// Non-negative floats are ordered like their bit patterns; adding 0 turns −0 into 0.
std::uint32_t orderOf(float score)
{
    return std::bit_cast<std::uint32_t>(score + 0.0F);
}

using Histogram = std::vector<std::int64_t>;

/// The number of scores with each value of `digit`, among those for which `counts` is true.
template <class Counts, class Digit>
bool histogram(Span2d<const float> score, int threads, const std::stop_token &stop, Counts counts, Digit digit,
               Histogram &out)
{
    out.assign(std::size_t(1) << 16, 0);
    std::mutex mutex;
    const std::int64_t grain = std::max<std::int64_t>(1, grainElements / std::max<std::int64_t>(1, score.cols));
    return parallelBlocks(score.rows, grain, threads, stop, [&](std::int64_t begin, std::int64_t end) {
        Histogram local(std::size_t(1) << 16);
        for (std::int64_t row = begin; row < end; ++row)
            for (const float value : score.row(row))
                if (const std::uint32_t bits = orderOf(value); counts(bits))
                    ++local[digit(bits)];
        const std::scoped_lock lock(mutex);
        for (std::size_t k = 0; k < local.size(); ++k)
            out[k] += local[k];
    });
}

/// The digit at which the cumulative count from the top reaches `wanted`; sets `wanted` to the number still wanted with
/// that digit.
std::uint32_t digitAt(const Histogram &counts, std::int64_t &wanted)
{
    std::size_t digit = counts.size() - 1;
    while (digit > 0 && counts[digit] < wanted)
        wanted -= counts[digit--];
    return std::uint32_t(digit);
}

} // namespace

bool keepLargest(Span2d<const float> score, NmPattern pattern, int threads, const std::stop_token &stop, Mask &out)
{
    std::int64_t wanted = pattern.shareOf(score.size());
    if (wanted == 0)
        return !stop.stop_requested();

    // A radix select: the upper sixteen bits of the smallest kept score, then its lower sixteen.
    Histogram counts;
    if (!histogram(
            score, threads, stop, [](std::uint32_t) { return true; }, [](std::uint32_t bits) { return bits >> 16; }, counts))
        return false;
    const std::uint32_t upper = digitAt(counts, wanted);
    if (!histogram(
            score, threads, stop, [&](std::uint32_t bits) { return bits >> 16 == upper; },
            [](std::uint32_t bits) { return bits & 0xffff; }, counts))
        return false;
    const std::uint32_t last = upper << 16 | digitAt(counts, wanted);

    for (std::int64_t row = 0; row < score.rows; ++row) { // in order: of equal scores the first `wanted` are kept
        if (stop.stop_requested())
            return false;
        const std::span<const float> values = score.row(row);
        const std::span<std::uint64_t> words = out.row64(row);
        for (std::size_t col = 0; col < values.size(); col += 64) {
            std::uint64_t above = 0, equal = 0;
            for (std::size_t k = 0; k < std::min<std::size_t>(64, values.size() - col); ++k) {
                const std::uint32_t bits = orderOf(values[col + k]);
                above |= std::uint64_t(bits > last) << k;
                equal |= std::uint64_t(bits == last) << k;
            }
            for (; equal && wanted > 0; equal &= equal - 1, --wanted)
                above |= equal & (0 - equal);
            words[col / 64] = above;
        }
    }
    return true;
}

const MethodTraits unstructuredTraits = {.method = Method::Unstructured,
                                         .name = "unstructured",
                                         .title = "Unstructured",
                                         .takesWholeMatrix = true,
                                         .lines = MaskPromise::Lines::None};

} // namespace nms
