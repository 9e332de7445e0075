// SPDX-License-Identifier: Apache-2.0
// The n-th greatest of values spread over registers, in every lane at once.
#pragma once

#include "gpu/cuda/warp/lanes.h"

namespace nms::warp {
inline namespace NMS_LANES_SPACE {

/// Batcher's odd-even merge sort (Knuth, TAOCP 5.3.4), descending: 5, 19, 63, 191, 543 comparisons for 4, 8, 16, 32, 64
/// values. All indices are constants, so that the values stay in registers.
template <class T, int Count> class SortingNetwork
{
public:
    NMS_FN static void sort(WarpLanes<T> (&values)[Count]) { sortRun<0, Count>(values); }

private:
    template <int First, int Length> NMS_FN static void sortRun(WarpLanes<T> (&values)[Count])
    {
        if constexpr (Length > 1) {
            sortRun<First, Length / 2>(values);
            sortRun<First + Length / 2, Length / 2>(values);
            merge<First, Length, 1>(values);
        }
    }
    /// Merges the two sorted halves of every `Step`-th value.
    template <int First, int Length, int Step> NMS_FN static void merge(WarpLanes<T> (&values)[Count])
    {
        if constexpr (2 * Step < Length) {
            merge<First, Length, 2 * Step>(values);
            merge<First + Step, Length, 2 * Step>(values);
            NMS_UNROLL
            for (int k = First + Step; k + Step < First + Length; k += 2 * Step)
                exchange(values[k], values[k + Step]);
        } else {
            exchange(values[First], values[First + Step]);
        }
    }
    NMS_FN static void exchange(WarpLanes<T> &upper, WarpLanes<T> &lower)
    {
        const WarpLanes<T> greater = larger(upper, lower);
        lower = smaller(upper, lower);
        upper = greater;
    }
};

/// Elements n − 1 and n of sorted values, where n − 1 is in `First` … `First` + `Length` − 1. Uses branches, as n is the
/// same in all lanes: selects would cost a quarter of the sort.
template <int First, int Length, class T, int Count>
NMS_FN void pickTwo(const WarpLanes<T> (&sorted)[Count], int n, WarpLanes<T> &nth, WarpLanes<T> &next)
{
    if constexpr (Length == 1) {
        nth = sorted[First];
        next = sorted[First + 1 < Count ? First + 1 : First];
    } else if (n <= First + Length / 2) {
        pickTwo<First, Length / 2>(sorted, n, nth, next);
    } else {
        pickTwo<First + Length / 2, Length - Length / 2>(sorted, n, nth, next);
    }
}

/// The n-th and the (n+1)-th greatest; the latter is undefined for n = Count. Sorts the values.
template <class T, int Count>
NMS_FN void selectTwo(WarpLanes<T> (&values)[Count], int n, WarpLanes<T> &nth, WarpLanes<T> &next)
{
    SortingNetwork<T, Count>::sort(values);
    pickTwo<0, Count>(values, n, nth, next);
}

} // namespace NMS_LANES_SPACE
} // namespace nms::warp
