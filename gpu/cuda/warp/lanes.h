// SPDX-License-Identifier: Apache-2.0
// 32 values, one per lane of a warp. A routine written with WarpLanes compiles twice: for a CUDA device, where each thread
// holds the value of its own lane, and for the host, where all 32 are in an array.
//
// Values that are equal in all lanes have a plain type; values that differ are WarpLanes<T>. WarpLanes<bool> does not
// convert to bool, so a branch can only depend on uniform values, and the whole warp always reaches a collective operation
// (any, ballot, shuffle, sync).
#pragma once

#include <cstdint>
#include <type_traits>

#if defined(__CUDACC__)
#include "gpu/cuda/warp/lanes_device.h"
#else
#include "gpu/cuda/warp/lanes_host.h"
#endif

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

constexpr float largestFloat = 3.402823466e38F;
constexpr float leastNormal = 1.175494351e-38F;

/// Excludes an operand from template argument deduction, so that the right operand may be a uniform value.
template <class T> using Same = std::common_type_t<WarpLanes<T>>;

#define NMS_LANES_OPERATOR(sign, Answer)                                                                                    \
    template <class T> NMS_FN WarpLanes<Answer> operator sign(const WarpLanes<T> &a, const Same<T> &b)                      \
    {                                                                                                                       \
        return map([](T x, T y) { return static_cast<Answer>(x sign y); }, a, b);                                           \
    }
NMS_LANES_OPERATOR(+, T)
NMS_LANES_OPERATOR(-, T)
NMS_LANES_OPERATOR(*, T)
NMS_LANES_OPERATOR(/, T)
NMS_LANES_OPERATOR(%, T)
NMS_LANES_OPERATOR(&, T)
NMS_LANES_OPERATOR(|, T)
NMS_LANES_OPERATOR(^, T)
NMS_LANES_OPERATOR(<, bool)
NMS_LANES_OPERATOR(<=, bool)
NMS_LANES_OPERATOR(>, bool)
NMS_LANES_OPERATOR(>=, bool)
NMS_LANES_OPERATOR(==, bool)
NMS_LANES_OPERATOR(!=, bool)
#undef NMS_LANES_OPERATOR

template <class T> NMS_FN WarpLanes<T> operator-(const WarpLanes<T> &a)
{
    return map([](T x) { return static_cast<T>(-x); }, a);
}
template <class T> NMS_FN WarpLanes<T> operator~(const WarpLanes<T> &a)
{
    return map([](T x) { return static_cast<T>(~x); }, a);
}
NMS_FN WarpLanes<bool> operator!(const WarpLanes<bool> &a)
{
    return map([](bool x) { return !x; }, a);
}

template <class T> NMS_FN WarpLanes<T> select(const WarpLanes<bool> &which, const WarpLanes<T> &yes, const Same<T> &no)
{
    return map([](bool w, T y, T n) { return w ? y : n; }, which, yes, no);
}
template <class T> NMS_FN WarpLanes<T> smaller(const WarpLanes<T> &a, const Same<T> &b)
{
    return map([](T x, T y) { return leastOf(x, y); }, a, b);
}
template <class T> NMS_FN WarpLanes<T> larger(const WarpLanes<T> &a, const Same<T> &b)
{
    return map([](T x, T y) { return greatestOf(x, y); }, a, b);
}
template <class T> NMS_FN void assign(WarpLanes<T> &to, const WarpLanes<bool> &where, const Same<T> &value)
{
    to = select(where, WarpLanes<T>(value), to);
}
template <class To, class From> NMS_FN WarpLanes<To> to(const WarpLanes<From> &a)
{
    return map([](From x) { return static_cast<To>(x); }, a);
}

