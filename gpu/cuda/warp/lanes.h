// SPDX-License-Identifier: Apache-2.0
// 32 values side by side, one per lane of a warp. A routine written over Lanes compiles twice: for a CUDA device, where
// each thread holds its own lane, and for the host, where all 32 stand in an array.
//
// What is the same in all lanes has a plain type, what differs is Lanes<T>. Lanes<bool> does not convert to bool, so a
// branch can only depend on uniform values: collectives (any, ballot, shuffle, sync) are reached by the whole warp by
// construction.
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

/// Keeps an operand out of deduction, so that a uniform value may stand on the right of an operator.
template <class T> using Same = std::common_type_t<Lanes<T>>;

#define NMS_LANES_OPERATOR(sign, Answer)                                                                                    \
    template <class T> NMS_FN Lanes<Answer> operator sign(const Lanes<T> &a, const Same<T> &b)                              \
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

template <class T> NMS_FN Lanes<T> operator-(const Lanes<T> &a)
{
    return map([](T x) { return static_cast<T>(-x); }, a);
}
template <class T> NMS_FN Lanes<T> operator~(const Lanes<T> &a)
{
    return map([](T x) { return static_cast<T>(~x); }, a);
}
NMS_FN Lanes<bool> operator!(const Lanes<bool> &a)
{
    return map([](bool x) { return !x; }, a);
}

template <class T> NMS_FN Lanes<T> select(const Lanes<bool> &which, const Lanes<T> &yes, const Same<T> &no)
{
    return map([](bool w, T y, T n) { return w ? y : n; }, which, yes, no);
}
template <class T> NMS_FN Lanes<T> smaller(const Lanes<T> &a, const Same<T> &b)
{
    return map([](T x, T y) { return leastOf(x, y); }, a, b);
}
template <class T> NMS_FN Lanes<T> larger(const Lanes<T> &a, const Same<T> &b)
{
    return map([](T x, T y) { return greatestOf(x, y); }, a, b);
}
template <class T> NMS_FN void assign(Lanes<T> &to, const Lanes<bool> &where, const Same<T> &value)
{
    to = select(where, Lanes<T>(value), to);
}
template <class To, class From> NMS_FN Lanes<To> to(const Lanes<From> &a)
{
    return map([](From x) { return static_cast<To>(x); }, a);
}

/// a · b + c, rounded once.
NMS_FN Lanes<float> fusedMultiplyAdd(const Lanes<float> &a, const Lanes<float> &b, const Lanes<float> &c)
{
    return map([](float x, float y, float z) { return fmaOf(x, y, z); }, a, b, c);
}
/// a / b to within 2 units in the last place; |b| < 2^126.
NMS_FN Lanes<float> quotient(const Lanes<float> &a, const Lanes<float> &b)
{
    return map([](float x, float y) { return divide(x, y); }, a, b);
}
/// 2^x for −126 ≤ x < 128, relative error below 2^−21.
NMS_FN Lanes<float> exp2(const Lanes<float> &a)
{
    return map([](float x) { return exp2Of(x); }, a);
}
/// log₂ x of a normal x > 0.
NMS_FN Lanes<float> log2(const Lanes<float> &a)
{
    return map([](float x) { return log2Of(x); }, a);
}
/// 2^e for −126 ≤ e ≤ 127, exact.
NMS_FN Lanes<float> powerOfTwo(const Lanes<int> &e)
{
    return map([](int x) { return floatOfBits(std::uint32_t(x + 127) << 23); }, e);
}
/// ⌊log₂ x⌋ of a normal x > 0.
NMS_FN Lanes<int> exponentOfNormal(const Lanes<float> &a)
{
    return map([](float x) { return int(bitsOfFloat(x) >> 23) - 127; }, a);
}
/// ⌊log₂ x⌋ of a finite x > 0, denormal or not.
NMS_FN Lanes<int> exponentOf(const Lanes<float> &a)
{
    const Lanes<bool> normal = a >= leastNormal;
    return exponentOfNormal(select(normal, a, a * 16777216.0F)) - select(normal, Lanes<int>(0), 24);
}
/// x · 2^e, −252 ≤ e ≤ 254, rounded at most once where the result is denormal.
NMS_FN Lanes<float> scaledBy(const Lanes<float> &x, const Lanes<int> &e)
{
    const Lanes<int> half = map([](int k) { return k >> 1; }, e);
    return x * powerOfTwo(half) * powerOfTwo(e - half);
}
/// 2^e in double for −1022 ≤ e ≤ 1023, exact.
NMS_FN Lanes<double> widePowerOfTwo(const Lanes<int> &e)
{
    return map([](int x) { return doubleOfBits(std::uint64_t(x + 1023) << 52); }, e);
}
NMS_FN Lanes<float> nearestInteger(const Lanes<float> &a)
{
    return map([](float x) { return roundOf(x); }, a);
}

template <class Bits> NMS_FN Lanes<int> countOnes(const Lanes<Bits> &a)
{
    return map([](Bits x) { return onesOf(x); }, a);
}
/// Index of the lowest set bit; 0 where there is none.
template <class Bits> NMS_FN Lanes<int> lowestOne(const Lanes<Bits> &a)
{
    return map([](Bits x) { return x == 0 ? 0 : trailingZerosOf(x); }, a);
}
/// The word with bit `index` alone; of an index outside of the word (a lane that has none) any bit.
template <class Bits> NMS_FN Lanes<Bits> bit(const Lanes<int> &index)
{
    constexpr unsigned last = 8 * sizeof(Bits) - 1;
    return map([](int i) { return static_cast<Bits>(Bits(1) << (unsigned(i) & last)); }, index);
}
template <class Bits> NMS_FN Lanes<bool> hasBit(const Lanes<Bits> &word, const Lanes<int> &index)
{
    return map([](Bits w, int i) { return (w >> i & 1) != 0; }, word, index);
}

/// The word with the bits up to and including `index`.
template <class Bits> NMS_FN Lanes<Bits> bitsUpTo(const Lanes<int> &index)
{
    return map([](int i) { return static_cast<Bits>((Bits(2) << i) - 1); }, index);
}

/// Integers in the words of shared memory.
NMS_FN Lanes<int> loadInt(const Shared &words, const Lanes<int> &index)
{
    return map([](float x) { return int(bitsOfFloat(x)); }, words.load(index));
}
NMS_FN void storeInt(Shared &words, const Lanes<int> &index, const Lanes<int> &value)
{
    words.store(index, map([](int x) { return floatOfBits(std::uint32_t(x)); }, value));
}

/// Over all 32 lanes, in one fixed order; every lane gets it.
template <class T> NMS_FN Lanes<T> sumOfWarp(Lanes<T> value)
{
    NMS_UNROLL
    for (int step = 16; step > 0; step /= 2)
        value = value + shuffleXor(value, step);
    return value;
}
template <class T> NMS_FN Lanes<T> greatestOfWarp(Lanes<T> value)
{
    NMS_UNROLL
    for (int step = 16; step > 0; step /= 2)
        value = larger(value, shuffleXor(value, step));
    return value;
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
