// SPDX-License-Identifier: Apache-2.0
// e^x and ln x of a line of doubles, the same bits for every processor.
#pragma once

#include "core/solver/tile/simd/reals.h"

namespace nms {

namespace {

constexpr double largestExponent = 600;

/// e^x to a unit or two in the last place, with x cut off at 600 and 0 below −600 (not a denormal, which would slow loops
/// down): x = k·ln 2 + r, a Taylor polynomial of degree 13 in r (|r| ≤ 0.347: the next term is below 5·10⁻¹⁸), 2^k by its
/// exponent bits.
template <int W> NMS_REALS Reals<W> exponential(Reals<W> x)
{
    using Line = Reals<W>;
    constexpr double roundToInteger = 0x1.8p52; // leaves an integer in the low bits
    constexpr double log2e = 0x1.71547652b82fep0, ln2High = 0x1.62e42fefa0000p-1, ln2Low = 0x1.cf79abc9e3b39p-40;
    constexpr double inverseFactorials[] = {
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
        1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       1.0 / 2,      1.0,         1.0};
    const Line most = Line::all(largestExponent), least = Line::all(-largestExponent);
    const Line cut = max(min(x, most), least);
    const Line shifted = cut * Line::all(log2e) + Line::all(roundToInteger);
    const Line k = shifted - Line::all(roundToInteger);
    const Line r = (cut - k * Line::all(ln2High)) - k * Line::all(ln2Low);
    Line sum = Line::all(inverseFactorials[0]);
    eachPlace<13>([&](auto i) __attribute__((always_inline)) { sum = sum * r + Line::all(inverseFactorials[i + 1]); });
    return whereLess(x, least, Line::all(0), scaledByLowBits(sum, shifted));
}

/// ln x of normal positive numbers, to a unit or two in the last place: x = 2^k·f with f in [√½, √2), ln f = 2·artanh z of
/// z = (f − 1)/(f + 1), |z| ≤ 0.172, by its series up to z²¹ (the next term is below 10⁻¹⁷ of the first).
template <int W> NMS_REALS Reals<W> logarithm(Reals<W> x)
{
    using Line = Reals<W>;
    constexpr double ln2High = 0x1.62e42fefa0000p-1, ln2Low = 0x1.cf79abc9e3b39p-40;
    Line k;
    const Line f = mantissaAndExponent(x, k);
    const Line one = Line::all(1), z = (f - one) / (f + one), square = z * z;
    Line sum = Line::all(1.0 / 21);
    eachPlace<9>([&](auto i) __attribute__((always_inline)) { sum = sum * square + Line::all(1.0 / (19 - 2 * i)); });
    // 2z apart from the rest, which is at most a hundredth of it
    const Line twice = z + z;
    return k * Line::all(ln2High) + (twice + (twice * (square * sum) + k * Line::all(ln2Low)));
}

} // namespace

} // namespace nms
