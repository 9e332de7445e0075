// SPDX-License-Identifier: Apache-2.0
// Four or eight doubles, or up to sixteen floats, in the fewest vectors that the processor allows. A line of them means the
// same and every operation rounds the same on every processor, so code written with these types gives the same bits
// everywhere. Everything is in the anonymous namespace, so that code compiled for one processor has internal linkage and is
// never shared with other files.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace nms {

namespace {

#if defined(__AVX512F__)
inline constexpr int widestReals = 8;
#elif defined(__AVX__)
inline constexpr int widestReals = 4;
#else
inline constexpr int widestReals = 2;
#endif

template <int L, class T = double> struct RealVector;
template <> struct RealVector<2> {
    typedef double Type __attribute__((vector_size(16), may_alias));
    typedef std::int64_t Bits __attribute__((vector_size(16), may_alias));
};
template <> struct RealVector<4> {
    typedef double Type __attribute__((vector_size(32), may_alias));
    typedef std::int64_t Bits __attribute__((vector_size(32), may_alias));
};
template <> struct RealVector<8> {
    typedef double Type __attribute__((vector_size(64), may_alias));
    typedef std::int64_t Bits __attribute__((vector_size(64), may_alias));
};
template <> struct RealVector<4, float> {
    typedef float Type __attribute__((vector_size(16), may_alias));
    typedef std::int32_t Bits __attribute__((vector_size(16), may_alias));
};
template <> struct RealVector<8, float> {
    typedef float Type __attribute__((vector_size(32), may_alias));
    typedef std::int32_t Bits __attribute__((vector_size(32), may_alias));
};
template <> struct RealVector<16, float> {
    typedef float Type __attribute__((vector_size(64), may_alias));
    typedef std::int32_t Bits __attribute__((vector_size(64), may_alias));
};

template <class V> constexpr bool ofFloats = std::is_same_v<std::remove_cvref_t<decltype(V{}[0])>, float>;

#define NMS_REALS __attribute__((always_inline)) inline

/// a < b ? a : b and a > b ? a : b, in one instruction where the processor has it.
template <class V> NMS_REALS V lesser(V a, V b)
{
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == 64 && ofFloats<V>)
        return V(_mm512_min_ps(__m512(a), __m512(b)));
    else if constexpr (sizeof(V) == 64)
        return V(_mm512_min_pd(__m512d(a), __m512d(b)));
#endif
#if defined(__AVX__)
    if constexpr (sizeof(V) == 32 && ofFloats<V>)
        return V(_mm256_min_ps(__m256(a), __m256(b)));
    else if constexpr (sizeof(V) == 32)
        return V(_mm256_min_pd(__m256d(a), __m256d(b)));
#endif
#if defined(__SSE2__)
    if constexpr (sizeof(V) == 16 && ofFloats<V>)
        return V(_mm_min_ps(__m128(a), __m128(b)));
    else if constexpr (sizeof(V) == 16)
        return V(_mm_min_pd(__m128d(a), __m128d(b)));
#endif
    return a < b ? a : b;
}

template <class V> NMS_REALS V greater(V a, V b)
{
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == 64 && ofFloats<V>)
        return V(_mm512_max_ps(__m512(a), __m512(b)));
    else if constexpr (sizeof(V) == 64)
        return V(_mm512_max_pd(__m512d(a), __m512d(b)));
#endif
#if defined(__AVX__)
    if constexpr (sizeof(V) == 32 && ofFloats<V>)
        return V(_mm256_max_ps(__m256(a), __m256(b)));
    else if constexpr (sizeof(V) == 32)
        return V(_mm256_max_pd(__m256d(a), __m256d(b)));
#endif
#if defined(__SSE2__)
    if constexpr (sizeof(V) == 16 && ofFloats<V>)
        return V(_mm_max_ps(__m128(a), __m128(b)));
    else if constexpr (sizeof(V) == 16)
        return V(_mm_max_pd(__m128d(a), __m128d(b)));
#endif
    return a > b ? a : b;
}

template <class V> NMS_REALS void addNotAbove(V x, V level, V &below, V &count)
{
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == 64 && ofFloats<V>) {
        const __mmask16 is = _mm512_cmp_ps_mask(__m512(x), __m512(level), _CMP_LE_OQ);
        below = V(_mm512_mask_add_ps(__m512(below), is, __m512(below), __m512(x)));
        count = V(_mm512_mask_add_ps(__m512(count), is, __m512(count), __m512(V{} + 1)));
        return;
    } else if constexpr (sizeof(V) == 64) {
        const __mmask8 is = _mm512_cmp_pd_mask(__m512d(x), __m512d(level), _CMP_LE_OQ);
        below = V(_mm512_mask_add_pd(__m512d(below), is, __m512d(below), __m512d(x)));
        count = V(_mm512_mask_add_pd(__m512d(count), is, __m512d(count), __m512d(V{} + 1)));
        return;
    }
