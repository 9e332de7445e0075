// SPDX-License-Identifier: Apache-2.0
// WarpLanes on a CUDA device: every thread of the warp holds the value of its own lane. Included only by lanes.h.
#pragma once

#include <cstdint>

#define NMS_LANES_SPACE device
#define NMS_FN __device__ __forceinline__
#define NMS_UNROLL _Pragma("unroll")
/// For loops over the lines of a tile: fully unrolled if the lines are in registers.
#define NMS_UNROLL_LINES _Pragma("unroll Layout<M>::unroll")
#define NMS_PRAGMA(text) _Pragma(#text)
/// Unrolled `count` times, a constant expression.
#define NMS_UNROLL_BY(count) NMS_PRAGMA(unroll count)
/// Enough unrolling for loads to overlap.
#define NMS_UNROLL_SOME _Pragma("unroll 8")
#define NMS_NO_UNROLL _Pragma("unroll 1")

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

constexpr unsigned allLanes = 0xffffffffU;

template <class T> struct WarpLanes {
    T mine;

    WarpLanes() = default;
    NMS_FN WarpLanes(T uniform) : mine(uniform) { }
};

template <class F, class... A> NMS_FN auto map(F function, const WarpLanes<A> &...a)
{
    return WarpLanes<decltype(function(a.mine...))>(function(a.mine...));
}

template <class T> NMS_FN T leastOf(T x, T y)
{
    return min(x, y);
}
template <class T> NMS_FN T greatestOf(T x, T y)
{
    return max(x, y);
}
NMS_FN float fmaOf(float x, float y, float z)
{
    return __fmaf_rn(x, y, z);
}
NMS_FN float divide(float x, float y)
{
    return __fdividef(x, y);
}
NMS_FN float exp2Of(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); // exp2f() would also handle denormals, which do not occur
    return y;
}
NMS_FN float log2Of(float x)
{
    return log2f(x);
}
NMS_FN float roundOf(float x)
{
    return rintf(x);
}
/// x · y, from 0 to 2^31 − 1: rounded to double, then to the nearest integer; the same two roundings as on every other
/// machine. Adding 2^52 truncates the fraction: an addition takes a quarter of the issue slots of a conversion.
NMS_FN int nearestOfProduct(double x, double y)
{
    return __double2loint(__dadd_rz(__dadd_rn(__dmul_rn(x, y), 0.5), 4503599627370496.0));
}
NMS_FN float floatOfBits(std::uint32_t bits)
{
    return __uint_as_float(bits);
}
NMS_FN std::uint32_t bitsOfFloat(float x)
{
    return __float_as_uint(x);
}
/// The value of an IEEE 754 binary16.
NMS_FN float floatOfHalf(std::uint16_t half)
{
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(half));
    return y;
}
NMS_FN double doubleOfBits(std::uint64_t bits)
{
    return __longlong_as_double(static_cast<long long>(bits));
}
NMS_FN int onesOf(std::uint32_t x)
{
    return __popc(x);
}
NMS_FN int onesOf(std::uint64_t x)
{
    return __popcll(x);
}
NMS_FN int trailingZerosOf(std::uint32_t x)
{
    return __ffs(static_cast<int>(x)) - 1;
}
NMS_FN int trailingZerosOf(std::uint64_t x)
{
    return __ffsll(static_cast<long long>(x)) - 1;
}

/// Two integers of 16 bits. Compute capability 9.0 has instructions for both at once; elsewhere each has a register.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
struct Pair {
    std::uint32_t both;
};
NMS_FN Pair pairOf(int low, int high)
{
    return {__byte_perm(static_cast<unsigned>(low), static_cast<unsigned>(high), 0x5410)};
}
NMS_FN int lowOf(Pair x)
{
    return static_cast<std::int16_t>(x.both);
}
NMS_FN int highOf(Pair x)
{
    return static_cast<int>(x.both) >> 16;
}
NMS_FN Pair swapped(Pair x)
{
    return {__byte_perm(x.both, 0, 0x1032)};
}
NMS_FN Pair leastOf(Pair x, Pair y)
{
    return {__vmins2(x.both, y.both)};
}
NMS_FN Pair greatestOf(Pair x, Pair y)
{
    return {__vmaxs2(x.both, y.both)};
}
NMS_FN Pair operator-(Pair x, Pair y)
{
    return {__vsub2(x.both, y.both)};
}
NMS_FN std::uint32_t wordOf(Pair x)
{
    return x.both;
}
NMS_FN Pair pairOfWord(std::uint32_t word)
{
    return {word};
}
#else
struct Pair {
    int low;
    int high;
};
NMS_FN Pair pairOf(int low, int high)
{
    return {static_cast<std::int16_t>(low), static_cast<std::int16_t>(high)};
}
NMS_FN int lowOf(Pair x)
{
    return x.low;
}
NMS_FN int highOf(Pair x)
{
    return x.high;
}
NMS_FN Pair swapped(Pair x)
{
    return {x.high, x.low};
}
NMS_FN Pair leastOf(Pair x, Pair y)
{
    return {min(x.low, y.low), min(x.high, y.high)};
}
NMS_FN Pair greatestOf(Pair x, Pair y)
{
    return {max(x.low, y.low), max(x.high, y.high)};
}
NMS_FN Pair operator-(Pair x, Pair y)
{
    return {x.low - y.low, x.high - y.high};
}
NMS_FN std::uint32_t wordOf(Pair x)
{
    return __byte_perm(static_cast<unsigned>(x.low), static_cast<unsigned>(x.high), 0x5410);
}
NMS_FN Pair pairOfWord(std::uint32_t word)
{
    return {static_cast<std::int16_t>(word), static_cast<int>(word) >> 16};
}
#endif

