// SPDX-License-Identifier: Apache-2.0
// The lanes as double precision numbers, in two halves, with AVX2. Comes after lanes_avx2.h.
#pragma once

namespace nms {

namespace {

template <int L> struct DoubleLanes;

template <> struct DoubleLanes<4> {
    typedef double Half __attribute__((vector_size(16), may_alias));

    [[gnu::always_inline]] static Half lower(Lanes<4>::Vector bits) { return Half(_mm_cvtps_pd(__m128(bits))); }
    [[gnu::always_inline]] static Half upper(Lanes<4>::Vector bits)
    {
        return Half(_mm_cvtps_pd(_mm_movehl_ps(__m128(bits), __m128(bits))));
    }
    [[gnu::always_inline]] static Lanes<4>::Vector truncated(Half lower, Half upper)
    {
        return Lanes<4>::Vector(_mm_unpacklo_epi64(_mm_cvttpd_epi32(__m128d(lower)), _mm_cvttpd_epi32(__m128d(upper))));
    }
};

template <> struct DoubleLanes<8> {
    typedef double Half __attribute__((vector_size(32), may_alias));

    /// Of floats, given as their bits.
    [[gnu::always_inline]] static Half lower(Lanes<8>::Vector bits)
    {
        return Half(_mm256_cvtps_pd(_mm256_castps256_ps128(__m256(bits))));
    }
    [[gnu::always_inline]] static Half upper(Lanes<8>::Vector bits)
    {
        return Half(_mm256_cvtps_pd(_mm256_extractf128_ps(__m256(bits), 1)));
    }
    /// Towards 0.
    [[gnu::always_inline]] static Lanes<8>::Vector truncated(Half lower, Half upper)
    {
        return Lanes<8>::Vector(_mm256_inserti128_si256(_mm256_castsi128_si256(_mm256_cvttpd_epi32(__m256d(lower))),
                                                        _mm256_cvttpd_epi32(__m256d(upper)), 1));
    }
};

} // namespace

} // namespace nms