/// a · b + c, rounded once.
NMS_FN WarpLanes<float> fusedMultiplyAdd(const WarpLanes<float> &a, const WarpLanes<float> &b, const WarpLanes<float> &c)
{
    return map([](float x, float y, float z) { return fmaOf(x, y, z); }, a, b, c);
}
/// a / b with an error of at most 2 units in the last place; |b| < 2^126.
NMS_FN WarpLanes<float> quotient(const WarpLanes<float> &a, const WarpLanes<float> &b)
{
    return map([](float x, float y) { return divide(x, y); }, a, b);
}
/// 2^x for −126 ≤ x < 128, relative error below 2^−21.
NMS_FN WarpLanes<float> exp2(const WarpLanes<float> &a)
{
    return map([](float x) { return exp2Of(x); }, a);
}
/// log₂ x of a normal x > 0.
NMS_FN WarpLanes<float> log2(const WarpLanes<float> &a)
{
    return map([](float x) { return log2Of(x); }, a);
}
/// 2^e for −126 ≤ e ≤ 127, exact.
NMS_FN WarpLanes<float> powerOfTwo(const WarpLanes<int> &e)
{
    return map([](int x) { return floatOfBits(std::uint32_t(x + 127) << 23); }, e);
}
/// ⌊log₂ x⌋ of a normal x > 0.
NMS_FN WarpLanes<int> exponentOfNormal(const WarpLanes<float> &a)
{
    return map([](float x) { return int(bitsOfFloat(x) >> 23) - 127; }, a);
}
/// ⌊log₂ x⌋ of a finite x > 0, which may be denormal.
NMS_FN WarpLanes<int> exponentOf(const WarpLanes<float> &a)
{
    const WarpLanes<bool> normal = a >= leastNormal;
    return exponentOfNormal(select(normal, a, a * 16777216.0F)) - select(normal, WarpLanes<int>(0), 24);
}
/// x · 2^e, −252 ≤ e ≤ 254; rounded at most once, if the result is denormal.
NMS_FN WarpLanes<float> scaledBy(const WarpLanes<float> &x, const WarpLanes<int> &e)
{
    const WarpLanes<int> half = map([](int k) { return k >> 1; }, e);
    return x * powerOfTwo(half) * powerOfTwo(e - half);
}
/// 2^e in double for −1022 ≤ e ≤ 1023, exact.
NMS_FN WarpLanes<double> widePowerOfTwo(const WarpLanes<int> &e)
{
    return map([](int x) { return doubleOfBits(std::uint64_t(x + 1023) << 52); }, e);
}
NMS_FN WarpLanes<float> nearestInteger(const WarpLanes<float> &a)
{
    return map([](float x) { return roundOf(x); }, a);
}

template <class Bits> NMS_FN WarpLanes<int> countOnes(const WarpLanes<Bits> &a)
{
    return map([](Bits x) { return onesOf(x); }, a);
}
/// Index of the lowest set bit; 0 if there is none.
template <class Bits> NMS_FN WarpLanes<int> lowestOne(const WarpLanes<Bits> &a)
{
    return map([](Bits x) { return x == 0 ? 0 : trailingZerosOf(x); }, a);
}
/// The word with only bit `index` set; for an index outside of the word (a lane without one) any single bit.
template <class Bits> NMS_FN WarpLanes<Bits> bit(const WarpLanes<int> &index)
{
    constexpr unsigned last = 8 * sizeof(Bits) - 1;
    return map([](int i) { return static_cast<Bits>(Bits(1) << (unsigned(i) & last)); }, index);
}
template <class Bits> NMS_FN WarpLanes<bool> hasBit(const WarpLanes<Bits> &word, const WarpLanes<int> &index)
{
    return map([](Bits w, int i) { return (w >> i & 1) != 0; }, word, index);
}

/// The word with the bits up to and including `index`.
template <class Bits> NMS_FN WarpLanes<Bits> bitsUpTo(const WarpLanes<int> &index)
{
    return map([](int i) { return static_cast<Bits>((Bits(2) << i) - 1); }, index);
}

/// Integers stored in the float words of shared memory.
NMS_FN WarpLanes<int> loadInt(const Shared &words, const WarpLanes<int> &index)
{
    return map([](float x) { return int(bitsOfFloat(x)); }, words.load(index));
}
NMS_FN void storeInt(Shared &words, const WarpLanes<int> &index, const WarpLanes<int> &value)
{
    words.store(index, map([](int x) { return floatOfBits(std::uint32_t(x)); }, value));
}

/// Pairs stored there likewise.
NMS_FN WarpLanes<Pair> loadPair(const Shared &words, const WarpLanes<int> &index)
{
    return map([](float x) { return pairOfWord(bitsOfFloat(x)); }, words.load(index));
}
NMS_FN void storePair(Shared &words, const WarpLanes<int> &index, const WarpLanes<Pair> &value)
{
    words.store(index, map([](Pair x) { return floatOfBits(wordOf(x)); }, value));
}

/// Sum over all 32 lanes, in one fixed order; every lane gets it.
template <class T> NMS_FN WarpLanes<T> sumOfWarp(WarpLanes<T> value)
{
    NMS_UNROLL
    for (int step = 16; step > 0; step /= 2)
        value = value + shuffleXor(value, step);
    return value;
}
template <class T> NMS_FN WarpLanes<T> greatestOfWarp(WarpLanes<T> value)
{
    NMS_UNROLL
    for (int step = 16; step > 0; step /= 2)
        value = larger(value, shuffleXor(value, step));
    return value;
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