NMS_FN WarpLanes<int> laneIndex()
{
    return static_cast<int>(threadIdx.x % 32);
}
NMS_FN bool any(const WarpLanes<bool> &a)
{
    return __any_sync(allLanes, a.mine) != 0;
}
NMS_FN std::uint32_t ballot(const WarpLanes<bool> &a)
{
    return __ballot_sync(allLanes, a.mine);
}
/// Lane l gets the value of lane source[l].
template <class T> NMS_FN WarpLanes<T> shuffle(const WarpLanes<T> &a, const WarpLanes<int> &source)
{
    return __shfl_sync(allLanes, a.mine, source.mine);
}
template <> NMS_FN WarpLanes<std::uint64_t> shuffle(const WarpLanes<std::uint64_t> &a, const WarpLanes<int> &source)
{
    return static_cast<std::uint64_t>(__shfl_sync(allLanes, static_cast<unsigned long long>(a.mine), source.mine));
}
/// Lane l gets the value of lane l ^ mask.
template <class T> NMS_FN WarpLanes<T> shuffleXor(const WarpLanes<T> &a, int mask)
{
    return __shfl_xor_sync(allLanes, a.mine, mask);
}

/// Words of shared memory that belong to one warp.
class Shared
{
public:
    NMS_FN explicit Shared(float *words) : m_words(words) { }
    NMS_FN WarpLanes<float> load(const WarpLanes<int> &index) const { return m_words[index.mine]; }
    /// The four words that begin at `index` (a multiple of 4).
    NMS_FN void load4(const WarpLanes<int> &index, WarpLanes<float> (&out)[4]) const
    {
        const float4 words = *reinterpret_cast<const float4 *>(m_words + index.mine);
        out[0].mine = words.x;
        out[1].mine = words.y;
        out[2].mine = words.z;
        out[3].mine = words.w;
    }
    NMS_FN void store(const WarpLanes<int> &index, const WarpLanes<float> &value) { m_words[index.mine] = value.mine; }

private:
    float *m_words;
};

/// Allocates a warp's shared memory; 16-byte aligned as long as every piece is a multiple of 4 words.
class WarpMemory
{
public:
    NMS_FN explicit WarpMemory(float *words) : m_next(words) { }
    NMS_FN Shared take(int words)
    {
        float *start = m_next;
        m_next += words;
        return Shared(start);
    }
    /// Writes of any lane before it are visible to all lanes after it.
    NMS_FN void sync() { __syncwarp(allLanes); }

private:
    float *m_next;
};

template <class T>
NMS_FN WarpLanes<T> gather(const T *base, const WarpLanes<std::int64_t> &index, const WarpLanes<bool> &where)
{
    return where.mine ? base[index.mine] : T(0);
}
/// The four elements that begin at `index` (a multiple of 4); the address is a multiple of their total size.
NMS_FN void gather4(const float *base, const WarpLanes<std::int64_t> &index, WarpLanes<float> (&out)[4],
                    const WarpLanes<bool> &where)
{
    float4 four = {0, 0, 0, 0};
    if (where.mine)
        four = *reinterpret_cast<const float4 *>(base + index.mine);
    out[0].mine = four.x;
    out[1].mine = four.y;
    out[2].mine = four.z;
    out[3].mine = four.w;
}
NMS_FN void gather4(const std::uint16_t *base, const WarpLanes<std::int64_t> &index, WarpLanes<std::uint16_t> (&out)[4],
                    const WarpLanes<bool> &where)
{
    uint2 pairs = {0, 0}; // taken apart where they are used, often by the instruction that uses them
    if (where.mine)
        pairs = *reinterpret_cast<const uint2 *>(base + index.mine);
    out[0].mine = static_cast<std::uint16_t>(pairs.x);
    out[1].mine = static_cast<std::uint16_t>(pairs.x >> 16);
    out[2].mine = static_cast<std::uint16_t>(pairs.y);
    out[3].mine = static_cast<std::uint16_t>(pairs.y >> 16);
}
template <class T>
NMS_FN void scatter(T *base, const WarpLanes<std::int64_t> &index, const WarpLanes<T> &value, const WarpLanes<bool> &where)
{
    if (where.mine)
        base[index.mine] = value.mine;
}
/// Stores halves of words: half 2k is the lower one of word k.
NMS_FN void scatterHalves(std::uint64_t *base, const WarpLanes<std::int64_t> &half, const WarpLanes<std::uint32_t> &bits,
                          const WarpLanes<bool> &where)
{
    if (where.mine)
        reinterpret_cast<std::uint32_t *>(base)[half.mine] = bits.mine;
}
/// base[index] |= bits, atomically; the result does not depend on the order.
NMS_FN void scatterOr(std::uint64_t *base, const WarpLanes<std::int64_t> &index, const WarpLanes<std::uint64_t> &bits,
                      const WarpLanes<bool> &where)
{
    if (where.mine)
        atomicOr(reinterpret_cast<unsigned long long *>(base + index.mine), static_cast<unsigned long long>(bits.mine));
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
