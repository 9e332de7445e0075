// SPDX-License-Identifier: Apache-2.0
// The lanes as double precision numbers, in two halves, in the compiler's own vectors. Comes after lanes_baseline.h.
#pragma once

namespace nms {

namespace {

template <int L> struct DoubleLanes;

template <> struct DoubleLanes<4> {
    typedef double Half __attribute__((vector_size(16), may_alias));

    /// Of floats, given as their bits.
    [[gnu::always_inline]] static Half lower(Lanes<4>::Vector bits)
    {
        const Floats floats = Floats(bits);
        return __builtin_convertvector(__builtin_shufflevector(floats, floats, 0, 1), Half);
    }
    [[gnu::always_inline]] static Half upper(Lanes<4>::Vector bits)
    {
        const Floats floats = Floats(bits);
        return __builtin_convertvector(__builtin_shufflevector(floats, floats, 2, 3), Half);
    }
    /// Towards 0.
    [[gnu::always_inline]] static Lanes<4>::Vector truncated(Half lower, Half upper)
    {
        return __builtin_shufflevector(__builtin_convertvector(lower, HalfLanes), __builtin_convertvector(upper, HalfLanes),
                                       0, 1, 2, 3);
    }

private:
    typedef float Floats __attribute__((vector_size(16), may_alias));
    typedef std::int32_t HalfLanes __attribute__((vector_size(8), may_alias));
};

} // namespace

} // namespace nms
