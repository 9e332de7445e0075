// SPDX-License-Identifier: Apache-2.0
// e^x and ln x of a line of numbers, with the same bits on every processor.
#pragma once

#include "core/simd/reals.h"

namespace nms {

namespace {

/// Constants of e^x for |x| up to `largest`: x = k·ln 2 + r, a Taylor polynomial in r (|r| ≤ 0.347), and 2^k by adding k to
/// the exponent bits.
template <class T> struct Exponential;

template <> struct Exponential<double> { // degree 13: the next term is below 5·10⁻¹⁸
    static constexpr double largest = 600;
    static constexpr double roundToInteger = 0x1.8p52; // leaves an integer in the low bits
    static constexpr double ln2High = 0x1.62e42fefa0000p-1, ln2Low = 0x1.cf79abc9e3b39p-40;
    static constexpr int degree = 13;
};

template <> struct Exponential<float> { // degree 6: the next term is at most 1.2·10⁻⁷
    static constexpr float largest = 60;
    static constexpr float roundToInteger = 0x1.8p23F;
    static constexpr float ln2High = 0x1.63p-1F, ln2Low = -0x1.bd0106p-13F;
    static constexpr int degree = 6;
};

constexpr double inverseFactorial(int of)
{
    double product = 1;
    for (int k = 2; k <= of; ++k)
        product *= k;
    return 1 / product;
}

/// e^x to within one or two units in the last place. x is clamped to `largest`; below −`largest` the result is 0 (not a
/// denormal, which would slow loops down).
template <int W, class T> NMS_REALS Reals<W, T> exponential(Reals<W, T> x)
{
    using Line = Reals<W, T>;
    using Constants = Exponential<T>;
    constexpr T log2e = T(0x1.71547652b82fep0);
    const Line most = Line::all(Constants::largest), least = Line::all(-Constants::largest);
    const Line cut = max(min(x, most), least);
    const Line shifted = cut * Line::all(log2e) + Line::all(Constants::roundToInteger);
    const Line k = shifted - Line::all(Constants::roundToInteger);
    const Line r = (cut - k * Line::all(Constants::ln2High)) - k * Line::all(Constants::ln2Low);
    Line sum = Line::all(T(inverseFactorial(Constants::degree)));
    eachPlace<Constants::degree>([&](auto i) __attribute__((always_inline)) {
        constexpr T next = T(inverseFactorial(Constants::degree - 1 - int(decltype(i)())));
        sum = sum * r + Line::all(next);
    });
    return whereLess(x, least, Line::all(0), scaledByLowBits(sum, shifted));
}

/// ln x of positive normal numbers, to within one or two units in the last place: x = 2^k·f with f in [√½, √2), ln f =
/// 2·artanh z with z = (f − 1)/(f + 1), |z| ≤ 0.172, by its series up to z²¹ (the next term is below 10⁻¹⁷ of the first).
template <int W> NMS_REALS Reals<W> logarithm(Reals<W> x)
{
    using Line = Reals<W>;
    constexpr double ln2High = 0x1.62e42fefa0000p-1, ln2Low = 0x1.cf79abc9e3b39p-40;
    Line k;
    const Line f = mantissaAndExponent(x, k);
    const Line one = Line::all(1), z = (f - one) / (f + one), square = z * z;
    Line sum = Line::all(1.0 / 21);
    eachPlace<9>([&](auto i) __attribute__((always_inline)) { sum = sum * square + Line::all(1.0 / (19 - 2 * i)); });
    // 2z is added separately from the rest, which is at most a hundredth of it.
    const Line twice = z + z;
    return k * Line::all(ln2High) + (twice + (twice * (square * sum) + k * Line::all(ln2Low)));
}

} // namespace

} // namespace nms