#endif
    const auto is = x <= level;
    below = below + (is ? x : V{});
    count = count + (is ? V{} + 1 : V{});
}

/// Whether a < b in any lane.
template <class V> NMS_REALS bool anyLaneLess(V a, V b)
{
#if defined(__AVX512F__)
    if constexpr (sizeof(V) == 64 && ofFloats<V>)
        return _mm512_cmp_ps_mask(__m512(a), __m512(b), _CMP_LT_OQ) != 0;
    else if constexpr (sizeof(V) == 64)
        return _mm512_cmp_pd_mask(__m512d(a), __m512d(b), _CMP_LT_OQ) != 0;
#endif
#if defined(__AVX__)
    if constexpr (sizeof(V) == 32 && ofFloats<V>)
        return _mm256_movemask_ps(_mm256_cmp_ps(__m256(a), __m256(b), _CMP_LT_OQ)) != 0;
    else if constexpr (sizeof(V) == 32)
        return _mm256_movemask_pd(_mm256_cmp_pd(__m256d(a), __m256d(b), _CMP_LT_OQ)) != 0;
#endif
#if defined(__SSE2__)
    if constexpr (sizeof(V) == 16 && ofFloats<V>)
        return _mm_movemask_ps(_mm_cmplt_ps(__m128(a), __m128(b))) != 0;
    else if constexpr (sizeof(V) == 16)
        return _mm_movemask_pd(_mm_cmplt_pd(__m128d(a), __m128d(b))) != 0;
#endif
    const auto is = a < b;
    bool any = false;
    for (std::size_t k = 0; k < sizeof(V) / sizeof(a[0]); ++k)
        any = any || is[k] != 0;
    return any;
}

template <int W, class T = double> struct Reals {
    static constexpr int widest = widestReals * 8 / int(sizeof(T));
    static constexpr int lanes = W < widest ? W : widest;
    static constexpr int parts = W / lanes;
    using Vector = typename RealVector<lanes, T>::Type;
    using Bits = typename RealVector<lanes, T>::Bits;

    Vector part[parts];

    template <class F> NMS_REALS static Reals made(F &&of)
    {
        Reals out;
#pragma GCC unroll 4
        for (int k = 0; k < parts; ++k)
            out.part[k] = of(k);
        return out;
    }
    NMS_REALS static Reals load(const T *from)
    {
        return made([&](int k) { return *reinterpret_cast<const Vector *>(from + k * lanes); });
    }
    /// As many floats, converted to T.
    NMS_REALS static Reals ofFloats(const float *from)
    {
        if constexpr (std::is_same_v<T, float>) {
            return load(from);
        } else {
            typedef float Floats __attribute__((vector_size(lanes * sizeof(float)), may_alias));
            return made(
                [&](int k) { return __builtin_convertvector(*reinterpret_cast<const Floats *>(from + k * lanes), Vector); });
        }
    }
    NMS_REALS void store(T *to) const
    {
#pragma GCC unroll 4
        for (int k = 0; k < parts; ++k)
            *reinterpret_cast<Vector *>(to + k * lanes) = part[k];
    }
    NMS_REALS static Reals all(T value)
    {
        return made([&](int) { return Vector{} + value; });
    }

    friend NMS_REALS Reals operator+(Reals a, Reals b)
    {
        return made([&](int k) { return a.part[k] + b.part[k]; });
    }
    friend NMS_REALS Reals operator-(Reals a, Reals b)
    {
        return made([&](int k) { return a.part[k] - b.part[k]; });
    }
    friend NMS_REALS Reals operator*(Reals a, Reals b)
    {
        return made([&](int k) { return a.part[k] * b.part[k]; });
    }
    friend NMS_REALS Reals operator/(Reals a, Reals b)
    {
        return made([&](int k) { return a.part[k] / b.part[k]; });
    }
    friend NMS_REALS Reals min(Reals a, Reals b)
    {
        return made([&](int k) { return lesser(a.part[k], b.part[k]); });
    }
    friend NMS_REALS Reals max(Reals a, Reals b)
    {
        return made([&](int k) { return greater(a.part[k], b.part[k]); });
    }
    /// a < b ? yes : no
    friend NMS_REALS Reals whereLess(Reals a, Reals b, Reals yes, Reals no)
    {
        return made([&](int k) { return a.part[k] < b.part[k] ? yes.part[k] : no.part[k]; });
    }
    friend NMS_REALS bool anyLess(Reals a, Reals b)
    {
        bool any = false;
#pragma GCC unroll 4
        for (int k = 0; k < parts; ++k)
            any |= anyLaneLess(a.part[k], b.part[k]);
        return any;
    }
    /// Where x ≤ level: below += x and count += 1.
    friend NMS_REALS void addNotAbove(Reals x, Reals level, Reals &below, Reals &count)
    {
#pragma GCC unroll 4
        for (int k = 0; k < parts; ++k)
            addNotAbove(x.part[k], level.part[k], below.part[k], count.part[k]);
    }
    /// `value` with an integer added to its exponent bits: the low bits of `shift`.
    friend NMS_REALS Reals scaledByLowBits(Reals value, Reals shift)
    {
        constexpr int mantissaBits = sizeof(T) == 8 ? 52 : 23;
        return made([&](int k) { return Vector(Bits(value.part[k]) + (Bits(shift.part[k]) << mantissaBits)); });
    }
    /// x = f·2^exponent with f in [√½, √2) and an integer exponent, for positive normal numbers.
    friend NMS_REALS Reals mantissaAndExponent(Reals x, Reals &exponent)
    {
        static_assert(sizeof(T) == 8);
        constexpr std::int64_t one = std::int64_t(1023) << 52, rootOfHalf = 0x3fe6a09e667f3bcd, integer = 0x4330000000000000;
        Reals mantissa;
#pragma GCC unroll 4
        for (int k = 0; k < parts; ++k) {
            const Bits bits = Bits(x.part[k]);
            const Bits above = bits + (one - rootOfHalf); // biased exponent in the high bits, the rest of the mantissa below
            const Bits high = above & (std::int64_t(-1) << 52);
            mantissa.part[k] = Vector(bits - high + one);
            typedef std::uint64_t Unsigned __attribute__((vector_size(sizeof(Vector)), may_alias));
            exponent.part[k] = Vector(Bits(Unsigned(high) >> 52) | integer) - (0x1p52 + 1023);
        }
        return mantissa;
    }
};

/// A loop counter as a compile-time constant, so that arrays indexed by it can stay in registers.
template <int I> struct Place {
    [[gnu::always_inline]] constexpr operator int() const { return I; }
};
template <class F, int... I> NMS_REALS void eachPlace(F &&body, std::integer_sequence<int, I...>)
{
    (body(Place<I>()), ...);
}
template <int Count, class F> NMS_REALS void eachPlace(F &&body)
{
    eachPlace(body, std::make_integer_sequence<int, Count>());
}

struct Plus {
    template <class V> NMS_REALS V operator()(V a, V b) const { return a + b; }
};
struct Greatest {
    template <class V> NMS_REALS V operator()(V a, V b) const { return greater(a, b); }
};

/// Reduces W lines to one: lane c is the reduction by `op` of the W lanes of lines[c], always by halves: lane l with l +
/// W/2, then with l + W/4, ….
template <int W, class Op> NMS_REALS Reals<W> acrossLanes(const Reals<W> *lines, Op op)
{
    using Vector = typename Reals<W>::Vector;
    constexpr int lanes = Reals<W>::lanes, parts = Reals<W>::parts;
    Vector whole[W];
    eachPlace<W>([&](auto c) __attribute__((always_inline)) {
        Vector sums[parts];
        eachPlace<parts>([&](auto k) __attribute__((always_inline)) { sums[k] = lines[c].part[k]; });
        if constexpr (parts == 4) {
            sums[0] = op(sums[0], sums[2]);
            sums[1] = op(sums[1], sums[3]);
        }
        if constexpr (parts >= 2)
            sums[0] = op(sums[0], sums[1]);
        whole[c] = sums[0];
    });
    Reals<W> out;
    eachPlace<parts>([&](auto k) __attribute__((always_inline)) {
        const Vector *of = whole + k * lanes;
        if constexpr (lanes == 8) {
            // The pairs are chosen so that the last step leaves the lines in order.
            const auto halves = [&](Vector a, Vector b) __attribute__((always_inline))
            {
                return op(Vector(__builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)),
                          Vector(__builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)));
            };
            const auto quarters = [&](Vector a, Vector b) __attribute__((always_inline))
            {
                return op(Vector(__builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13)),
                          Vector(__builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15)));
            };
            const Vector even = quarters(halves(of[0], of[2]), halves(of[4], of[6]));
            const Vector odd = quarters(halves(of[1], of[3]), halves(of[5], of[7]));
            out.part[k] = op(Vector(__builtin_shufflevector(even, odd, 0, 8, 2, 10, 4, 12, 6, 14)),
                             Vector(__builtin_shufflevector(even, odd, 1, 9, 3, 11, 5, 13, 7, 15)));
        } else if constexpr (lanes == 4) {
            const auto halves = [&](Vector a, Vector b) __attribute__((always_inline))
            {
                return op(Vector(__builtin_shufflevector(a, b, 0, 1, 4, 5)),
                          Vector(__builtin_shufflevector(a, b, 2, 3, 6, 7)));
            };
            const Vector even = halves(of[0], of[2]), odd = halves(of[1], of[3]);
            out.part[k] = op(Vector(__builtin_shufflevector(even, odd, 0, 4, 2, 6)),
                             Vector(__builtin_shufflevector(even, odd, 1, 5, 3, 7)));
        } else {
            out.part[k] =
                op(Vector(__builtin_shufflevector(of[0], of[1], 0, 2)), Vector(__builtin_shufflevector(of[0], of[1], 1, 3)));
        }
    });
    return out;
}

} // namespace

} // namespace nms
